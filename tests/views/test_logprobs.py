"""/replies/<id>/logprobs/: how probable each token of an answer was, and what else might have been there."""

import json

import pytest

from chat.models import Reply
from chat.openrouter.answer_parts import logprobs as collecting
from chat.openrouter.answer_parts.logprobs import Logprobs
from chat.pages import logprobs
from tests.django_client import HTMX, Page
from tests.openrouter.chunks import chunk, event, finish, usage

HOSTILE = "<img/src=x/onerror=alert(1)>&\"'"


def address_of(reply: Reply) -> str:
    return f"/replies/{reply.id}/logprobs/"


def a_token(token: str, logprob: float = 0.0, *others: tuple[str, float], content: bytes | None = None):
    alternatives = [{"token": other, "logprob": chance, "bytes": list(other.encode())} for other, chance in others]
    content = token.encode() if content is None else content
    return {"token": token, "logprob": logprob, "bytes": list(content), "top_logprobs": alternatives}


def answered_with(person, *tokens) -> Reply:
    person.signs_in()
    chunks = [chunk({"content": one["token"]}, finish_reason=None) for one in tokens]
    events = [json.loads(each.removeprefix(b"data: ")) for each in chunks]
    for one, told in zip(tokens, events, strict=True):
        told["choices"][0]["logprobs"] = {"content": [one], "refusal": None}
    end = [finish(), event({"id": "gen-1", "choices": [], "usage": usage()})]
    person.standin.answers_raw(b"".join([*map(event, events), *end]))
    person.asks("Hello?")
    return person.latest_reply()


def rows(page: Page) -> list[list[str]]:
    return [
        [" ".join(cell.get_text().split()) for cell in row.select("th, td")] for row in page.soup.select("tbody tr")
    ]


def looks_at(person, reply: Reply, **query) -> Page:
    return Page(person.client.get(address_of(reply), query))


@pytest.mark.database
def test_it_tells_each_token_in_a_table(alice):
    reply = answered_with(alice, a_token("Hi", -0.1, ("Hi", -0.1), ("Ho", -2.3026)), a_token(" you", -12))
    page = looks_at(alice, reply)

    assert page.status == 200
    assert rows(page) == [["Hi", "90.5%", "Ho 10.0%"], ["␣you", "less than 0.1%", ""]]
    spans = page.soup.select(".tokens > span")
    assert [(span.get_text(), span["title"], span["class"]) for span in spans] == [
        ("Hi", "90.5%", ["unsure-0"]),
        (" you", "less than 0.1%", ["unsure-4"]),
    ]


def test_the_answer_leads_to_it(alice):
    reply = answered_with(alice, a_token("Hi"))
    page = alice.looks_at(reply.message.conversation)
    assert page.action("token probabilities") == address_of(reply)
    assert page.one(f"#logprobs-{reply.id}")

    fragment = alice.client.get(address_of(reply), headers=HTMX).content.decode()
    assert "<html" not in fragment
    assert "<table" in fragment


def test_an_answer_without_them_does_not(alice):
    alice.signs_in()
    page = alice.asks("[[say Hi]]")

    assert "token probabilities" not in page.html
    assert looks_at(alice, alice.latest_reply()).status == 404


def test_nobody_else_sees_them(alice, bob):
    reply = answered_with(alice, a_token("Hi"))
    bob.signs_in()

    assert looks_at(bob, reply).status == 404
    alice.client.post("/signout/")
    assert looks_at(alice, reply).status == 302
    assert bob.client.post(address_of(reply)).status_code == 405


def test_a_deleted_answer_has_none(alice):
    reply = answered_with(alice, a_token("Hi"))
    alice.client.post(f"/messages/{reply.message_id}/deletion/")

    assert looks_at(alice, reply).status == 404


def test_tokens_are_only_text(alice):
    reply = answered_with(alice, a_token(HOSTILE, -1, (HOSTILE + "2", -2)), a_token("\u202eevil\0\n"))
    page = looks_at(alice, reply)

    assert [row[0] for row in rows(page)] == [HOSTILE, "\\u202eevil\\u0000↵"]
    assert rows(page)[0][2].startswith(HOSTILE + "2")
    assert not page.soup.select("main img, main script")
    assert "\u202e" not in page.html


def test_bytes_of_one_character_in_several_tokens_become_that_character(alice):
    first, second = "🍲".encode()[:2], "🍲".encode()[2:]
    reply = answered_with(alice, a_token("\\xf0\\x9f", content=first), a_token("\\x8d\\xb2", content=second))
    page = looks_at(alice, reply)

    assert [row[0] for row in rows(page)] == ["\\xf0\\x9f", "🍲"]
    assert page.one(".tokens").get_text() == "🍲"


def test_there_are_so_many_on_a_page(alice, monkeypatch):
    monkeypatch.setattr(logprobs, "PAGE_SIZE", 2)
    reply = answered_with(alice, *map(a_token, "abcde"))
    pages = [looks_at(alice, reply, page=number) for number in ("1", "2", "3", "99", "x")]

    assert ["".join(row[0] for row in rows(page)) for page in pages] == ["ab", "cd", "e", "e", "ab"]
    assert [link["href"] for link in pages[1].soup.select("main nav a")] == [
        f"{address_of(reply)}?page=1",
        f"{address_of(reply)}?page=3",
    ]


def test_what_is_no_token_is_left_out(alice):
    odd = [None, {}, {"token": 3, "logprob": 0}, {"token": "a", "logprob": "0"}, {"token": "b", "logprob": None}]
    good = {"token": "c", "logprob": -9999.0, "bytes": [99, 999, "x"], "top_logprobs": [None, {"token": "d"}]}
    reply = answered_with(alice, a_token("Hi"))
    assert reply.logprob_count == 1

    collected = Logprobs()
    collected.add({"content": [*odd, good], "refusal": [a_token("no")]})
    collected.add("junk")
    assert json.loads(collected.as_json()) == [["c", -9999.0, [99], []], ["no", 0.0, [110, 111], []]]


@pytest.mark.parametrize(("limit", "value"), [("MAX_TOKENS", 3), ("MAX_CHARACTERS", 90)])
def test_there_are_not_too_many(monkeypatch, limit, value):
    monkeypatch.setattr(collecting, limit, value)
    collected = Logprobs()
    for _ in range(9):
        collected.add({"content": [a_token("abc")]})

    assert len(collected) == len(json.loads(collected.as_json())) == 3
    assert len(collected.as_json()) <= collecting.MAX_CHARACTERS


def test_a_stopped_answer_has_those_that_came(alice):
    alice.signs_in()
    alice.asks("[[logprobs top=2]] [[tokens n=40]] [[cut after=9]]")
    reply = alice.latest_reply()

    page = looks_at(alice, reply)
    assert reply.state == "interrupted"
    assert page.one(".tokens").get_text() == reply.message.text


def test_the_standin_sends_them_to_who_asks(standin, alice):
    alice.signs_in()
    alice.asks("[[logprobs]] [[say Grüße 🍲]]")
    page = looks_at(alice, alice.latest_reply())

    assert page.one(".tokens").get_text() == "Grüße 🍲"
    assert all(len(row[2]) for row in rows(page))
