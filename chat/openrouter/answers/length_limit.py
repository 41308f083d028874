"""Ends an answer that is longer than any model writes: nobody else limits what is stored, rendered and sent back."""

from collections.abc import Iterable
from dataclasses import replace

from chat.openrouter.answer_parts.events import Event, Finished, Reasoning, Text

MAX_CHARACTERS = 10_000_000  # of text and reasoning: some ten times what the longest models can write


class LengthLimit:
    """How much of an answer has come."""

    def __init__(self) -> None:
        self._remaining = MAX_CHARACTERS

    @property
    def is_reached(self) -> bool:
        return self._remaining <= 0

    def within(self, events: Iterable[Event]) -> list[Event]:
        """Return the events up to the limit. The one that reaches it is shortened, and the answer is finished then."""
        found: list[Event] = []
        for event in events:
            if isinstance(event, Text | Reasoning):
                event = replace(event, text=event.text[: self._remaining])
                self._remaining -= len(event.text)
            found.append(event)
            if self.is_reached:
                return [*found, Finished("length")]
        return found
