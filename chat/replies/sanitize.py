"""What others say, as the database can keep it: an odd value must not cost anybody the answer it comes with."""

from decimal import ROUND_DOWN, Decimal
from typing import Any

from chat.models import Reply
from chat.rendering.presentable import presentable

MOST_TOKENS = 2**31 - 1  # what the column holds
MOST_DOLLARS = 10**5  # for one answer; with ten decimals these are the 15 digits that SQLite gives back as they were
LEAST_DOLLARS = Decimal("1e-10")


def storable(text: str) -> str:
    """Without what no database takes: NUL (PostgreSQL), and halves of surrogate pairs, which are no UTF-8."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def storable_facts(facts: dict[str, Any]) -> dict[str, Any]:
    """Columns of Reply: texts cut to fit, and a number that cannot be true as unknown."""
    return {name: _fitting(name, value) for name, value in facts.items()}


def storable_dollars(amount: Decimal) -> Decimal | None:
    """What is read back exactly as it was stored; None for what nobody is asked to pay."""
    return amount.quantize(LEAST_DOLLARS, ROUND_DOWN) if 0 <= amount < MOST_DOLLARS else None


def _fitting(name: str, value: Any) -> Any:
    match value:
        case str():
            return _shown(value)[: getattr(Reply._meta.get_field(name), "max_length", None)]
        case dict():
            return _clean(value)
        case int():
            return value if 0 <= value <= MOST_TOKENS else None
        case Decimal():
            return storable_dollars(value)
        case _:
            return value


def _shown(text: str) -> str:
    """These are shown as they are: also without controls, and without marks that make it read as what it is not."""
    return presentable(storable(text))


def _clean(value: Any) -> Any:
    match value:
        case str():
            return _shown(value)
        case list():
            return [_clean(each) for each in value]
        case dict():
            return {name: _clean(each) for name, each in value.items()}
        case _:
            return value
