"""Waits until a condition is true, or until what a page shows no longer changes."""

from collections.abc import Callable
from typing import Any


def until(chat, is_so: Callable[[], bool]) -> None:
    for _ in range(1200):
        if is_so():
            return
        chat.page.wait_for_timeout(50)
    raise AssertionError("waited in vain")


def settled(chat, look: Callable[[], Any]) -> Any:
    """What `look()` finds once nothing moves any more."""
    seen = [look()]

    def is_so() -> bool:
        chat.page.wait_for_timeout(200)
        seen.append(look())
        return seen[-1] == seen[-2]

    until(chat, is_so)
    return seen[-1]
