"""What is found, of whose, and what is shown of it. Runs on both databases (tests/postgresql/test_suites.py)."""

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from chat.conversations.models import Attachment, Conversation, Message
from chat.conversations.search.find import find
from chat.conversations.search.index import engine_of
from chat.conversations.search.words import TookTooLong
from chat.signin.models import User

pytestmark = pytest.mark.django_db


def said(chat: Conversation, text: str, **fields) -> Message:
    return Message.objects.create(conversation=chat, role="user", text=text, **fields)


def found(user: User, typed: str) -> list[str]:
    """The texts, as they are shown."""
    return [shown(hit) for hit in find(user.id, typed).messages]


def shown(hit) -> str:
    return "".join(f"[{piece.text}]" if piece.is_match else piece.text for piece in hit.excerpt)


@pytest.mark.parametrize(
    ("text", "typed", "expected"),
    [
        ("Baking bread", "bak", "[Baking] bread"),
        ("Baking bread", "BREAD baking", "[Baking] [bread]"),
        ("Crème brûlée", "creme brulee", "[Crème] [brûlée]"),
        ("Creme brulee", "crème BRÛLÉE", "[Creme] [brulee]"),
        ("ЁЛКА и Ёж", "ёлка", "[ЁЛКА] и Ёж"),
        ("salt and pepper", '"salt and"', "[salt and] pepper"),
        ("salt and pepper", "“salt and”", "[salt and] pepper"),
        ("salt and pepper", '"salt and', "[salt and] pepper"),
        ("foo-bar costs 3.14 at example.com/path", "3.1", "foo-bar costs [3.14] at example.com/path"),
        ("foo-bar costs 3.14 at example.com/path", "path", "foo-bar costs 3.14 at example.com/[path]"),
        ("see snake_case_name", "case", "see snake_[case]_name"),
        ("what a day", "a", "what [a] day"),
        ("AND NOT near", "NEAR(", "AND NOT [near]"),
        ("party 🎉 tonight", "🎉", "party [🎉] tonight"),
        ("100%_sure 🎉%", "🎉%", "100%_sure [🎉%]"),
        ("明日は新しいパンを焼きます", "パン", "明日は新しい[パン]を焼きます"),
        ("我喜欢烤面包", "面包", "我喜欢烤[面包]"),
        ("我喜欢烤面包 today", "面包 tod", "我喜欢烤[面包] [today]"),
        ("서울에서 만나요", "서울", "[서울에서] 만나요"),
        ("**Bold** `code`\n\n# Title", "bold title", "[Bold] code [Title]"),
        ("<b>bread</b> & <script>", "bread", "<b>[bread]</b> & <script>"),
    ],
)
def test_it_is_found_and_marked(me, chat, text, typed, expected):
    said(chat, text)

    assert found(me, typed) == [expected]


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("Baking bread", "baking cake"),
        ("Baking bread", "read"),
        ("Baking bread", '"bak"'),
        ("salt and pepper", '"salt pepper"'),
        ("salt and pepper", '"pepper salt"'),
        ("foo and bar", "foo-bar"),
        ("an apple", "a"),
        ("我喜欢烤面包", "包面"),
        ("100 sure 🎉x", "🎉%"),
    ],
)
def test_it_is_not_found(me, chat, text, typed):
    said(chat, text)

    assert found(me, typed) == []


ODD = [
    "",
    " ",
    '"',
    '""',
    "*",
    "AND",
    "OR NOT",
    "NEAR(a b, 3)",
    "text:x",
    "-x",
    "^x",
    "{a b}",
    "a* b*",
    "(",
    "':*",
    "& | !",
]
ODD += [
    "%",
    "_",
    "\\",
    "'; DROP TABLE chat_message; --",
    "\0",
    "a\0b",
    "\ud800",
    "😀" * 300,
    "a " * 5000,
    '"' * 10_000,
    "²½",
]
ODD += [
    "\u0301",
    "x\u0301\u0301",
    "\u200b",
    "user_id : x",
    "@",
    "#title",
    "ﷺ" * 200,
    "é" * 10_000,
    "\u3000",
    "๑",
    "\t\n",
]


@pytest.mark.parametrize("typed", ODD)
def test_whatever_is_typed_is_no_error(me, chat, typed):
    said(chat, "Something else")

    assert found(me, typed) == []


