"""This package could be lifted out: it knows neither Django nor the rest of the project."""

import ast
import sys
from pathlib import Path

import chat.openrouter

ALLOWED = {"requests", "urllib3"} | sys.stdlib_module_names


def test_it_imports_requests_the_standard_library_and_itself():
    modules = list(Path(chat.openrouter.__path__[0]).glob("**/*.py"))
    foreign = [
        (module.name, name)
        for module in modules
        for name in imported(ast.parse(module.read_text()))
        if name.partition(".")[0] not in ALLOWED and not name.startswith("chat.openrouter.")
    ]

    assert len(modules) > 10
    assert foreign == []


def test_what_its_door_promises_is_there():
    assert [name for name in chat.openrouter.__all__ if not hasattr(chat.openrouter, name)] == []


def imported(tree: ast.AST):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level != 1:
            yield "." * node.level + (node.module or "")
