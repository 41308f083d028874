"""Estimates the cost of an image before a model makes it."""

from decimal import Decimal

from chat.openrouter import Model
from chat.openrouter.catalogue.prices import LEAST_OF_AN_IMAGE, Prices

# Where tokens have the price. A megapixel is 4096 of them with most makers (OpenRouter docs, "Image generation": an
# image of 4175 tokens), and 1290 with Google (https://ai.google.dev/gemini-api/docs/image-generation).
TOKENS_OF_GOOGLE, TOKENS_OF_OTHERS = 1290, 4096


def image_price(model: Model, prices: Prices | None = None) -> Decimal:
    """US dollars for an image of the usual size, by the list or by `prices` that apply; 0 where nothing is known."""
    amount = dict((prices or model.prices).extra).get("image_output", Decimal(0))
    if amount >= LEAST_OF_AN_IMAGE:
        return amount
    return amount * (TOKENS_OF_GOOGLE if model.maker.removeprefix("~") == "google" else TOKENS_OF_OTHERS)
