"""Calls of tools in the answers of the stand-in, and what it was sent for them."""

from typing import Any

BOTH = {"tools": ["calculator", "current_time"]}


def bodies(person) -> list[Any]:
    return [request.body for request in person.standin.chat_requests]


def call(name="calculator", arguments='{"expression": "6*7"}', **values) -> str:
    more = " ".join(f"{key}={value}" for key, value in values.items())
    return f"[[call {name} {more}\narguments={arguments}\n]]"
