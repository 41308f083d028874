"""Reading JSON that somebody else writes: absent, null and oddly typed fields are ordinary."""

import math
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any


def as_object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def as_text(value: object) -> str:
    return value if isinstance(value, str) else ""


def as_whole(value: object) -> int | None:
    """Return an int; 3.0 counts, true and "3" do not."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not math.isfinite(value):
        return None
    return int(value)


def as_decimal(value: object) -> Decimal | None:
    """Return an amount given as a number or a string. A float passes through its shortest spelling."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def moment_of(seconds: Decimal | None) -> datetime | None:
    """Return the point in time so many seconds after 1970 (UTC)."""
    try:
        return None if seconds is None else datetime.fromtimestamp(float(seconds), UTC)
    except (OverflowError, OSError, ValueError):
        return None


def as_moment(value: object) -> datetime | None:
    """Return a point in time given in ISO 8601; a date counts as its midnight, and UTC is assumed."""
    try:
        moment = datetime.fromisoformat(as_text(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
