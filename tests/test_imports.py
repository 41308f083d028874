"""Imports point one way: webapp -> views -> pages -> rooms -> models -> openrouter."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# What each room may import of the project, besides itself. More would be a new way through the house: say why.
MAY_IMPORT = {
    "chat.openrouter": set(),
    "chat.openrouter.json_fields": set(),
    "chat.openrouter.api_key": set(),
    "chat.openrouter.errors": {"chat.openrouter.json_fields"},
    "chat.openrouter.catalogue": {"chat.openrouter.json_fields"},
    "chat.openrouter.voice": {"chat.openrouter.json_fields", "chat.openrouter.errors", "chat.openrouter.catalogue"},
    "chat.openrouter.answer_parts": {"chat.openrouter.json_fields"},
    "chat.openrouter.connection": {"chat.openrouter.api_key", "chat.openrouter.errors"},
    "chat.openrouter.account": {"chat.openrouter.json_fields", "chat.openrouter.api_key", "chat.openrouter.errors"},
    "chat.openrouter.answers": {
        *("chat.openrouter.json_fields", "chat.openrouter.errors", "chat.openrouter.answer_parts"),
        "chat.openrouter.connection",
    },
    "chat.rendering": {"chat.helper_process"},
    "chat.helper_process": set(),
    "chat.isolated_program": set(),
    "chat.background": set(),
    "chat.offload": set(),
    "chat.formats": set(),
    "chat.throttle": set(),
    "chat.rate_limit": set(),
    "chat.sanitize": {"chat.models", "chat.openrouter", "chat.rendering"},
    "chat.upstream": {"chat.openrouter"},
    "chat.models": {"chat.openrouter"},
    "chat.parameters": {"chat.openrouter", "chat.formats", "chat.isolated_program"},
    "chat.upkeep": {"chat.models"},
    "chat.catalogue": {
        *("chat.openrouter", "chat.upstream", "chat.models", "chat.formats", "chat.background", "chat.rate_limit"),
    },
    "chat.accounts": {
        *("chat.openrouter", "chat.upstream", "chat.models", "chat.offload", "chat.background", "chat.rate_limit"),
    },
    "chat.images": {"chat.models", "chat.offload", "chat.formats"},
    "chat.files": {"chat.models", "chat.images", "chat.formats", "chat.isolated_program"},
    "chat.conversations": {"chat.models", "chat.images", "chat.files", "chat.openrouter", "chat.catalogue"},
    "chat.reply_content": {
        *("chat.models", "chat.openrouter", "chat.rendering", "chat.offload", "chat.sanitize"),
        *("chat.catalogue", "chat.parameters"),  # the schema that an answer has to follow
    },
    "chat.tools": {"chat.images", "chat.reply_content", "chat.sanitize"},
    "chat.model_request": {
        *("chat.models", "chat.catalogue", "chat.conversations", "chat.images", "chat.files", "chat.openrouter"),
        *("chat.parameters", "chat.reply_content", "chat.tools", "chat.mcp", "chat.upkeep"),
    },
    "chat.spending": {
        *("chat.models", "chat.catalogue", "chat.conversations", "chat.openrouter", "chat.formats", "chat.sanitize"),
        *("chat.upstream", "chat.background"),  # costs are looked up
        *("chat.model_request", "chat.parameters"),  # what a request can cost
        "chat.accounts",  # what a key may still spend changes with each cost
    },
    "chat.side_requests": {
        *("chat.models", "chat.catalogue", "chat.conversations", "chat.accounts", "chat.openrouter", "chat.upstream"),
        *("chat.background", "chat.model_request", "chat.spending", "chat.sanitize"),
    },
    "chat.search": {"chat.models", "chat.conversations", "chat.offload"},
    "chat.replies": {
        *("chat.openrouter", "chat.upstream", "chat.models", "chat.catalogue", "chat.conversations", "chat.images"),
        *("chat.reply_content", "chat.model_request", "chat.side_requests", "chat.tools", "chat.spending"),
        *("chat.accounts", "chat.background", "chat.sanitize"),
    },
    "chat.new_replies": {
        *("chat.models", "chat.conversations", "chat.images", "chat.files", "chat.reply_content"),
        *("chat.model_request", "chat.spending", "chat.replies"),
    },
    "chat.streaming": {
        *("chat.openrouter", "chat.upstream", "chat.models", "chat.catalogue", "chat.accounts", "chat.conversations"),
        *("chat.rendering", "chat.reply_content", "chat.model_request", "chat.replies", "chat.formats"),
        "chat.background",
    },
    "chat.deletion": {
        *("chat.models", "chat.accounts", "chat.images", "chat.replies", "chat.throttle", "chat.background"),
        "chat.files",
    },
    "chat.voice": {
        *("chat.models", "chat.catalogue", "chat.openrouter", "chat.upstream", "chat.background", "chat.conversations"),
        *("chat.spending", "chat.accounts"),  # a request that is no reply: its key, and its costs
        "chat.rendering",  # what is a block of code
    },
    "chat.input_values": set(),
    "chat.mcp": {"chat.models", "chat.tools", "chat.rendering", "chat.helper_process"},
    "chat.mcp.process": {"chat.rendering"},
    "chat.forms": {
        *("chat.models", "chat.catalogue", "chat.conversations", "chat.images", "chat.formats", "chat.input_values"),
        *("chat.parameters", "chat.openrouter", "chat.spending", "chat.mcp", "chat.files"),
    },
    "chat.pages": {
        *("chat.models", "chat.catalogue", "chat.accounts", "chat.conversations", "chat.streaming"),
        *("chat.formats", "chat.input_values", "chat.forms", "chat.rate_limit", "chat.openrouter"),
        *("chat.parameters", "chat.spending", "chat.tools", "chat.voice", "chat.mcp", "chat.rendering"),
        *("chat.new_replies", "chat.side_requests"),
    },
    "chat.archive": {
        *("chat.models", "chat.catalogue", "chat.conversations", "chat.images", "chat.replies", "chat.streaming"),
        *("chat.offload", "chat.formats", "chat.throttle", "chat.parameters", "chat.files", "chat.openrouter"),
        *("chat.reply_content", "chat.model_request", "chat.sanitize"),
    },
}


def modules_of(room: str) -> list[Path]:
    path = ROOT / room.replace(".", "/")
    return sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


def imports_of(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            assert node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def is_within(name: str, rooms: set[str]) -> bool:
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_package_imports_only_what_lies_below(room):
    wrong = [
        f"{module.relative_to(ROOT)} imports {name}"
        for module in modules_of(room)
        for name in imports_of(module)
        if is_within(name, {"chat", "webapp", "tests"}) and not is_within(name, {room, *MAY_IMPORT[room]})
    ]
    assert modules_of(room)
    assert not wrong


@pytest.mark.parametrize("room", ["chat.openrouter", "chat.rendering", "chat.mcp.process"])
def test_some_packages_do_not_import_django(room):
    assert not [name for module in modules_of(room) for name in imports_of(module) if is_within(name, {"django"})]
