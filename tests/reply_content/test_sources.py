"""What an answer leans on is listed below it, and nothing about it is believed."""

from threading import Event

import pytest

from chat.reply_content.sources import MAX_SOURCES, MAX_TITLE_CHARS, MAX_URL_CHARS
from chat.streaming import page_events
from tests.new_replies.continuation import continued
from tests.replies.screen import Screen, reading
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


def test_a_list_that_names_one_twice_keeps_the_numbers_of_the_text(alice):
    page = cites(alice, ("https://a.example", "A"), ("https://a.example", "A"), ("https://b.example", "B"))

    assert [item.a["href"] for item in page.answer.select(".sources li")] == [
        "https://a.example",
        "https://a.example",
        "https://b.example",
    ]


def test_one_that_is_left_out_keeps_its_number(alice):
    page = cites(alice, ("https://a.example", "A"), ("javascript:alert(1)", "X"), ("https://b.example", "B"))

    assert [item.get("value") for item in page.answer.select(".sources li")] == [None, "3"]
    assert alice.latest_reply().citations[1] == {"url": "https://b.example", "title": "B", "number": 3}


@pytest.mark.parametrize("grows", [False, True])
def test_a_list_that_is_sent_again_counts_once(alice, grows):
    """Some models send it with every chunk, or all that they have by then."""
    notes = [citation(f"https://{name}.example", name) for name in "aabc"]
    lists = [notes[: number + 1] for number in range(4)] if grows else [notes] * 3
    alice.standin.answers_raw([wire.text("Bread."), *map(wire.citations, lists), wire.chunk({}, "stop"), DONE])
    alice.asks("Hello?")

    assert [each["title"] for each in alice.latest_reply().citations] == ["a", "a", "b", "c"]


def answers(person, text: str, *urls: str):
    notes = [citation(url, f"Title {number}") for number, url in enumerate(urls, start=1)]
    person.standin.answers_raw([wire.text(text), wire.citations(notes), wire.chunk({}, "stop"), DONE])
    return person.asks("Hello?")


def test_a_number_in_the_text_leads_to_its_source(alice):
    page = answers(
        alice, "Bread.[1][3] Salt [2].", "https://a.example", "https://a.example", "https://b.example/?x=1&y"
    )

    links = page.answer.select(".prose a")
    assert [(link.get_text(), link["href"], link["title"]) for link in links] == [
        ("[1]", "https://a.example", "Title 1"),
        ("[3]", "https://b.example/?x=1&y", "Title 3"),
        ("[2]", "https://a.example", "Title 2"),
    ]
    assert all(link["aria-label"].startswith(link.get_text()) for link in links)
    assert all(link["rel"] == ["noopener", "noreferrer", "nofollow"] for link in links)
    assert page.text == "Bread.[1][3] Salt [2]."


def test_only_a_number_of_a_source_is_a_link(alice):
    text = "In [2024], [9] and [0]: `a[1]`, [1](https://c.example), $[1]$.\n\n```\na[1]\n```\n\nRight [2, 9, 1-2]."
    page = answers(alice, text, "https://a.example", "https://b.example")

    links = [link for link in page.answer.select(".prose a") if "c.example" not in link["href"]]
    assert [(link.get_text(), link["href"]) for link in links] == [
        ("2", "https://b.example"),
        ("1", "https://a.example"),
        ("2", "https://b.example"),
    ]
    assert not page.answer.select(".prose :is(code, math) a")


def test_without_sources_a_number_is_a_number(alice):
    assert not alice.asks("[[say Bread [1].]]").answer.select(".prose a")


def searched(number: int) -> bytes:
    """OpenRouter's record of a search, which some answers have."""
    record = {"type": "reasoning.server_tool_call", "tool_name": "openrouter:web_search", "result": "[]"}
    return wire.chunk({"reasoning_details": [record | {"tool_call_id": f"call_{number}", "arguments": "{}"}]})


