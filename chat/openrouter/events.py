"""What comes out of a chat request, in the order in which it happens."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Started:
    """The first word. `model` may be spelled otherwise than asked for, or be a router's choice."""

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
    """A picture that the model drew, whole, as a `data:` URL of perhaps megabytes."""

    url: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A page that the answer leans on; the indexes count characters of the whole text.

    `position` is its place in the list that it came in, from 0. Texts say "[1]" to the first of a list.
    """

    url: str
    title: str = ""
    content: str = ""
    start_index: int | None = None
    end_index: int | None = None
    position: int = 0


@dataclass(frozen=True, slots=True)
class Finished:
    """The model has stopped. `finish_reason` is stop, length, tool_calls or content_filter."""

    finish_reason: str
    native_finish_reason: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """What it took. `cost` is in US dollars, None when not told; completion includes reasoning."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    reasoning_tokens: int = 0
    cached_tokens: int = 0
    cost: Decimal | None = None


Event = Started | Reasoning | Text | Image | Citation | Finished | Usage
