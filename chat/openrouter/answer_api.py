"""OpenRouter's two APIs for answers: where each is, what it is sent, and how its answers are read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .responses_body import responses_body
from .responses_stream import ResponsesReader
from .stream import AnswerReader


@dataclass(frozen=True)
class AnswerApi:
    """One of them. `body` makes its request out of the body of a chat completion."""

    path: str  # below /api/v1
    body: Callable[[Mapping[str, Any]], dict[str, Any]]
    reader: Callable[[], AnswerReader]


CHAT_COMPLETIONS = AnswerApi("/chat/completions", dict, AnswerReader)
RESPONSES = AnswerApi("/responses", responses_body, ResponsesReader)
