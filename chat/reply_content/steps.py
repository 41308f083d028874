"""The tool calls of an answer, as steps that are shown, stored and replayed like its text.

A step is a delta each time it changes (chat/reply_content/deltas.py), with all that is known of it then. So it survives
what text survives, and every process that follows the answer shows the same. `Round` is what one request brought.
"""

import json
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from chat.sanitize import storable

MAX_RESULT_CHARS = 50_000  # of one call, as stored and as the model gets it


class StepState(StrEnum):
    """The states of a tool call. ASKED waits for the person to allow it; the last three are final."""

    ASKED = "asked"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"


OPEN = (StepState.ASKED, StepState.RUNNING)
TEXTS = ("tool", "arguments", "call_id", "title", "source", "result")


@dataclass(frozen=True)
class Step:
    """A tool call: what the model asked for, and what came of it."""

    number: int  # in the answer, from 1
    tool: str  # as the model calls it
    arguments: str  # what the model wrote: JSON, if it wrote it correctly
    state: str
    call_id: str = ""
    title: str = ""  # as people read it; "" if the tool is a built-in one, whose words are this site's
    source: str = ""  # the MCP server that has the tool
    digest: str = ""  # of the tool that the person was asked about (chat/tools/tool.py)
    result: str = ""  # for the model: what the tool returned, or why it did not
    images: list[dict[str, Any]] = field(default_factory=list)  # `{"id", "url", "width", "height"}`
    seconds: float | None = None  # that it ran
    is_cut_off: bool = False  # the answer ended before it did: nobody knows whether it ran
    is_server_side: bool = False  # OpenRouter runs it
    count: int = 1  # calls of which nothing else is known

    @property
    def has_ended(self) -> bool:
        return self.state not in OPEN

    def changed(self, state: StepState, **values: Any) -> "Step":
        return replace(self, state=str(state), **values)

    def cut_off(self) -> "Step":
        """The step as it is once the answer has ended."""
        if self.has_ended:
            return self
        if self.is_server_side:  # its result does not always come
            return self.changed(StepState.DONE)
        return self.changed(StepState.FAILED, is_cut_off=True)

    def as_json(self) -> str:
        """The step as JSON, only with what departs from the defaults: there may be many steps."""
        defaults = Step(0, "", "", "")
        values = asdict(self)
        needed = ("number", "tool", "arguments", "state")
        changed = {name: value for name, value in values.items() if name in needed or value != getattr(defaults, name)}
        return json.dumps(changed, separators=(",", ":"))

    @classmethod
    def from_json(cls, content: str) -> "Step":
        return cls(**json.loads(content))

    @classmethod
    def clean(cls, content: str) -> "Step":
        """A step from a file, which has ended, without images. Raises ValueError or TypeError if it is none."""
        step = replace(cls.from_json(content), images=[], digest="")
        numbers = (step.number, step.count, 0 if step.seconds is None else step.seconds)
        if not all(isinstance(getattr(step, name), str) for name in TEXTS) or not all(map(_is_small, numbers)):
            raise TypeError("step")
        flags = {name: bool(getattr(step, name)) for name in ("is_cut_off", "is_server_side")}
        texts = {name: storable(getattr(step, name)) for name in TEXTS}
        return step.changed(StepState(step.state), **flags, **texts).cut_off()


def _is_small(number: object) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool) and 0 <= number < 1_000_000


@dataclass(frozen=True)
class Round:
    """What one of several requests for an answer brought, besides its content. Amounts as in `Reply`."""

    generation_id: str = ""
    cost: str | None = None  # US dollars; None if unknown
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    reasoning_tokens: int | None = None
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    cost_details: dict[str, Any] | None = None
    reasoning_details: str = ""  # what the model wants back, as JSON

    def as_json(self) -> str:
        return json.dumps({name: value for name, value in asdict(self).items() if value}, separators=(",", ":"))

    @classmethod
    def from_json(cls, content: str) -> "Round":
        return cls(**json.loads(content))
