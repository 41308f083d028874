"""The events of a streamed answer: text, reasoning, images, sources, tools, the end and what it cost."""

from dataclasses import dataclass, field
from decimal import Decimal

from chat.openrouter.answer_parts.cost_details import CostDetails


@dataclass(frozen=True, slots=True)
class Started:
    """The first event. `model` may be spelled differently than in the request, or be the choice of a router."""

    generation_id: str
    model: str
    provider: str


@dataclass(frozen=True, slots=True)
class Reasoning:
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Image:
    """A complete image that the model made, as a `data:` URL of perhaps megabytes."""

    url: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A web page that the answer cites; the indexes count characters of the whole text.

    `position` is its index in the list that OpenRouter sent. Answers call the first of a list "[1]".
    """

    url: str
    title: str = ""
    content: str = ""
    start_index: int | None = None
    end_index: int | None = None
    position: int = 0


@dataclass(frozen=True, slots=True)
class ServerToolCall:
    """A tool that OpenRouter runs itself. It may come twice: when it is called, and with its result.

    `id` is empty if OpenRouter gives none. `result` is None while it runs.
    """

    id: str
    name: str  # like "openrouter:web_search"
    arguments: str
    result: str | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """The model has stopped. `finish_reason` is stop, length, tool_calls or content_filter."""

    finish_reason: str
    native_finish_reason: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens and the cost of an answer. It may come several times: the last one counts.

    `cost` is in US dollars, None if unknown. Completion includes reasoning, prompt includes cached.
    `cache_write_tokens`, of the prompt, were stored for later requests; None if unknown.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    reasoning_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int | None = None
    cost: Decimal | None = None
    cost_details: CostDetails = field(default_factory=CostDetails)  # parts of the cost


Event = Started | Reasoning | Text | Image | Citation | ServerToolCall | Finished | Usage
