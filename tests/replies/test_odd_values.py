"""What no database column, no page and no later request can take must not cost anybody an answer."""

import json
from decimal import Decimal

import pytest

from tests.standin.wire import DONE, Wire, event

wire = Wire("gen-1", 1_790_000_000, "openai/gpt-5.4-mini", "OpenAI")
LONG = "x" * 5000
USAGE = {"prompt_tokens": 5, "completion_tokens": 2, "cost": 0.001}


def answers(person, *chunks: bytes, usage=USAGE) -> None:
    last = wire.chunk({}, "stop", usage=usage)
    person.standin.answers_raw([*chunks, last, DONE])


@pytest.mark.database
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"a\u0000b", "ab"),
        (r"a\ud83db", "a?b"),
        (r"a\udc00b", "a?b"),
        (r"a\u0007b", "a�b"),
        (r"\ud83c\udf72", "🍲"),
        (r"a\u2028b\u0085c", "a\u2028b\u0085c"),
    ],
)
def test_characters_that_cannot_be_stored_or_shown(alice, text, shown):
    answers(alice, wire.text("@").replace(b"@", text.encode()))
    page = alice.asks("Hello?")

    reply = alice.latest_reply()
    assert (reply.state, page.text) == ("complete", shown)
    assert "\0" not in reply.message.text
    reply.message.text.encode()
    assert alice.asks("And?", chat=reply.message.conversation).state == "complete"


@pytest.mark.database
def test_half_of_a_surrogate_pair_costs_nothing_but_itself(alice):
    answers(alice, wire.text("before "), wire.text("@").replace(b"@", rb"\ud83c"), wire.text(" after"))
    page = alice.asks("Hello?")

    assert (page.state, page.text) == ("complete", "before ? after")


@pytest.mark.database
def test_the_same_in_thoughts(alice):
    answers(alice, wire.reasoning("@").replace(b"@", rb"a\u0000\ud800"), wire.text("Yes"))
    page = alice.asks("Hello?")

    assert (page.state, page.text) == ("complete", "Yes")


@pytest.mark.database
@pytest.mark.parametrize("name", ["id", "model", "provider"])
@pytest.mark.parametrize("value", [LONG, "a\0b", None, 7, ["x"]], ids=["long", "nul", "null", "number", "list"])
def test_names_of_any_length_and_kind(alice, name, value):
    frame = json.loads(wire.text("Hello")[6:]) | {name: value}
    alice.standin.answers_raw([event(frame), wire.chunk({}, "stop", usage=USAGE), DONE])

    assert alice.asks("Hello?").state == "complete"


@pytest.mark.database
@pytest.mark.parametrize(
    ("cost", "stored"),
    [
        (0.5, Decimal("0.5")),
        ("0.5", Decimal("0.5")),
        (1e-30, Decimal(0)),
        (1e12, None),
        (-0.01, None),
        (None, None),
        ("free", None),
    ],
)
def test_costs_of_any_size(alice, cost, stored):
    answers(alice, wire.text("Hello"), usage=USAGE | {"cost": cost})
    page = alice.asks("Hello?")

    assert (page.state, page.text) == ("complete", "Hello")
    assert alice.latest_reply().cost == stored


@pytest.mark.database
@pytest.mark.parametrize(("tokens", "stored"), [(10**12, None), (-1, None), (1.5, 1), ("2", 0), (None, 0), (7, 7)])
def test_tokens_of_any_number(alice, tokens, stored):
    answers(alice, wire.text("Hello"), usage=USAGE | {"prompt_tokens": tokens})
    page = alice.asks("Hello?")

    assert (page.state, page.text) == ("complete", "Hello")
    assert alice.latest_reply().prompt_tokens == stored


@pytest.mark.database
def test_a_finish_reason_of_any_length(alice):
    alice.standin.answers_raw([wire.text("Hello"), wire.chunk({}, LONG, usage=USAGE), DONE])

    assert alice.asks("Hello?").state == "complete"


@pytest.mark.database
@pytest.mark.parametrize("message", ["a\0b", "\ud800", LONG])
def test_an_error_message_of_any_kind(alice, message):
    body = {"error": {"code": 502, "message": message, "metadata": {"provider_name": message, "raw": message}}}
    alice.standin.answers_raw(json.dumps(body).encode(), status=502, content_type="application/json")
    page = alice.asks("Hello?")

    assert (page.state, alice.latest_reply().error_kind) == ("failed", "upstream_unavailable")


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u202a", "\x1b", "\x08"])
def test_no_mark_makes_an_errors_words_read_as_others(alice, mark):
    words = f"Send {mark}evil"
    body = {"error": {"code": 502, "message": words, "metadata": {"provider_name": words, "raw": words}}}
    alice.standin.answers_raw(json.dumps(body).encode(), status=502, content_type="application/json")
    page = alice.asks("Hello?")

    assert page.state == "failed"
    assert mark not in page.one("article[data-role=assistant]").get_text()
    assert "Send" in page.one("article[data-role=assistant] details.fold p[dir=auto]").get_text()


@pytest.mark.parametrize("depth", [900, 100_000])
def test_an_answer_nested_too_deep_is_an_ordinary_failure(alice, depth):
    deep = b'{"error": ' + b"[" * depth + b"]" * depth + b"}"
    alice.standin.answers_raw(deep, status=502, content_type="application/json")
    alice.asks("Hello?")

    assert alice.latest_reply().error_kind == "upstream_unavailable"


def test_an_event_nested_too_deep_is_an_ordinary_failure(alice):
    alice.standin.answers_raw([wire.text("Hello"), b"data: " + b"[" * 100_000 + b"\n\n"])
    page = alice.asks("Hello?")

    assert (page.text, alice.latest_reply().error_kind) == ("Hello", "interrupted")
