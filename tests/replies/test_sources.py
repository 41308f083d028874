"""What an answer leans on is listed below it, and nothing about it is believed."""

import pytest

from chat.replies.sources import MAX_TITLE_CHARS, MAX_URL_CHARS, MOST_SOURCES
from tests.replies.test_continuation import goes_on
from tests.standin.wire import DONE, Wire, citation

wire = Wire("gen-1", 1_790_000_000, "openai/gpt-5.4-mini", "OpenAI")


def cites(person, *pairs: tuple[str, str], per_chunk: int = 100, finish: str = "stop"):
    """An answer with these addresses and titles; returns the page."""
    notes = [citation(url, title) for url, title in pairs]
    chunks = [in_json(notes[start : start + per_chunk]) for start in range(0, len(notes), per_chunk)]
    person.standin.answers_raw([wire.text("Bread.[1]"), *chunks, wire.chunk({}, finish), DONE])
    return person.asks("Hello?")


def in_json(notes) -> bytes:
    """@ stands for half of a surrogate pair."""
    return wire.citations(notes).replace(b"@", rb"\ud800")


def test_each_is_a_link_under_its_number_once(alice):
    page = cites(alice, ("https://a.example/1?b=<2>", 'A "b" & <c>'), ("http://www.b.example/", ""), per_chunk=1)

    links = page.answer.select(".sources ol > li > a")
    assert [(link["href"], link.get_text()) for link in links] == [
        ("https://a.example/1?b=<2>", 'A "b" & <c>'),
        ("http://www.b.example/", "b.example"),
    ]
    assert all(link["rel"] == ["noopener", "noreferrer", "nofollow"] for link in links)
    assert page.answer.select_one(".sources summary").get_text() == "2 sources"
    assert page.text == "Bread.[1]"


def test_what_is_named_again_counts_once_and_may_bring_its_title(alice):
    cites(alice, ("https://a.example", ""), ("https://b.example", "B"), ("https://a.example", "A"), per_chunk=2)

    assert alice.latest_reply().citations == [
        {"url": "https://a.example", "title": "A"},
        {"url": "https://b.example", "title": "B"},
    ]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//a.example",
        "/signout/",
        "ftp://a.example",
        "https:///x",
        "https://[x",
        "http://a b",
        "https://a.example/\u202egpj",
        "https://a.example/\0",
        "https://a.example/@",
        "https://a.example/" + "x" * MAX_URL_CHARS,
    ],
)
def test_what_is_no_address_on_the_web_is_left_out(alice, url):
    page = cites(alice, (url, "A"), ("https://b.example", "B\u202e\0@ \n" + "b" * 1_000))

    (kept,) = alice.latest_reply().citations
    assert kept["url"] == "https://b.example"
    assert kept["title"].startswith("B\ufffd\ufffd b")
    assert len(kept["title"]) == MAX_TITLE_CHARS
    assert page.state == "complete"


def test_there_is_an_end_to_them_and_many_are_folded(alice):
    page = cites(alice, *[(f"https://a.example/{number}", "A") for number in range(MOST_SOURCES + 10)])

    assert len(page.answer.select(".sources li")) == MOST_SOURCES
    assert "open" not in page.answer.select_one(".sources").attrs


def test_an_answer_that_goes_on_keeps_those_it_had(alice):
    cites(alice, ("https://a.example", "A"), finish="length")
    notes = [citation("https://b.example", "B")]
    alice.standin.answers_raw([wire.text(" More."), wire.citations(notes), wire.chunk({}, "stop"), DONE])

    reply = goes_on(alice, alice.latest_reply())

    assert [each["title"] for each in reply.citations] == ["A", "B"]
