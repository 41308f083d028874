"""Answers that broke off and are continued, for tests."""

from datetime import timedelta

from bs4 import Tag
from django.utils import timezone

from chat.models import Reply
from chat.new_replies.continuation import continue_reply
from chat.replies import live
from chat.reply_content.deltas import TEXT, Delta
from chat.reply_content.render import render_final_blocks
from tests.django_client import Page, Person
from tests.standin.wire import Wire

COUNT = "[[tokens n=40]]"
HALF = "".join(f"{number} " for number in range(1, 21))
WHOLE = "".join(f"{number} " for number in range(1, 41))
OTHER, FREE = "another model", "a free model"
wire = Wire("gen-1", 1_790_000_000, "openai/gpt-5.4-mini", "OpenAI")


def broken_answer(person: Person, question: str = COUNT, *, after: int = 20, marks: str = "") -> Reply:
    """The answer to that question, which broke off after so many tokens."""
    person.standin.answers(f"{question} {marks} [[cut after={after}]]")
    person.asks(question)
    return person.latest_reply()


def post_continuation(person: Person, reply: Reply, **fields: str):
    return person.client.post(f"/replies/{reply.id}/continuation/", fields)


def continued(person: Person, reply: Reply) -> Reply:
    """Press the button, and follow it to its end."""
    assert post_continuation(person, reply).headers["Location"] == reply.message.conversation.get_absolute_url()
    person.follows(person.latest_reply())
    person.standin.wait_for(lambda: not live.running())  # a stream ends earlier if the model has to start again
    return person.latest_reply()


def load(person: Person, reply: Reply) -> Page:
    return person.looks_at(reply.message.conversation)


def labels(page: Page) -> list[str]:
    """Which model another one is depends on the catalogue: test_retry.py looks at that."""
    return [_label(button) for button in page.answer.select(".actions > *")]


def _label(button: Tag) -> str:
    words = " ".join(button.get_text().split())
    if not words.startswith("Retry with "):
        return words
    return FREE if words.endswith(" free") else OTHER


def is_rendered_as_whole(reply: Reply) -> bool:
    """Whether its HTML is the same as if its whole text had been rendered at once."""
    return [list(block) for block in render_final_blocks([Delta(TEXT, reply.message.text)])] == reply.blocks


def waiting_continuation(first: Reply) -> Reply:
    """A continuation that no process makes yet."""
    reply = continue_reply(first)
    assert reply is not None
    return reply


def made_by_another_process(first: Reply, *, lease_seconds: float = 8) -> Reply:
    """A continuation that another process makes; it has asked the model."""
    reply = waiting_continuation(first)
    reply.worker, reply.lease_until = "elsewhere:1:abcd", timezone.now() + timedelta(seconds=lease_seconds)
    reply.save()
    return reply
