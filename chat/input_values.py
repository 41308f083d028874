"""Parses ids and numbers from URLs and forms; invalid ones become None."""

from uuid import UUID

MAX_NUMBER = 10_000_000  # of blocks or tokens; this site never sends a larger one


def uuid_or_none(value: str | None) -> UUID | None:
    try:
        return UUID(value)
    except (TypeError, ValueError):
        return None


def int_or_none(value: str | None) -> int | None:
    """Parse a whole number; larger ones than `MAX_NUMBER` become that."""
    if not value or not (value.isascii() and value.isdigit()):
        return None
    digits = value.lstrip("0") or "0"
    return MAX_NUMBER if len(digits) > 9 else min(int(digits), MAX_NUMBER)  # `int` takes no more than 4,300
