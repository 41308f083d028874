"""What a tool is to the rest of the site: what the model is told of it, who has to agree to a call, and how it runs."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any

MAX_NAME_CHARS = 64  # what providers accept: letters, digits, "_" and "-"


class Permission(StrEnum):
    """Who decides about a call of a tool."""

    ASK = "ask"  # the person, each time
    ALLOWED = "allowed"  # it is always run
    NEVER = "never"  # it is not offered to the model


class ToolFailed(Exception):
    """The call failed. The model gets the sentence, and may try something else; so it has to be in English."""


@dataclass(frozen=True)
class ToolResult:
    """What a call returned: text for the model, and images as `data:` URLs."""

    text: str
    images: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cancellation:
    """Says whether the call should end early: the person pressed Stop, the time is up, or the process is about to end.

    A tool that waits passes to `on_cancel` a function that ends its wait, for example by closing a connection.
    """

    is_cancelled: Callable[[], bool]
    on_cancel: Callable[[Callable[[], None]], None]


@dataclass(frozen=True)
class Tool:
    """A tool that can be offered to a model.

    `run` gets the arguments, a JSON object that nobody has checked against `parameters`, and a Cancellation; it raises
    ToolFailed. It is called in a thread (a greenlet under gevent) and may take until the Cancellation says otherwise.
    """

    name: str  # as models call it
    title: str  # as people read it; of an MCP server's tool it is text that nobody has checked
    description: str  # for the model
    run: Callable[[dict[str, Any], Cancellation], ToolResult]
    parameters: dict[str, Any] = field(default_factory=lambda: {"type": "object", "properties": {}})  # JSON Schema
    permission: Permission = Permission.ALLOWED
    source: str = ""  # the name of the MCP server that has it; "" if it is built in
    version: str = ""  # another one is another tool, although it has the same name: consent to the old one is void

    @property
    def digest(self) -> str:
        """Of what the model is told: a tool that has changed since it was allowed is another one."""
        described = json.dumps([self.as_json(), self.version], sort_keys=True)
        return sha256(described.encode(errors="replace")).hexdigest()[:32]

    def as_json(self) -> dict[str, Any]:
        """The tool as a request names it."""
        function = {"name": self.name, "description": self.description, "parameters": self.parameters}
        return {"type": "function", "function": function}
