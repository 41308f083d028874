"""What finding words costs among 100,000 messages, on SQLite, against looking through all of them with LIKE.

Half of the messages are one person's, who searches. Milliseconds, the best of five, for a page of 20; "all" is with
excerpts and rows. The last column is LIKE in the same run over that. "Stored" is 1,000 messages with the triggers over
the same without; their words are indexed when somebody searches. BENCH_MESSAGES chooses another number.
"""

import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from webapp.environment import BASE_DIR

MESSAGES = int(os.environ.get("BENCH_MESSAGES", "100000"))
PEOPLE, WORDS, BATCH = 50, 30_000, 2_000
CHINESE = " 的人一天" * 10
COMMON, RARE = 0, 8_000  # places in the order of how often words are used


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="potluck-bench-") as folder:
        environment = {
            **os.environ,
            "DATA_DIR": folder,
            "DATABASE_URL": "",
            "DJANGO_SETTINGS_MODULE": "webapp.settings",
        }
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"], env=environment, cwd=BASE_DIR, check=True
        )
        subprocess.run([sys.executable, "-m", "tests.bench.search", folder], env=environment, cwd=BASE_DIR, check=True)


def measure(folder: Path) -> None:
    from django.db import connection

    from chat.models import Message, User
    from chat.search import index, sqlite
    from chat.search.backlog import catch_up_all
    from chat.search.find import find

    dice = random.Random(1)
    vocabulary = ["".join(dice.choices("abcdefghijklmnoprstuvwyz", k=dice.randint(2, 9))) for _ in range(WORDS)]
    weights = [1 / (place + 1) for place in range(WORDS)]

    def texts(number: int) -> list[str]:
        return [" ".join(dice.choices(vocabulary, weights, k=dice.randint(10, 400))) + CHINESE for _ in range(number)]

    with connection.cursor() as cursor:
        sqlite.drop_source_triggers(cursor)
        sqlite.drop_index(cursor)
    people = User.objects.bulk_create(User(openrouter_id=f"user_{number}") for number in range(PEOPLE))
    chats = _chats(people)
    for _ in range(0, MESSAGES, BATCH):
        _store(chats, texts(BATCH), dice)
    size = _size(folder)
    print(f"{MESSAGES} messages of {size / MESSAGES * 1e6:.0f} KB each: {size:.0f} MB".replace(" KB", " bytes"))
    index.ensure_index(connection)
    seconds = _seconds(catch_up_all, times=1)
    print(f"indexed in {seconds:.0f} s; then {_size(folder) / size:.1f} times as large")

    common, rare = vocabulary[COMMON], vocabulary[RARE]
    print(f"{'':28}{'index':>9}{'all':>9}{'LIKE':>9}{'LIKE/all':>10}")
    me = people[0]
    for name, typed, like in [
        ("a rare word", rare, rare),
        ("the commonest word", common, common),
        ("its first two letters", common[:2], common[:2]),
        ("three words", f"{common} {vocabulary[300]} {rare}", rare),
        ("words in quotes", f'"{common} {vocabulary[1]}"', f"{common} {vocabulary[1]}"),
        ("a word that nobody wrote", "qqxxqq", "qqxxqq"),
        ("Chinese that nobody wrote", "面包", "面包"),
        ("common Chinese, not together", "的一", "的一"),
    ]:
        terms = index_terms(typed)
        asked = _seconds(partial(sqlite.find_chats, connection, me.id, terms, limit=26))
        whole = _seconds(partial(find, me.id, typed))
        scan = _seconds(partial(_like, me, like))
        print(f"{name:28}{asked * 1e3:9.1f}{whole * 1e3:9.1f}{scan * 1e3:9.1f}{scan / whole:10.1f}")

    new = texts(1_000)

    def store_one_by_one() -> None:
        for text in new:
            _store(chats, [text], dice)

    with_index = _seconds(store_one_by_one, times=1)
    with connection.cursor() as cursor:
        sqlite.drop_source_triggers(cursor)
    without = _seconds(store_one_by_one, times=1)
    print(f"stored, each: {with_index:.2f} ms with the index, {without:.2f} without; {with_index / without:.1f} times")
    assert Message.objects.count() == MESSAGES + 2_000


def index_terms(typed: str) -> list[Any]:
    from chat.search.query import parse_query

    return parse_query(typed)


def _chats(people: list[Any]) -> list[Any]:
    from chat.models import Conversation

    owners = [people[0] if number % 2 else people[number % PEOPLE] for number in range(MESSAGES // 20)]
    return Conversation.objects.bulk_create(Conversation(user=owner, title="Untitled", model="m") for owner in owners)


def _store(chats: list[Any], texts: list[str], dice: random.Random) -> None:
    from chat.models import Message

    Message.objects.bulk_create(Message(conversation=dice.choice(chats), role="user", text=text) for text in texts)


def _like(person: Any, words: str) -> list[Any]:
    from chat.models import Message

    mine = Message.objects.filter(conversation__user=person, text__contains=words)
    return list(mine.order_by("-created_at").values_list("pk")[:21])


def _seconds(work: Callable[[], object], times: int = 5) -> float:
    best = float("inf")
    for _ in range(times):
        began = perf_counter()
        work()
        best = min(best, perf_counter() - began)
    return best


def _size(folder: Path) -> float:
    """MB, with the log."""
    return sum(file.stat().st_size for file in folder.glob("*.sqlite3*")) / 1e6


if __name__ == "__main__":
    import django

    django.setup()
    measure(Path(sys.argv[1]))
