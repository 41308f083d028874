"""What others say, as the database can keep it: an odd value must not cost anybody the answer it comes with."""

from decimal import Decimal
from typing import Any

from chat.replies.models import Reply

MOST_TOKENS = 2**31 - 1  # what the column holds
MOST_DOLLARS = 10**6  # for one answer


def storable(text: str) -> str:
    """Without what no database takes: NUL (PostgreSQL), and halves of surrogate pairs, which are no UTF-8."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def storable_facts(facts: dict[str, Any]) -> dict[str, Any]:
    """Columns of Reply: texts cut to fit, and a number that cannot be true as unknown."""
    return {name: _fitting(name, value) for name, value in facts.items()}


def _fitting(name: str, value: Any) -> Any:
    match value:
        case str():
            return storable(value)[: getattr(Reply._meta.get_field(name), "max_length", None)]
        case dict():
            return _clean(value)
        case int():
            return value if 0 <= value <= MOST_TOKENS else None
        case Decimal():
            return value if 0 <= value < MOST_DOLLARS else None
        case _:
            return value


def _clean(value: Any) -> Any:
    match value:
        case str():
            return storable(value)
        case list():
            return [_clean(each) for each in value]
        case dict():
            return {name: _clean(each) for name, each in value.items()}
        case _:
            return value
