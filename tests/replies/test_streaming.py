"""Whatever OpenRouter's stream looks like, what is stored is what it said."""

from decimal import Decimal

import pytest

from tests.standin.marks.content import THOUGHT
from tests.standin.marks.delivery import MULTI_BYTE
from tests.standin.prose import HOSTILE, markdown_document
from tests.standin.wire import Wire

wire = Wire("gen-1", 1_790_000_000, "openai/gpt-5.4-mini", "OpenAI")

SOUND = [
    "[[tokens n=30]]",
    "[[crlf]] [[tokens n=30]]",
    "[[bytes size=1]] [[tokens n=30]]",
    "[[bytes size=7]] [[tokens n=30]]",
    "[[tokens n=30]] [[emptychoices]]",
    "[[tokens n=30]] [[nochoices]]",
    "[[tokens n=30]] [[nulldelta]]",
    "[[tokens n=30]] [[twofinishes]]",
    "[[tokens n=30]] [[nodone]]",
    "[[tokens n=30]] [[usage now]]",
    "[[tokens n=30]] [[usage empty]]",
    "[[tokens n=30]] [[usage null]]",
    "[[burst n=30]]",
    "[[tokens n=30]] [[slow first=0.05]]",
    "[[tokens n=30]] [[headers after=0.05]]",
]


@pytest.mark.parametrize("marks", SOUND)
def test_a_sound_answer_is_stored_with_its_usage(alice, marks):
    alice.standin.settings.comment_seconds = 0.01
    page = alice.asks(f"Count. {marks}")

    reply = alice.latest_reply()
    assert reply.message.text == "".join(f"{number} " for number in range(1, 31))
    assert (reply.state, reply.finish_reason, reply.error_kind) == ("complete", "stop", "")
    assert reply.completion_tokens == 30
    assert reply.prompt_tokens
    assert reply.cost
    assert abs(reply.cost - Decimal(str(_charged(alice)))) < Decimal("1e-9")
    assert reply.generation_id == alice.standin.streams[-1].generation_id
    assert (reply.provider, reply.answered_by) == ("Google AI Studio", "google/gemini-3.7-flash-20260901")
    assert (page.state, page.text.split()) == ("complete", [str(number) for number in range(1, 31)])


def _charged(person) -> float:
    """What the stand-in took from the key, which it does a moment after the last byte."""
    (key,) = person.standin.people.keys.values()
    return person.standin.wait_for(lambda: key.usage)


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_characters_cut_into_several_reads_survive(alice, size):
    alice.asks(f"Greet. [[bytes size={size}]]")

    assert alice.latest_reply().message.text == MULTI_BYTE


def test_without_usage_the_cost_is_unknown_and_not_nothing(alice):
    page = alice.asks("[[say Hello]] [[usage none]]")

    reply = alice.latest_reply()
    assert (reply.state, reply.cost, reply.prompt_tokens) == ("complete", None, None)
    assert "$" not in page.answer.get_text()


def test_reasoning_is_kept_apart_from_the_answer(alice):
    page = alice.asks("[[reasoning]] [[say Therefore.]]")

    reply = alice.latest_reply()
    assert (reply.reasoning, reply.message.text) == (THOUGHT, "Therefore.")
    assert reply.first_content_at <= reply.first_text_at
    assert page.text == "Therefore."
    assert "Thought for" in page.answer.get_text()


def test_thoughts_between_parts_of_the_answer_do_not_run_into_each_other(alice):
    said = [wire.reasoning("One."), wire.text("A"), wire.reasoning("Tw"), wire.reasoning("o."), wire.text("B")]
    alice.standin.answers_raw(said)
    alice.asks("Hello?")

    reply = alice.latest_reply()
    assert (reply.reasoning, reply.message.text) == ("One.\n\nTwo.", "AB")


def test_images_that_a_model_draws_stand_in_the_answer(alice):
    page = alice.asks("[[image n=2]]")

    reply = alice.latest_reply()
    first, second = (image["src"] for image in page.answer.select("img"))
    assert (reply.state, reply.message.text) == ("complete", "Here is your picture.\n")
    assert first != second
    assert b"".join(alice.client.get(first).streaming_content).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("mark", "text"),
    [
        pytest.param("[[megabyte]]", markdown_document(1000), id="a-megabyte"),
        pytest.param("[[big mb=5]]", "A very long piece. " * (5_000_000 // 19), id="five-in-one-event"),
    ],
)
def test_large_answers_arrive_whole(alice, mark, text):
    alice.sends_with_htmx(mark)
    alice.follows(alice.latest_reply())

    reply = alice.latest_reply()
    assert reply.message.text == text
    assert reply.state == "complete"


def test_hostile_markup_is_stored_as_said_and_shown_harmless(alice):
    page = alice.asks("[[xss]]")

    assert alice.latest_reply().message.text == HOSTILE.replace("\0", "")  # which no database takes
    assert not page.answer.select("script, img, iframe, style, form, object, embed, [onload], [onerror], [style]")
    assert not [link for link in page.answer.select("a[href]") if link["href"].startswith(("javascript:", "data:"))]
