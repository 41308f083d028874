"""Alice is signed in, and nobody waits for the sake of a reader's eyes."""

import pytest

from chat.models import Conversation
from chat.replies import checkpoint, generate, recover
from chat.streaming import follow, stored_reply
from chat.tools import builtin
from chat.tools.tool import Tool
from tests.django_client import Person
from tests.replies.tool_calls import BOTH


@pytest.fixture
def alice(alice: Person) -> Person:
    alice.signs_in()
    return alice


@pytest.fixture
def bob(bob: Person) -> Person:
    bob.signs_in()
    return bob


@pytest.fixture(autouse=True)
def _quick_clocks(monkeypatch):
    monkeypatch.setattr(generate, "FRAME_SECONDS", 0.01)
    monkeypatch.setattr(follow, "TAIL_BYTES_PER_SECOND", 10_000_000)
    monkeypatch.setattr(stored_reply, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(checkpoint, "TICK_SECONDS", 0.02)
    monkeypatch.setattr(recover, "NOTICE_SECONDS", 0.1)


@pytest.fixture
def tool_chat(alice):
    """A chat of Alice whose models may use the tools of this site."""
    alice.asks("[[say Hello]]")
    Conversation.objects.update(settings=BOTH)
    return Conversation.objects.get()


@pytest.fixture
def offer_tool(monkeypatch):
    """Offer a tool that does what a test wants."""

    def offer(run, **values) -> Tool:
        tool = Tool(name="probe", title="Probe", description="Tries something.", run=run, **values)
        monkeypatch.setitem(builtin.BUILTIN, "probe", tool)
        Conversation.objects.update(settings={"tools": ["probe"]})
        return tool

    return offer
