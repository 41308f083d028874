"""The tools that a server lists, as they are stored and shown: cleaned, shortened, and each with a fingerprint."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from mcp import types

from chat.rendering.forbidden_characters import presentable

MAX_TOOLS = 100
MAX_NAME_CHARS = 128  # the protocol's own limit; a name has to be called as it is, so a longer one is of no use
MAX_TITLE_CHARS = 80
MAX_DESCRIPTION_CHARS = 2000
MAX_PARAMETERS_BYTES = 20_000  # of JSON


def listed(tools: Iterable[types.Tool]) -> dict[str, Any]:
    """`{"tools": […], "left_out": how many could not be used}`. A name that is listed twice counts once."""
    found = {tool.name: tool for tool in tools}
    usable = [described(tool) for tool in found.values() if is_usable(tool)][:MAX_TOOLS]
    return {"tools": usable, "left_out": len(found) - len(usable)}


def described(tool: types.Tool) -> dict[str, Any]:
    title = tool.title or (tool.annotations and tool.annotations.title) or tool.name
    return {
        "name": tool.name,
        "title": one_line(title, MAX_TITLE_CHARS) or tool.name[:MAX_TITLE_CHARS],
        "description": shortened(clean(tool.description or "").strip(), MAX_DESCRIPTION_CHARS),
        "parameters": clean(tool.input_schema),
        "fingerprint": fingerprint(tool),
    }


def fingerprint(tool: types.Tool) -> str:
    """The SHA-256 of what a person and a model are told of the tool: another one is another tool."""
    shown = [tool.name, tool.title, tool.description, tool.input_schema, tool.annotations and tool.annotations.title]
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()


def is_usable(tool: types.Tool) -> bool:
    is_name = 0 < len(tool.name) <= MAX_NAME_CHARS and clean(tool.name) == tool.name and tool.name.isprintable()
    return is_name and 0 < size_bytes(tool.input_schema) <= MAX_PARAMETERS_BYTES


def size_bytes(schema: dict[str, Any]) -> int:
    """Of its JSON; 0 if there is none: 1e999 is read as infinity, which no database stores."""
    try:
        return len(json.dumps(schema, allow_nan=False))
    except ValueError:
        return 0


def clean(value: Any) -> Any:
    """The same value without characters that disguise text or that a database cannot store, at any depth."""
    if isinstance(value, str):
        return presentable(value)
    if isinstance(value, dict):
        return {presentable(name): clean(each) for name, each in value.items()}
    return [clean(each) for each in value] if isinstance(value, list) else value


def one_line(text: str, limit: int) -> str:
    return shortened(" ".join(presentable(text[: 4 * limit]).split()), limit)


def shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"
