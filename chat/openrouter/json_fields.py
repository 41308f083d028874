"""Reading JSON that somebody else writes: absent, null and oddly typed fields are ordinary."""

import json
import math
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

LONGEST_NUMBER = 18  # digits; more than anything counts
MOST = 10**15  # of anything: beyond it a number is not known
LEAST = Decimal("1e-30")  # below it, it is nothing: written out, a number may have a million zeros


class NestedTooDeep(ValueError):
    """JSON that is made to be hard to read."""


def read_json(text: str | bytes) -> Any:
    """Return what a JSON text holds, with null for numbers that nothing counts: NaN, Infinity, a hundred digits.

    Raises `ValueError`, also when it is nested too deep to be read.
    """
    try:
        return json.loads(text, parse_int=_whole, parse_float=_finite, parse_constant=lambda name: None)
    except RecursionError:
        raise NestedTooDeep("nested too deep") from None


def _whole(digits: str) -> int | None:
    return int(digits) if len(digits) <= LONGEST_NUMBER else None


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def as_object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def as_text(value: object) -> str:
    return value if isinstance(value, str) else ""


def as_int(value: object) -> int | None:
    """Return an int; 3.0 counts, true and "3" do not."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not -MOST < value < MOST:
        return None
    return int(value)


def as_decimal(value: object) -> Decimal | None:
    """Return an amount given as a number or a string. A float passes through its shortest spelling."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value))
    except (InvalidOperation, ValueError):  # no number; an int of more digits than Python spells out
        return None
    if not amount.is_finite() or not -MOST < amount < MOST:
        return None
    return +amount if abs(amount) >= LEAST else Decimal(0)


def moment_of(seconds: Decimal | None) -> datetime | None:
    """Return the point in time so many seconds after 1970 (UTC)."""
    try:
        return None if seconds is None else _within_reason(datetime.fromtimestamp(float(seconds), UTC))
    except (OverflowError, OSError, ValueError):
        return None


def as_moment(value: object) -> datetime | None:
    """Return a point in time given in ISO 8601; a date counts as its midnight, and UTC is assumed."""
    try:
        moment = datetime.fromisoformat(as_text(value))
    except ValueError:
        return None
    return _within_reason(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _within_reason(moment: datetime) -> datetime | None:
    """At the ends of the calendar no other time zone can say a moment, and a page that tried would break."""
    return moment if datetime.min.year + 1 < moment.year < datetime.max.year - 1 else None