def test_no_mixture_of_signs_is_an_error(me, chat):
    signs = [
        '"',
        "'",
        "*",
        "(",
        ")",
        ":",
        "-",
        "^",
        "+",
        "AND",
        "NOT",
        "NEAR",
        " ",
        " ",
        "a",
        "é",
        "\0",
        "%",
        "\\",
        "面",
        "{",
        "&",
        "|",
        "!",
        "<",
    ]
    dice = random.Random(8)
    said(chat, "Something")

    for _ in range(300):
        find(me.id, "".join(dice.choices(signs, k=dice.randint(1, 30))))


def test_all_words_have_to_be_in_one_message_and_its_attachments(me, chat):
    said(chat, "flour")
    said(chat, "water")
    attached = said(chat, "Look at this")
    Attachment.objects.create(message=attached, position=0, name="recipe.txt", text="yeast")

    assert found(me, "flour water") == []
    assert found(me, "look yeast recipe") == ["[Look] at this [recipe].txt [yeast]"]


def test_the_newest_comes_first_whenever_it_was_stored(me, chat):
    now = timezone.now()
    for days in (2, 9, 0, 5):
        said(chat, f"bread of {days} days", created_at=now - timedelta(days=days))

    assert found(me, "bread") == [f"[bread] of {days} days" for days in (0, 2, 5, 9)]


def test_many_of_the_same_moment_are_all_found(me, chat):
    now = timezone.now()
    Message.objects.bulk_create(
        Message(conversation=chat, role="user", text=f"bread {number}", created_at=now) for number in range(50)
    )

    pages = [find(me.id, "bread", page) for page in (1, 2, 3)]
    assert [len(page.messages) for page in pages] == [20, 20, 10]
    assert [page.next_page for page in pages] == [2, 3, None]
    assert len({hit.message for page in pages for hit in page.messages}) == 50


def test_titles_are_found_apart_from_messages(me, chat):
    Conversation.objects.filter(pk=chat.pk).update(title="Bread for two")
    said(chat, "Something else")

    result = find(me.id, "brea")
    assert [shown(hit) for hit in result.titles] == ["[Bread] for two"]
    assert result.titles[0].url == f"/chats/{chat.id}/"
    assert result.messages == []


def test_nothing_is_found_of_others_nor_of_what_is_deleted_or_temporary(me, chat):
    stranger = User.objects.create(openrouter_id="user_stranger")
    said(Conversation.objects.create(user=stranger, title="bread", model="m"), "my secret bread 面包")
    now = timezone.now()
    for hidden in ({"deleted_at": now}, {"is_temporary": True}):
        said(Conversation.objects.create(user=me, title="bread", model="m", **hidden), "hidden bread 面包")
    said(chat, "deleted bread 面包", deleted_at=now)

    for typed in (
        "bread",
        "面包",
        f"{stranger.id}",
        f"{stranger.id.hex}",
        f"user_id:{stranger.id.hex}",
        "message",
        "title",
    ):
        assert not find(me.id, typed), typed
    assert len(find(stranger.id, "bread").messages) == 1


def test_a_match_far_behind_is_shown_with_what_is_around_it(me, chat):
    said(chat, "before " * 2000 + "the needle lies here" + " after" * 2000)

    (text,) = found(me, "needle")
    assert "before the [needle] lies here after" in text
    assert text.startswith("…")
    assert text.endswith("…")
    assert len(text) < 300


def test_a_text_without_end_can_be_stored_and_found(me, chat):
    said(chat, " ".join(f"{number:06}" for number in range(200_000)))  # more than any database indexes of a text
    said(chat, " ".join(f"word{number}" for number in range(20_000)) * 7 + " needle " + "x" * 100_000)

    assert len(found(me, "needle")) == 1
    assert len(found(me, "word777")) == 1


def test_a_search_that_takes_too_long_is_given_up(me, chat, monkeypatch):
    engine = engine_of(connection)
    monkeypatch.setattr(engine, "LONGEST_SEARCH_SECONDS", 0.001)
    Message.objects.bulk_create(Message(conversation=chat, role="user", text="面 " * 20_000) for _ in range(60))

    with pytest.raises(TookTooLong):
        found(me, "面包")
