"""What is found, of whose, and what is shown of it. Runs on both databases (tests/postgresql/test_suites.py)."""

import random
import unicodedata
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from chat.models import Attachment, Conversation, Message, User
from chat.search.excerpt import make_excerpt
from chat.search.find import find
from chat.search.index import engine_for
from chat.search.query import TookTooLong, parse_query
from tests.linear_time import is_in_proportion

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def said(chat: Conversation, text: str, **fields) -> Message:
    return Message.objects.create(conversation=chat, role="user", text=text, **fields)


def found(user: User, typed: str) -> list[str]:
    """The texts, as they are shown."""
    return [shown(hit.excerpt) for chat in find(user.id, typed).chats for hit in chat.hits]


def shown(pieces) -> str:
    return "".join(f"[{piece.text}]" if piece.is_match else piece.text for piece in pieces)


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


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
        ("In C++ or C# or F#", "c++", "In [C++] or C# or F#"),
        ("In C++ or C# or F#", "C#", "In C++ or [C#] or F#"),
        ("In C++ or C# or F#", "f#,", "In C++ or C# or [F#]"),
        ("C++17 and C", "C++", "[C++]17 and C"),
        ("Plain C and C++", "C", "Plain [C] and [C]++"),
        ("Take 5% of 52", "5%", "Take [5%] of 52"),
        ("Nimm 5 % von 52", "5%", "Nimm [5 %] von 52"),
        ("取 ５％", "5%", "取 [５％]"),
        ("R&D at AT&T", "at&t", "R&D at [AT&T]"),
        ("It costs $5.00 or €6", "$5", "It costs [$5].00 or €6"),
        ("It costs $5.00 or €6", "€6", "It costs $5.00 or [€6]"),
        ("with .NET 8", ".net", "with [.NET] 8"),
        ("ASP.NET", "net", "ASP.[NET]"),
        ("see #tag and tag", "#tag", "see [#tag] and tag"),
        ("mail bob@example.org now", "@example", "mail bob[@example].org now"),
        ("x = 1 then y", "x=1", "[x = 1] then y"),
        ("a -> b", "->", "a -[>] b"),
        ("salt & pepper", "salt & pepper", "[salt] & [pepper]"),
        ("salt and pepper", "salt & pepper", "[salt] and [pepper]"),
        ("100% of it", "%", "100[%] of it"),
        ("मीटर और मोटर", "मीटर", "[मीटर] और मोटर"),
        ("मीटर और मोटर", "मी", "[मीटर] और मोटर"),
        ("சென்னையில் மழை", "சென்னை", "[சென்னையில்] மழை"),
        (nfd("Crème brûlée"), "Crème", "[Crème] brûlée"),
        ("Crème brûlée", nfd("Crème"), "[Crème] brûlée"),
        (nfd("서울에서 만나요"), "서울", "[서울에서] 만나요"),
        ("서울에서 만나요", nfd("서울"), "[서울에서] 만나요"),
        ("책을 읽다", "책", "[책을] 읽다"),
        (nfd("がっこう"), "がっ", "[がっ]こう"),
        ("ｶﾞｯｺｳ", "ガッ", "[ガッ]コウ"),
        ("ＦＵＬＬ　ｗｉｄｔｈ １２３", "full 123", "[ＦＵＬＬ] ｗｉｄｔｈ [１２３]"),
        ("هذا كِتَابٌ جديد", "كتاب", "هذا [كِتَابٌ] جديد"),
        ("هذا كتاب جديد", "كِتَابٌ", "هذا [كتاب] جديد"),
        ("أحمد وإيمان", "احمد", "[أحمد] وإيمان"),
        ("می‌خواهم کتاب", "ميخواهم كتاب", "[می‌خواهم] [کتاب]"),
        ("سنة ٢٠٢٤", "2024", "سنة [٢٠٢٤]"),
        ("שָׁלוֹם עולם", "שלום", "[שָׁלוֹם] עולם"),
        ("שלום עולם", "שָׁלוֹם", "[שלום] עולם"),
        ("Die Straße", "STRASSE", "Die [Straße]"),
        ("DIE STRASSE", "straße", "DIE [STRASSE]"),
        ("İstanbul ve ISPARTA", "istanbul", "[İstanbul] ve ISPARTA"),
        ("İstanbul ve ISPARTA", "ısparta", "İstanbul ve [ISPARTA]"),
        ("Ὀδυσσεύς", "οδυσσευσ", "[Ὀδυσσεύς]"),
        ("ﬁne œuvre", "fine oeuvre", "[ﬁne] [œuvre]"),
        ("đường Łódź", "duong lodz", "[đường] [Łódź]"),
        ("soft­ware", "software", "[soft­ware]"),
        ("ภาษาไทยน้ำ", "น้ำ", "ภาษาไทย[น้ำ]"),
        ("go 👍🏽!", "👍", "go [👍🏽]!"),
        ("H₂O is m²", "h2o m2", "[H₂O] is [m²]"),
        ("面\n包", "面包", "[面 包]"),
        (r"The area is $\pi r^2$ of **it**", "area", "The [area] is π r² of it"),
        ("See [the docs](https://example.org/bread) now", "docs", "See the [docs] now"),
        ("See [the docs](https://example.org/bread) now", "bread", "See [the docs](https://example.org/[bread]) now"),
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
        ("cats come and C#", "C++"),
        ("cats come and C++", "C#"),
        ("52 of them and 15%", "5%"),
        ("$50 or 5 dollars", "$5"),
        ("net profit", ".NET"),
        ("tag this", "#tag"),
        ("a plan: C\n# Heading", "C#"),
        ("मोटर", "मीटर"),
        ("किताब", "क"),
        ("мои", "мой"),
        ("각자", "가"),
        ("かく", "がく"),
        ("ม้า", "มา"),
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

    (one,) = find(me.id, "bread").chats
    assert [shown(hit.excerpt) for hit in one.hits] == [f"[bread] of {days} days" for days in (0, 2, 5)]
    assert one.has_more
    (one,) = find(me.id, "bread", within=chat).chats
    assert [shown(hit.excerpt) for hit in one.hits] == [f"[bread] of {days} days" for days in (0, 2, 5, 9)]
    assert not one.has_more


