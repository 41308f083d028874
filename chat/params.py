"""Values from addresses and forms, which anybody may have written: what cannot be read is None."""

from uuid import UUID

LARGEST_NUMBER = 10_000_000  # of blocks or tokens; more is no number that this site gave out


def uuid_or_none(value: str | None) -> UUID | None:
    try:
        return UUID(value)
    except (TypeError, ValueError):
        return None


def int_or_none(value: str | None) -> int | None:
    """At most `LARGEST_NUMBER`."""
    if not value or len(value) > 9 or not (value.isascii() and value.isdigit()):
        return None
    return min(int(value), LARGEST_NUMBER)
