"""The models that OpenRouter offers."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

from .json_fields import as_decimal, as_int, as_list, as_moment, as_object, as_text, moment_of

logger = logging.getLogger(__name__)

MOST_DOLLARS = 1_000  # for one token; what claims more is no price
MAX_NAME_LENGTH = 200
MOST_NAMED = 5  # in a line of the log


@dataclass(frozen=True, slots=True)
class Model:
    """One model. Prices are US dollars per token; None for a router, whose price is its choice's."""

    id: str
    canonical_slug: str  # with a date, and what answers say that they come from
    name: str
    maker: str
    description: str
    context_length: int | None
    max_completion_tokens: int | None
    input_modalities: frozenset[str]
    output_modalities: frozenset[str]
    supported_parameters: frozenset[str]
    prompt_price: Decimal | None
    completion_price: Decimal | None
    is_free: bool
    is_moderated: bool
    created_at: datetime | None
    expires_on: date | None
    alias_target: str | None  # the id of what an alias ("~author/x-latest") stands for at present

    @property
    def sees_images(self) -> bool:
        return "image" in self.input_modalities

    @property
    def draws_images(self) -> bool:
        return "image" in self.output_modalities


def read_models(told: dict[str, Any]) -> list[Model]:
    """Return the models of an answer of /models, in its order; items without an id are left out."""
    return [_read_model(item) for item in sound_items(told)]


def sound_items(told: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the items of an answer of /models that can be stored, shown and asked for; the others are logged."""
    items = [as_object(item) for item in as_list(told.get("data"))]
    unsound = {place: why for place, item in enumerate(items) if (why := _what_is_wrong(item))}
    if unsound:
        some = ", ".join(f"number {place} ({why})" for place, why in islice(unsound.items(), MOST_NAMED))
        logger.warning("Skipped %d items in the list of models: %s", len(unsound), some)
    return [item for place, item in enumerate(items) if place not in unsound]


def _what_is_wrong(item: dict[str, Any]) -> str:
    if not as_text(item.get("id")):
        return "no id"
    if max(len(item["id"]), len(as_text(item.get("name")))) > MAX_NAME_LENGTH:
        return "a name of more than 200 characters"
    if any(_is_no_price(value) for value in as_object(item.get("pricing")).values()):
        return "an invalid price"
    try:
        written = json.dumps(item, ensure_ascii=False)
        written.encode()
    except (ValueError, RecursionError):  # half a pair of surrogates is no UTF-8
        return "invalid text"
    return "a NUL" if "\\u0000" in written else ""


def _is_no_price(value: object) -> bool:
    """A negative one is a router's; what is no number at all may be a kind of price that we do not know."""
    try:
        amount = Decimal(str(value)) if isinstance(value, int | float | str) else Decimal(0)
    except (InvalidOperation, ValueError):
        return False
    return not amount.is_finite() or amount > MOST_DOLLARS


def _read_model(item: dict[str, Any]) -> Model:
    architecture = as_object(item.get("architecture"))
    best_provider = as_object(item.get("top_provider"))
    pricing = as_object(item.get("pricing"))
    expires_at = as_moment(item.get("expiration_date"))
    return Model(
        id=item["id"],
        canonical_slug=as_text(item.get("canonical_slug")) or item["id"],
        name=as_text(item.get("name")) or item["id"],
        maker=item["id"].partition("/")[0].removeprefix("~"),  # "~author/x-latest" is an alias
        description=as_text(item.get("description")),
        context_length=as_int(item.get("context_length")) or as_int(best_provider.get("context_length")),
        max_completion_tokens=as_int(best_provider.get("max_completion_tokens")),
        input_modalities=_texts(architecture.get("input_modalities")),
        output_modalities=_texts(architecture.get("output_modalities")),
        supported_parameters=_texts(item.get("supported_parameters")),
        prompt_price=_price(pricing.get("prompt")),
        completion_price=_price(pricing.get("completion")),
        is_free=_is_free(pricing),
        is_moderated=best_provider.get("is_moderated") is True,
        created_at=moment_of(as_decimal(item.get("created") or None)),
        expires_on=expires_at.date() if expires_at else None,
        alias_target=as_text(as_object(item.get("alias_target")).get("slug")) or None,
    )


def _is_free(pricing: dict[str, Any]) -> bool:
    """Tell whether everything has a price and every price is zero; not only ":free" models are free."""
    known = [as_decimal(pricing.get(name)) for name in ("prompt", "completion")]
    return None not in known and not any(_prices(pricing))


def _prices(pricing: dict[str, Any]) -> Iterator[Decimal]:
    return (amount for value in pricing.values() if (amount := as_decimal(value)) is not None)


def _price(value: object) -> Decimal | None:
    amount = as_decimal(value)
    return None if amount is None or amount < 0 else amount


def _texts(value: object) -> frozenset[str]:
    return frozenset(filter(None, map(as_text, as_list(value))))
