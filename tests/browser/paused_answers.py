"""Answers that pause until the test sets an event, so that a test has all the time it needs while one runs."""

from threading import Event

from tests.standin import StandIn
from tests.standin.prose import tokens
from tests.standin.wire import DONE, Usage, Wire

wire = Wire("gen-1", 1_790_000_000, "openai/gpt-5.4-mini", "OpenAI")
USAGE = Usage(prompt_tokens=100, completion_tokens=100, prompt_cost=0.0001, completion_cost=0.0001)


def answers_in_parts(standin: StandIn, *parts: str, rate: float = 1000.0, thoughts: str = "") -> list[Event]:
    """Set the next answer, at so many tokens a second; each part but the first is sent when its event is set."""
    chunks: list[bytes | Event] = [*map(wire.reasoning, tokens(thoughts)), *map(wire.text, tokens(parts[0]))]
    events = [Event() for _ in parts[1:]]
    for event, part in zip(events, parts[1:], strict=True):
        chunks += [event, *map(wire.text, tokens(part))]
    chunks += [wire.finish("stop"), wire.usage(USAGE, "stop"), DONE]
    standin.answers_raw(chunks, pause_seconds=1 / rate)
    return events


def answers_and_pauses(standin: StandIn, text: str, *, rate: float = 1000.0, thoughts: str = "") -> Event:
    """Set the next answer in two parts; the second, a short one, is sent when the event is set."""
    at = len(text) * 9 // 10
    (may_end,) = answers_in_parts(standin, text[:at], text[at:], rate=rate, thoughts=thoughts)
    return may_end
