"""Reads OpenRouter's list of models, leaving out entries that could not be stored or shown."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

from .json_fields import as_datetime, as_decimal, as_int, as_list, as_object, as_text, from_timestamp

logger = logging.getLogger(__name__)

MAX_DOLLARS_PER_TOKEN = 1_000  # more than that is not a price
MAX_NAME_LENGTH = 200
MAX_LOGGED = 5  # entries named in a log message


@dataclass(frozen=True, slots=True)
class Model:
    """A model in the catalogue. Prices are US dollars per token; None for a router, which picks other models.

    `canonical_slug` usually has a date in it; answers name their model by it.
    """

    id: str
    canonical_slug: str
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
    alias_target: str | None  # the id of the model that an alias ("~author/x-latest") stands for at present

    @property
    def sees_images(self) -> bool:
        return "image" in self.input_modalities

    @property
    def draws_images(self) -> bool:
        return "image" in self.output_modalities


def read_models(body: dict[str, Any]) -> list[Model]:
    """Return the usable models in a response of /models, in its order."""
    return [_read_model(item) for item in usable_items(body)]


def usable_items(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the items in a response of /models that can be stored, shown and requested; the others are logged."""
    items = [as_object(item) for item in as_list(body.get("data"))]
    problems = {index: problem for index, item in enumerate(items) if (problem := _problem_of(item))}
    if problems:
        some = ", ".join(f"number {index} ({problem})" for index, problem in islice(problems.items(), MAX_LOGGED))
        logger.warning("Skipped %d items in the list of models: %s", len(problems), some)
    return [item for index, item in enumerate(items) if index not in problems]


def _problem_of(item: dict[str, Any]) -> str:
    if not as_text(item.get("id")):
        return "no id"
    if max(len(item["id"]), len(as_text(item.get("name")))) > MAX_NAME_LENGTH:
        return "a name of more than 200 characters"
    if any(_is_invalid_price(value) for value in as_object(item.get("pricing")).values()):
        return "an invalid price"
    try:
        written = json.dumps(item, ensure_ascii=False)
        written.encode()
    except (ValueError, RecursionError):  # half of a surrogate pair cannot be encoded as UTF-8
        return "invalid text"
    return "a NUL" if "\\u0000" in written else ""


def _is_invalid_price(value: object) -> bool:
    """Negative prices are those of routers. What is not a number may be a kind of price that OpenRouter added later."""
    try:
        amount = Decimal(str(value)) if isinstance(value, int | float | str) else Decimal(0)
    except (InvalidOperation, ValueError):
        return False
    return not amount.is_finite() or amount > MAX_DOLLARS_PER_TOKEN


def _read_model(item: dict[str, Any]) -> Model:
    architecture = as_object(item.get("architecture"))
    best_provider = as_object(item.get("top_provider"))
    pricing = as_object(item.get("pricing"))
    expires_at = as_datetime(item.get("expiration_date"))
    return Model(
        id=item["id"],
        canonical_slug=as_text(item.get("canonical_slug")) or item["id"],
        name=as_text(item.get("name")) or item["id"],
        maker=item["id"].partition("/")[0].removeprefix("~"),  # the id of an alias begins with "~"
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
        created_at=from_timestamp(as_decimal(item.get("created") or None)),
        expires_on=expires_at.date() if expires_at else None,
        alias_target=as_text(as_object(item.get("alias_target")).get("slug")) or None,
    )


def _is_free(pricing: dict[str, Any]) -> bool:
    """Whether all prices are known and zero; not only ":free" models are free."""
    known = [as_decimal(pricing.get(name)) for name in ("prompt", "completion")]
    return None not in known and not any(_prices(pricing))


def _prices(pricing: dict[str, Any]) -> Iterator[Decimal]:
    return (amount for value in pricing.values() if (amount := as_decimal(value)) is not None)


def _price(value: object) -> Decimal | None:
    amount = as_decimal(value)
    return None if amount is None or amount < 0 else amount


def _texts(value: object) -> frozenset[str]:
    return frozenset(filter(None, map(as_text, as_list(value))))
