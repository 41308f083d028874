"""Reads how a model continues a text: answers of `POST /completions`, which have no messages.

OpenRouter's description of its API leaves that endpoint out; its chunks are those of OpenAI's legacy completions, with
the usage that chat completions have.
"""

from typing import Any

from chat.openrouter.answer_parts.events import Event, Text
from chat.openrouter.answers.chat_completions import AnswerReader
from chat.openrouter.json_fields import as_list, as_object, as_text


class CompletionsReader(AnswerReader):
    """An `AnswerReader` for the payloads of `POST /completions`, streamed or not. All that comes is text."""

    def _chunk(self, payload: dict[str, Any]) -> dict[str, Any]:
        choices = [as_object(choice) for choice in as_list(payload.get("choices"))]
        return {
            **payload,
            "choices": [{**choice, "delta": {"content": as_text(choice.get("text"))}} for choice in choices],
        }

    def _read_text(self, text: str) -> list[Event]:
        """A tag like <think> belongs to the text here."""
        self._has_text = True
        whole = self._text_joiner.feed(text)
        return [Text(whole)] if whole else []
