"""Makes values from OpenRouter fit for the database, so that an odd value does not cost anybody a whole answer."""

from decimal import ROUND_DOWN, Decimal
from typing import Any

from chat.models import Reply
from chat.openrouter import CostDetails
from chat.rendering.forbidden_characters import presentable

MAX_TOKENS = 2**31 - 1  # the largest value of the column
MAX_DOLLARS = 10**5  # for one answer
MAX_DECIMALS = 12  # of the column
MAX_DIGITS = 15  # that SQLite stores exactly; amounts from a thousand dollars on have fewer decimals


def storable(text: str) -> str:
    """The text without NUL, which PostgreSQL refuses, and with "?" for lone surrogates, which UTF-8 cannot encode."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def storable_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """Values for fields of Reply, by name: texts are shortened to fit, and impossible numbers become None."""
    return {name: _fit_field(name, value) for name, value in fields.items()}


def storable_dollars(amount: Decimal) -> Decimal | None:
    """US dollars, rounded down to what is read back exactly as stored; None for an impossible amount."""
    if not 0 <= amount < MAX_DOLLARS:
        return None
    decimals = min(MAX_DECIMALS, MAX_DIGITS - 1 - amount.adjusted())
    return amount.quantize(Decimal(1).scaleb(-decimals), ROUND_DOWN)


def storable_cost_details(foreign: dict[str, Any]) -> dict[str, Any] | None:
    """What can be read of the parts of a cost, as `Reply.cost_details`; None if nothing can."""
    return CostDetails.read(foreign).as_json() or None


def _fit_field(name: str, value: Any) -> Any:
    match value:
        case str():
            return _clean_text(value)[: getattr(Reply._meta.get_field(name), "max_length", None)]
        case dict():
            return _clean(value)
        case int():
            return value if 0 <= value <= MAX_TOKENS else None
        case Decimal():
            return storable_dollars(value)
        case _:
            return value


def _clean_text(text: str) -> str:
    """Without control characters, and without marks that change how it reads: pages show it as it is."""
    return presentable(storable(text))


def _clean(value: Any) -> Any:
    match value:
        case str():
            return _clean_text(value)
        case list():
            return [_clean(each) for each in value]
        case dict():
            return {name: _clean(each) for name, each in value.items()}
        case _:
            return value
