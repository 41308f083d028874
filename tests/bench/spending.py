"""What the page of a month's spending costs with a million answers in the ledger, on SQLite.

100,000 of them are one person's in one month, and as many in the month before; the others are of 19 people in a year.
CPU milliseconds of the server for the whole page, the best of five; the last column is the same over "not indexed" in
the same run: the sums of one person's month from the rows of the ledger, without the index that covers them.
BENCH_CHARGES chooses another number.
"""

import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from time import thread_time
from typing import Any
from uuid import UUID

from webapp.environment import BASE_DIR

CHARGES = int(os.environ.get("BENCH_CHARGES", "1000000"))
MINE = CHARGES // 10  # in each of two months
PEOPLE, MODELS, ANSWERS_A_CHAT, BATCH = 20, 15, 25, 5_000
TODAY = date(2026, 11, 28)
MONTH, MONTH_BEFORE, EMPTY_MONTH = date(2026, 11, 1), date(2026, 10, 1), date(2020, 1, 1)
NOT_INDEXED = """
    SELECT day, model, SUM(cost), COUNT(kind), COUNT(cost), SUM(prompt_tokens), SUM(completion_tokens)
    FROM chat_charge NOT INDEXED WHERE user_id = %s AND day BETWEEN '2026-11-01' AND '2026-11-30' GROUP BY day, model
"""


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
        subprocess.run(
            [sys.executable, "-m", "tests.bench.spending", folder], env=environment, cwd=BASE_DIR, check=True
        )


def measure(folder: Path) -> None:
    from django.test import RequestFactory

    from chat.models import User
    from chat.pages.spending import render_spending

    people = User.objects.bulk_create(User(openrouter_id=f"user_{number}") for number in range(PEOPLE))
    _fill(people)
    size = sum(file.stat().st_size for file in folder.glob("*.sqlite3*")) / 1e6
    print(f"{CHARGES} rows, {size:.0f} MB; {MINE} in the month of one person")

    def page(person: Any, month: date) -> Callable[[], object]:
        request: Any = RequestFactory().get("/account/spending/")
        request.user = person
        return lambda: render_spending(request, month, today=TODAY).content

    reference = _milliseconds(lambda: _not_indexed(people[0]))
    print(f"{'':40}{'ms':>9}{'/ not indexed':>16}")
    for name, work in [
        ("not indexed: sums of one month", None),
        (f"the page, {MINE} answers and as many before", page(people[0], MONTH)),
        (f"the page, {MINE} answers, none before", page(people[0], MONTH_BEFORE)),
        ("the page of one of the others", page(people[1], MONTH)),
        ("the page of a month without any", page(people[0], EMPTY_MONTH)),
    ]:
        took = _milliseconds(work) if work else reference
        print(f"{name:40}{took:9.1f}{took / reference:16.3f}")


def _fill(people: list[Any]) -> None:
    from chat.models import Charge, Conversation

    dice = random.Random(1)
    left = CHARGES - 2 * MINE
    spans = [(people[0], MINE, MONTH, 30), (people[0], MINE, MONTH_BEFORE, 31)]
    spans += [(person, left // (PEOPLE - 1), date(2025, 12, 1), 363) for person in people[1:]]
    for person, number, first, days in spans:
        chats = [UUID(int=dice.getrandbits(128)) for _ in range(number // ANSWERS_A_CHAT + 1)]
        Conversation.objects.bulk_create(
            (Conversation(id=id_, user=person, title="Untitled", model="m") for id_ in chats[::2]), batch_size=BATCH
        )
        rows = list(_charges(person, chats, number, first, days, dice))
        Charge.objects.bulk_create(rows, batch_size=BATCH)


def _charges(person: Any, chats: list[UUID], number: int, first: date, days: int, dice: random.Random) -> Iterator[Any]:
    from chat.models import Charge

    for place in range(number):
        day = first + timedelta(days=place * days // number)
        yield Charge(
            id=UUID(int=dice.getrandbits(128)),
            user=person,
            kind="answer" if place % ANSWERS_A_CHAT else "title",
            conversation=chats[place // ANSWERS_A_CHAT],
            asked_at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
            day=day,
            model=f"maker/model-number-{dice.randrange(MODELS)}",
            answered_by="maker/model-number-as-it-answered",
            provider="Provider",
            generation_id=f"gen-{place:024}",
            state="complete",
            prompt_tokens=dice.randrange(9_000),
            completion_tokens=dice.randrange(2_000),
            cost=None if place % 1000 == 1 else Decimal(dice.randrange(10**9)).scaleb(-12),
        )


def _not_indexed(person: Any) -> list[Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(NOT_INDEXED, [person.pk.hex])
        rows: list[Any] = cursor.fetchall()
    return rows


def _milliseconds(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(5):
        began = thread_time()
        work()
        best = min(best, thread_time() - began)
    return best * 1e3


if __name__ == "__main__":
    import django

    django.setup()
    measure(Path(sys.argv[1]))
