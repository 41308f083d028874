"""What a request costs at the prices of the list: tiers, images and requests that have prices of their own."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from chat.catalogue.image_prices import image_price
from chat.conversations.cost_estimate import cost_of, most_of
from chat.openrouter import read_models

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def model_at(**pricing: Any):
    (model,) = read_models({"data": [{"id": "maker/one", "pricing": pricing}]})
    return model


def dollars(pricing: dict[str, Any], *tokens: int, **others: Any) -> Decimal | None:
    return cost_of(model_at(**pricing), *tokens, **({"at": NOON} | others))


def test_each_side_has_its_price():
    assert dollars({"prompt": "0.000001", "completion": "0.00001"}, 1_000, 100) == Decimal("0.002")


LONG = {
    "prompt": "0.000002",
    "completion": "0.00001",
    "overrides": [{"min_prompt_tokens": 1_000, "prompt": "0.000004"}],
}


@pytest.mark.parametrize(("tokens", "price"), [(1_000, "0.002"), (1_001, "0.004004")])
def test_a_tier_begins_above_its_length_and_keeps_the_other_price(tokens, price):
    assert dollars(LONG, tokens, 0) == Decimal(price)
    assert dollars(LONG, tokens, 100) == Decimal(price) + Decimal("0.001")


@pytest.mark.parametrize(("hour", "minute", "price"), [(16, 29, 2), (16, 30, 1), (23, 59, 1), (0, 29, 1), (0, 30, 2)])
def test_a_window_may_pass_midnight(hour, minute, price):
    night = {"prompt": "2", "completion": "0", "overrides": [{"utc_start": 1630, "utc_end": 30, "prompt": "1"}]}
    assert dollars(night, 1, 0, at=NOON.replace(hour=hour, minute=minute)) == price


def test_requests_and_images_may_have_a_price_of_their_own():
    priced = {"prompt": "0.000001", "completion": "0", "request": "0.01", "image": "0.002", "image_output": "0.04"}
    assert dollars(priced, 1_000, 0, images=3, images_made=1) == Decimal("0.001") + Decimal("0.056")


def test_the_price_of_a_token_of_an_image_is_in_the_tokens():
    assert dollars({"prompt": "0.000001", "completion": "0", "image": "0.000001"}, 1_000, 0, images=3) == Decimal(
        "0.001"
    )


def test_free_is_nothing():
    assert dollars({"prompt": "0", "completion": "0"}, 1_000, 1_000) == 0


@pytest.mark.parametrize(
    "pricing",
    [
        {},
        {"prompt": "-1", "completion": "-1"},
        {"prompt": "1"},
        {"prompt": "0", "completion": "0", "image_output": "1e-6"},
    ],
    ids=["no prices", "a router", "half of them", "only tokens of images"],
)
def test_what_has_no_price_is_unknown(pricing):
    assert dollars(pricing, 1_000, 1_000) is None


def test_a_model_that_is_not_in_the_list_is_unknown():
    assert cost_of(None, 1_000, 1_000) is None


IMAGE_MODEL = {"architecture": {"output_modalities": ["image", "text"]}}
TOKEN_PRICES = {"prompt": "0.000001", "completion": "0.000002", "image_output": "0.00003"}


def image_model(pricing, id_="google/painter"):
    return read_models({"data": [IMAGE_MODEL | {"id": id_, "pricing": pricing}]})[0]


def test_an_image_that_is_made_has_tokens_with_a_price_of_their_own():
    google, other = image_model(TOKEN_PRICES), image_model(TOKEN_PRICES, "a/painter")

    assert cost_of(google, 1_000, 0, images_made=2) == Decimal("0.001") + 2 * 1290 * Decimal("0.00003")
    assert cost_of(other, 1_000, 0, images_made=1) == Decimal("0.001") + 4096 * Decimal("0.00003")
    assert image_price(image_model({"image_output": "0.04"})) == Decimal("0.04")
    assert image_price(image_model({"prompt": "1"})) == 0


def test_the_most_that_an_answer_can_cost_counts_all_its_tokens_as_images():
    only_images = image_model({"prompt": "0", "completion": "0", "image_output": "0.00001"})

    assert most_of(image_model(TOKEN_PRICES), 1_000, 2_000) == Decimal("0.001") + 2_000 * Decimal("0.00003")
    assert most_of(only_images, 1_000, 2_000) == Decimal("0.02")
    assert most_of(image_model(TOKEN_PRICES | {"image_output": "0.04"}), 0, 1_000) == Decimal("0.042")
    assert most_of(image_model({"prompt": "-1", "completion": "-1"}), 1, 1) is None
