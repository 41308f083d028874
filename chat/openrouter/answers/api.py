"""OpenRouter's APIs for answers: where each is, what it is sent, and how its answers are read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chat.openrouter.answers.chat_completions import AnswerReader
from chat.openrouter.answers.completions import CompletionsReader
from chat.openrouter.answers.responses_body import responses_body
from chat.openrouter.answers.responses_stream import ResponsesReader


@dataclass(frozen=True)
class AnswerApi:
    """An API for answers. `body` makes its request out of what `OpenRouter.chat` gets: the body of a chat completion.

    Only that of COMPLETIONS is given as it is sent, with a `prompt`: it has no messages.
    """

    path: str  # below /api/v1
    body: Callable[[Mapping[str, Any]], dict[str, Any]]
    reader: Callable[[], AnswerReader]


CHAT_COMPLETIONS = AnswerApi("/chat/completions", dict, AnswerReader)
RESPONSES = AnswerApi("/responses", responses_body, ResponsesReader)
COMPLETIONS = AnswerApi("/completions", dict, CompletionsReader)
