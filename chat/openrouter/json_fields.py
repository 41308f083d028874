"""Reads fields of foreign JSON, where any field may be missing, null or of the wrong type."""

import json
import math
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

MAX_DIGITS = 18  # no count or price has more
MAX_NUMBER = 10**15  # anything larger is taken for unknown
MAX_LEVELS = 100  # of what is stored to be sent again; Python reads and writes 1,000, less by how deep its callers are
MIN_AMOUNT = Decimal("1e-30")  # anything smaller is taken for zero: written out, it could have a million zeros


class NestedTooDeep(ValueError):
    """The JSON has more levels than Python's parser can read."""


def read_json(text: str | bytes) -> Any:
    """Parse JSON, with None for numbers that make no sense here: NaN, Infinity, a hundred digits.

    Raises `ValueError`; its subclass `NestedTooDeep` if the JSON has too many levels.
    """
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text), "surrogatepass")
    try:
        return DECODER.decode(text)
    except RecursionError:
        raise NestedTooDeep("nested too deep") from None


def _whole(digits: str) -> int | None:
    return int(digits) if len(digits) <= MAX_DIGITS else None


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


# Made once, not for each event of a stream as `json.loads` would.
DECODER = json.JSONDecoder(parse_int=_whole, parse_float=_finite, parse_constant=lambda name: None)


def problem_of_text(value: object) -> str:
    """Say why `value` cannot be stored as JSON in a database; empty if it can."""
    try:
        written = json.dumps(value, ensure_ascii=False)
        written.encode()
    except (ValueError, RecursionError):  # half of a surrogate pair cannot be encoded as UTF-8
        return "invalid text"
    return "a NUL" if "\\u0000" in written else ""


def is_sendable(encoded: str) -> bool:
    """Whether JSON can be part of a request: half of a character cannot, nor infinity, nor more than MAX_LEVELS."""
    try:
        value = json.loads(encoded)
        if _is_too_deep(value):
            return False
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return False
    return True


def _is_too_deep(value: object) -> bool:
    """Whether it has more than MAX_LEVELS of lists and objects in each other."""
    level = [value]
    for _ in range(MAX_LEVELS):
        level = [inner for outer in level for inner in _values_in(outer)]
        if not level:
            return False
    return True


def _values_in(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def as_object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def as_text(value: object) -> str:
    return value if isinstance(value, str) else ""


def as_int(value: object) -> int | None:
    """Return an int; 3.0 counts, true and "3" do not."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not -MAX_NUMBER < value < MAX_NUMBER:
        return None
    return int(value)


def as_decimal(value: object) -> Decimal | None:
    """Return an amount given as a number or a string. Floats are converted by their shortest decimal form."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value))
    except (InvalidOperation, ValueError):  # not a number, or an int with more digits than Python converts to str
        return None
    if not amount.is_finite() or not -MAX_NUMBER < amount < MAX_NUMBER:
        return None
    return +amount if abs(amount) >= MIN_AMOUNT else Decimal(0)


def from_timestamp(seconds: Decimal | None) -> datetime | None:
    """Return the datetime of a Unix timestamp."""
    try:
        return None if seconds is None else _if_displayable(datetime.fromtimestamp(float(seconds), UTC))
    except (OverflowError, OSError, ValueError):
        return None


def as_datetime(value: object) -> datetime | None:
    """Return a datetime given in ISO 8601. A date counts as its midnight; without a time zone UTC is assumed."""
    try:
        moment = datetime.fromisoformat(as_text(value))
    except ValueError:
        return None
    return _if_displayable(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _if_displayable(moment: datetime) -> datetime | None:
    """Return None in the calendar's first and last years, where converting to another time zone can overflow."""
    return moment if datetime.min.year + 1 < moment.year < datetime.max.year - 1 else None
