"""Estimates what a request costs, from the numbers of its tokens and the prices in the list of models."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from chat.catalogue.image_prices import image_price
from chat.openrouter import Model
from chat.openrouter.catalogue.prices import LEAST_OF_AN_IMAGE, Prices

OCR_DOLLARS_A_PAGE = Decimal("0.002")  # OpenRouter docs, "PDF Inputs", section "Pricing"


def cost_of(
    model: Model | None,
    prompt_tokens: int,
    completion_tokens: int,
    *,
    images: int = 0,
    images_made: int = 0,
    at: datetime | None = None,
) -> Decimal | None:
    """US dollars for one request; None where a price is unknown, as for routers, which choose another model.

    `prompt_tokens` include those of the images in the prompt, `completion_tokens` the reasoning, but not the images
    that are made. `images` count where an image has a price of its own. Tiers apply by the length of the prompt and
    the time `at` (now). What the provider has cached costs less, web searches and other tools cost more: both are not
    known before. Source: OpenRouter's openapi.yaml, `PublicPricing` and `PricingOverride`.
    """
    if model is None:
        return None
    if model.is_free:
        return Decimal(0)
    prices = model.prices.that_apply(prompt_tokens, at or datetime.now(UTC))
    if prices.prompt is None or prices.completion is None:
        return None
    tokens = prompt_tokens * prices.prompt + completion_tokens * prices.completion
    extra = dict(prices.extra)
    made = images_made * image_price(model, prices)
    others = extra.get("request", Decimal(0)) + images * _each(extra, "image") + made
    return tokens + others if tokens or others or not _has_other_prices(prices) else None


def most_of(model: Model | None, prompt_tokens: int, completion_tokens: int, *, images: int = 0) -> Decimal | None:
    """US dollars for the dearest answer of that length: all of its tokens may be those of images."""
    if model is None or not model.draws_images or model.prices.completion is None:
        return cost_of(model, prompt_tokens, completion_tokens, images=images)
    each = dict(model.prices.extra).get("image_output", Decimal(0))
    if each >= LEAST_OF_AN_IMAGE:
        return cost_of(model, prompt_tokens, completion_tokens, images=images, images_made=1)
    dearest = replace(model.prices, completion=max(each, model.prices.completion))
    return cost_of(replace(model, prices=dearest), prompt_tokens, completion_tokens, images=images)


def _each(extra: dict[str, Decimal], name: str) -> Decimal:
    """The price of one image; 0 where its tokens have the price."""
    amount = extra.get(name, Decimal(0))
    return amount if amount >= LEAST_OF_AN_IMAGE else Decimal(0)


def _has_other_prices(prices: Prices) -> bool:
    """Whether tokens cost nothing, but something else does, as of many models that make images."""
    return prices.prompt == prices.completion == 0 and bool(prices.extra)