def test_the_numbers_go_on_from_one_search_to_the_next(alice):
    first, second = (("https://a.example", "A"), ("https://b.example", "B")), (("https://c.example", "C"),)
    parts = [searched(1), wire.text("Bread.[1] "), wire.citations([citation(*each) for each in first])]
    parts += [searched(2), wire.text("Butter.[3][2]"), wire.citations([citation(*each) for each in second])]
    alice.standin.answers_raw([*parts, wire.chunk({}, "stop"), DONE])
    page = alice.asks("Hello?")

    links = page.answer.select('[id^="done-"] p a')
    assert [(link.get_text(), link["href"]) for link in links] == [
        ("[1]", "https://a.example"),
        ("[3]", "https://c.example"),
        ("[2]", "https://b.example"),
    ]
    assert len(page.answer.select("details.step")) == 2


def test_sources_are_listed_although_the_text_names_none(alice):
    alice.standin.answers_raw(
        [wire.text("Bread."), wire.citations([citation("https://a.example", "A")]), wire.chunk({}, "stop"), DONE]
    )
    page = alice.asks("Hello?")

    assert page.answer.select('[id^="done-"] a') == []
    assert [link["href"] for link in page.answer.select(".sources a")] == ["https://a.example"]


def test_what_a_source_is_called_cannot_leave_its_attribute(alice):
    notes = [citation('https://a.example/?"x', '"><script>alert(1)</script> alt="">')]
    alice.standin.answers_raw([wire.text("Bread.[1]"), wire.citations(notes), wire.chunk({}, "stop"), DONE])
    page = alice.asks("Hello?")

    (link,) = page.answer.select(".prose a")
    assert link["title"] == '"><script>alert(1)</script> alt="">'
    assert link["href"] == 'https://a.example/?"x'
    assert not page.answer.select("script")


CITED = ["First.[1]\n\n", "Second [2].\n\n", "```\na[1]\n```\n\n", "Third.[1, 2]"]


@pytest.mark.parametrize("part_bytes", [page_events.PART_BYTES, 10])
def test_who_followed_has_the_links_at_the_end_as_a_loaded_page_has(alice, monkeypatch, part_bytes):
    """Blocks were shown before the sources came."""
    monkeypatch.setattr(page_events, "PART_BYTES", part_bytes)
    notes = [citation("https://a.example", "A"), citation("https://b.example", "B")]
    chunks, rest = [wire.reasoning("Hm [1].\n\nHm."), *map(wire.text, CITED)], Event()
    alice.standin.answers_raw([*chunks, rest, wire.citations(notes), wire.chunk({}, "stop"), DONE])
    sent = alice.sends_with_htmx("Hello?").content.decode()
    reply = alice.latest_reply()
    screen = Screen.of(sent, reply.id)
    with reading(alice, reply) as events:
        for event in events:
            screen.apply(event)
            was_shown = screen.places[f"done-{reply.id}"]
            if "Second" in was_shown:
                assert "<a" not in was_shown
                break
    rest.set()
    screen.follow(alice, reply, last_id=screen.last_id)

    reply.refresh_from_db()
    html = alice.client.get(reply.message.conversation.get_absolute_url()).content.decode()
    assert screen.of_reply() == Screen.of(html, reply.id).places
    assert screen.places[f"done-{reply.id}"].count("<a ") == 4
    assert screen.last_id == str(len(reply.blocks))


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
    page = cites(alice, *[(f"https://a.example/{number}", "A") for number in range(MAX_SOURCES + 10)])

    assert len(page.answer.select(".sources li")) == MAX_SOURCES
    assert "open" not in page.answer.select_one(".sources").attrs


def test_an_answer_that_goes_on_keeps_those_it_had(alice):
    cites(alice, ("https://a.example", "A"), finish="length")
    notes = [citation("https://b.example", "B")]
    alice.standin.answers_raw([wire.text(" More."), wire.citations(notes), wire.chunk({}, "stop"), DONE])

    reply = continued(alice, alice.latest_reply())

    assert [each["title"] for each in reply.citations] == ["A", "B"]