def test_many_of_the_same_moment_are_all_found(me, chat):
    now = timezone.now()
    Message.objects.bulk_create(
        Message(conversation=chat, role="user", text=f"bread {number}", created_at=now) for number in range(50)
    )

    pages = [find(me.id, "bread", page, chat) for page in (1, 2, 3)]
    hits = [page.chats[0].hits for page in pages]
    assert [len(each) for each in hits] == [20, 20, 10]
    assert [page.next_page for page in pages] == [2, 3, None]
    assert len({hit.message for each in hits for hit in each}) == 50


def chats_found(user: User, typed: str, page: int = 1) -> list[str]:
    return [chat.conversation.title for chat in find(user.id, typed, page).chats]


def test_a_chat_is_listed_once_and_those_named_so_come_first(me):
    now = timezone.now()
    titles = ["Cake", "Old bread", "Pie", "Bread for two"]
    chats = [Conversation.objects.create(user=me, title=title, model="m") for title in titles]
    for days, each in enumerate(chats):
        for _ in range(5):
            said(each, "bread", created_at=now - timedelta(days=days))

    result = find(me.id, "brea")
    assert [shown(chat.title) for chat in result.chats] == ["[Bread] for two", "Old [bread]", "Cake", "Pie"]
    assert {len(chat.hits) for chat in result.chats} == {3}


def test_a_title_alone_is_a_hit(me, chat):
    Conversation.objects.filter(pk=chat.pk).update(title="Bread for two")
    said(chat, "Something else")

    (one,) = find(me.id, "bread two").chats
    assert (shown(one.title), one.hits, one.has_more) == ("[Bread] for [two]", [], False)


def test_no_chat_is_lost_between_pages(me):
    now = timezone.now()
    for number in range(50):
        title = f"Bread {number}" if number % 7 == 0 else f"Chat {number}"
        each = Conversation.objects.create(user=me, title=title, model="m")
        for days in (0, 10):
            said(each, "bread", created_at=now - timedelta(days=number % 13 + days))

    pages = [chats_found(me, "bread", page) for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [20, 20, 10, 0]
    assert len({title for page in pages for title in page}) == 50
    assert [find(me.id, "bread", page).next_page for page in (1, 2, 3)] == [2, 3, None]


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
    assert len(find(stranger.id, "bread").chats) == 1


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


@pytest.mark.django_db(transaction=True)  # in another transaction PostgreSQL would keep the limit until its end
def test_a_search_that_takes_too_long_is_given_up(me, chat, monkeypatch):
    Message.objects.bulk_create(Message(conversation=chat, role="user", text="a面b 包 " * 10_000) for _ in range(60))
    find(me.id, "nothing")
    monkeypatch.setattr(engine_for(connection), "SEARCH_TIMEOUT_SECONDS", 0.001)

    with pytest.raises(TookTooLong):  # SQLite looks at its clock between rows, PostgreSQL while it looks for places
        found(me, "面 包 面b" if connection.vendor == "sqlite" else "面包")


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        (("a" + "\u0301" * 12) * 300, "a.a.a.a.a.a.a.b"),
        ("a." * 1_000, "a.a.a.a.a.a.a.b"),
        ("a " * 1_000, '"' + "a " * 80 + 'b"'),
        ("面" * 2_000, "面" * 100 + "包"),
        ("C+" * 1_000, "C++"),
        ("[](" * 1_000, "bread"),
    ],
)
def test_an_excerpt_takes_time_in_proportion_to_its_text(text, typed):
    terms = parse_query(typed)

    assert is_in_proportion(lambda many: make_excerpt(many, terms), text)
