"""Reads OpenRouter's list of models, leaving out entries that could not be stored or shown.

Any field may be missing or of another type. Source: OpenRouter's openapi.yaml, `Model`.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

from chat.openrouter.catalogue.prices import MAX_DOLLARS_PER_TOKEN, Prices, read_prices
from chat.openrouter.json_fields import (
    as_datetime,
    as_decimal,
    as_int,
    as_list,
    as_object,
    as_text,
    from_timestamp,
    problem_of_text,
)

logger = logging.getLogger(__name__)

MAX_NAME_LENGTH = 200
MAX_LOGGED = 5  # entries named in a log message
MAX_PARAMETERS = 40  # with a default value; OpenRouter has six
CHAT_OUTPUTS = frozenset(
    {"text", "image", "audio"}
)  # that a chat request can ask for; others have endpoints of their own


@dataclass(frozen=True, slots=True)
class ReasoningSupport:
    """How a model reasons. `supported_efforts` is None where OpenRouter accepts any; the highest comes first."""

    is_mandatory: bool  # it cannot be turned off
    is_on_by_default: bool | None  # None: not known
    supported_efforts: tuple[str, ...] | None
    default_effort: str
    accepts_max_tokens: bool  # a budget, in place of an effort


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
    prices: Prices  # all of them; the two above are its base prices
    reasoning: ReasoningSupport | None  # None: it does not reason, or OpenRouter says nothing about it
    default_parameters: tuple[tuple[str, Decimal], ...]  # what the model gets where a request says nothing
    knowledge_cutoff: date | None
    has_zero_retention: bool | None = None  # whether some provider keeps nothing; None: not known
    image_options: frozenset[tuple[str, str]] | None = None  # for images it makes: names and values; None: not known

    @property
    def maker_name(self) -> str:
        """The maker as written in the name, like "Google: Gemini 3.7 Flash"; else from the id."""
        maker, colon, _ = self.name.partition(": ")
        return maker if colon else self.maker

    @property
    def writes_text(self) -> bool:
        return "text" in self.output_modalities

    @property
    def can_chat(self) -> bool:
        """Whether a chat request can get anything out of it. Embeddings, speech and videos have other endpoints."""
        return not self.output_modalities or not self.output_modalities.isdisjoint(CHAT_OUTPUTS)

    @property
    def sees_images(self) -> bool:
        return "image" in self.input_modalities

    @property
    def hears_audio(self) -> bool:
        return "audio" in self.input_modalities

    @property
    def reads_files(self) -> bool:
        """Whether it takes PDFs itself, so that nobody has to make text of them."""
        return "file" in self.input_modalities

    @property
    def may_use_tools(self) -> bool:
        """Whether a request may have tools. Of routers, and where OpenRouter says nothing, that is assumed."""
        known = self.supported_parameters if self.maker != "openrouter" else ()
        return not known or "tools" in known

    @property
    def draws_images(self) -> bool:
        return "image" in self.output_modalities

    @property
    def edits_images(self) -> bool:
        return self.sees_images and self.draws_images


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
    return problem_of_text(item)


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
    prices = read_prices(pricing)
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
        prompt_price=prices.prompt,
        completion_price=prices.completion,
        is_free=_is_free(pricing),
        is_moderated=best_provider.get("is_moderated") is True,
        created_at=from_timestamp(as_decimal(item.get("created") or None)),
        expires_on=_date(item.get("expiration_date")),
        alias_target=as_text(as_object(item.get("alias_target")).get("slug")) or None,
        prices=prices,
        reasoning=_read_reasoning(item.get("reasoning")),
        default_parameters=_read_defaults(as_object(item.get("default_parameters"))),
        knowledge_cutoff=_date(item.get("knowledge_cutoff")),
    )


def _read_reasoning(value: object) -> ReasoningSupport | None:
    if not (fields := as_object(value)):
        return None
    efforts, is_on = fields.get("supported_efforts"), fields.get("default_enabled")
    return ReasoningSupport(
        is_mandatory=fields.get("mandatory") is True,
        is_on_by_default=is_on if isinstance(is_on, bool) else None,
        supported_efforts=tuple(filter(None, map(as_text, efforts))) if isinstance(efforts, list) else None,
        default_effort=as_text(fields.get("default_effort")),
        accepts_max_tokens=fields.get("supports_max_tokens") is True,
    )


def _read_defaults(fields: dict[str, Any]) -> tuple[tuple[str, Decimal], ...]:
    known = ((name, as_decimal(value)) for name, value in islice(fields.items(), MAX_PARAMETERS))
    return tuple((name, value) for name, value in known if value is not None)


def _date(value: object) -> date | None:
    moment = as_datetime(value)
    return moment.date() if moment else None


def _is_free(pricing: dict[str, Any]) -> bool:
    """Whether all prices are known and zero; not only ":free" models are free."""
    known = [as_decimal(pricing.get(name)) for name in ("prompt", "completion")]
    return None not in known and not any(_prices(pricing))


def _prices(pricing: dict[str, Any]) -> Iterator[Decimal]:
    return (amount for value in pricing.values() if (amount := as_decimal(value)) is not None)


def _texts(value: object) -> frozenset[str]:
    return frozenset(filter(None, map(as_text, as_list(value))))
