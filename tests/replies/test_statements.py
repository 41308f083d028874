"""A reply asks little of the database, from its question to its stored end. Runs on both databases."""

from uuid import uuid4

import pytest

from chat.models import Conversation
from chat.replies import checkpoint, live
from tests.django_client import Page, Person
from tests.recorded_statements import Statements, recorded_statements

pytestmark = pytest.mark.database

MOST_TO_SEND, MOST_TO_END = 11, 11  # one of them writes the ledger


@pytest.fixture(autouse=True)
def _few_checkpoints(monkeypatch):
    monkeypatch.setattr(checkpoint, "TICK_SECONDS", 0.5)  # as in production: a short answer ends before the first


def shown_by(page: Page) -> str:
    """As static/js/composer/pending-message.js says it."""
    articles = [(one["id"], one.select("[data-version]")[0]) for one in page.soup.select("#log > article[id]")]
    return "_".join(f"{anchor}.{tools['data-version']}" for anchor, tools in articles)


def without_checkpoints(statements: Statements) -> Statements:
    """On a busy machine even a short answer may take until the first one, whose pieces are deleted in the end."""
    return Statements(each for each in statements if '"chat_piece"' not in each)


def statements_of_reply(person: Person, chat: Conversation | None) -> tuple[Statements, Statements]:
    """What the question is stored with, and then what is sent until the answer has been read and stored."""
    shown = shown_by(person.looks_at(chat)) if chat else ""
    with recorded_statements() as statements:
        person.sends_with_htmx("And now? [[say Bread.]]", chat=chat, shown=shown, id=str(uuid4()))
        sending = statements.take()
        reply = person.latest_reply()
        statements.clear()
        assert "Bread." in person.follows(reply)
        person.standin.wait_for(lambda: not live.running())
        return sending, without_checkpoints(statements.take())


@pytest.mark.parametrize("messages", [0, 1, 6], ids=["first of a chat", "in a short chat", "in a long chat"])
def test_a_reply_begins_and_ends_with_few_statements(alice, messages):
    alice.asks("[[say Hello.]]")
    chat = alice.latest_reply().message.conversation if messages else None
    for _ in range(1, messages):
        alice.asks("[[say Hello again.]]", chat=chat)
    sending, ending = statements_of_reply(alice, chat)

    assert len(sending) <= MOST_TO_SEND, f"\n{sending}"
    assert len(ending) <= MOST_TO_END, f"\n{ending}"
