"""A call for tests: its request, the events of chunks.ANSWER, and what comes of any other."""

from decimal import Decimal

import pytest

from chat.openrouter import Call, Event, Finished, OpenRouter, OpenRouterError, Started, Text, Usage
from chat.openrouter.answers.chat_completions import merge_adjacent
from tests.openrouter.scripted_server import ScriptedServer

BODY = {"model": "maker/model", "messages": [{"role": "user", "content": "Hello?"}]}
EVENTS = [
    Started("gen-1", "maker/model", "Somebody"),
    Text("Hello"),
    Finished("stop"),
    Usage(prompt_tokens=7, completion_tokens=5, cost=Decimal("0.000123")),
]


def client_of(server: ScriptedServer, **settings: float) -> OpenRouter:
    return OpenRouter(server.url, title="Potluck", referer="http://localhost:8000", **settings)


def events_of(call: Call) -> list[Event]:
    """Return the events with neighbouring text joined: how much one read brings is up to the machine."""
    return merge_adjacent(call)


def read_until_failure(call: Call) -> tuple[list[Event], OpenRouterError]:
    """Return the events and what ended them."""
    events: list[Event] = []
    try:
        events.extend(call)
    except OpenRouterError as failure:
        return merge_adjacent(events), failure
    pytest.fail("nothing failed")
