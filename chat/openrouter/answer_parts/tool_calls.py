"""Collects the tool calls of one answer from their fragments.

Providers differ: some send a call in one fragment, some its arguments in many; some number calls with `index`, some
leave that out, some give every call the index 0 and a new id, and some every fragment.
Source: OpenRouter docs, "Tool & Function Calling"; recorded streams.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from chat.openrouter.json_fields import as_int, as_list, as_object, as_text

MAX_CALLS = 64  # in one answer; the rest is dropped
MAX_ARGUMENT_CHARS = 1_000_000  # of all calls together
SERVER_PREFIX = "openrouter:"  # OpenRouter runs these itself


@dataclass(frozen=True, slots=True)
class ToolCall:
    """What the model wants to be run. `arguments` is JSON if the model wrote it correctly, and may be anything."""

    id: str
    name: str
    arguments: str
    is_run_by_openrouter: bool = False

    def as_json(self) -> dict[str, Any]:
        """The call as the message of the assistant repeats it."""
        return {"id": self.id, "type": "function", "function": {"name": self.name, "arguments": self.arguments}}


class ToolCalls:
    """The calls so far. `is_too_long` once their arguments had more than MAX_ARGUMENT_CHARS: the rest is dropped."""

    def __init__(self) -> None:
        self._calls: list[_Fragments] = []
        self._characters = 0
        self.is_too_long = False

    @property
    def count(self) -> int:
        """How many calls have begun."""
        return len(self._calls)

    @property
    def characters(self) -> int:
        """How many characters of arguments came."""
        return self._characters

    def add(self, fragments: object) -> None:
        """Take what one delta has: whole calls, or the next fragments of earlier ones."""
        for fragment in map(as_object, as_list(fragments)):
            function = as_object(fragment.get("function")) or fragment
            id_, name = as_text(fragment.get("id")), as_text(function.get("name"))
            call = self._find(as_int(fragment.get("index")), id_, name)
            if call is None:
                continue
            call.id, call.name = call.id or id_, call.name or name
            call.type = call.type or as_text(fragment.get("type"))
            self._add_arguments(call, _arguments_text(function.get("arguments")))

    def replace(self, calls: object) -> None:
        """Take those of a whole message in place of what its deltas had, which it repeats."""
        if as_list(calls):
            self._calls, self._characters = [], 0
            for position, call in enumerate(map(as_object, as_list(calls))):
                self.add([{**call, "index": position}])

    def all(self) -> list[ToolCall]:
        """The calls that have a name, each with an id of its own."""
        found: dict[str, ToolCall] = {}
        for number, call in enumerate(self._calls, start=1):
            if call.name or call.is_run_by_openrouter:
                id_ = call.id if call.id and call.id not in found else f"{call.id or 'call'}_{number}"
                found[id_] = ToolCall(id_, call.name or call.type, "".join(call.arguments), call.is_run_by_openrouter)
        return list(found.values())

    def _find(self, index: int | None, id_: str, name: str) -> "_Fragments | None":
        """The call that a fragment belongs to, which may be a new one; None if there are too many."""
        possible = [call for call in reversed(self._calls) if index in (None, call.index)]
        same = (call for call in possible if id_ and call.id == id_)
        known = next(same, possible[0] if possible else None)
        is_other = known is not None and name and id_ and known.id and id_ != known.id
        if index is None and not id_ and name and known is not None and known.name and known.arguments:
            is_other = True  # neither an index nor an id: a second name begins a second call
        if known is not None and not is_other:
            return known
        if len(self._calls) >= MAX_CALLS:
            return None
        self._calls.append(_Fragments(index))
        return self._calls[-1]

    def _add_arguments(self, call: "_Fragments", text: str) -> None:
        self._characters += len(text)
        if self._characters > MAX_ARGUMENT_CHARS:
            self.is_too_long = True
        elif text:
            call.arguments.append(text)


@dataclass
class _Fragments:
    index: int | None
    id: str = ""
    type: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)

    @property
    def is_run_by_openrouter(self) -> bool:
        return self.type.startswith(SERVER_PREFIX) or self.name.startswith(SERVER_PREFIX)


def _arguments_text(value: object) -> str:
    """Arguments as text; some providers send an object in its place."""
    return json.dumps(value) if isinstance(value, dict) and value else as_text(value)
