"""What the options of the picker say about each model: static/js/lib/model-picker.js makes its rows of it."""

import gzip
import time
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from django.utils import timezone

from chat.catalogue import cache, picker
from chat.catalogue.features import NEW
from chat.models import CatalogueSnapshot
from tests.standin import StandIn

MOST_BYTES_OF_ALL_ROWS = 20_000  # compressed


Items = list[dict[str, Any]]


@pytest.fixture
def items(standin: StandIn, site: None) -> Items:
    """The items of the list."""
    cache.models()
    items: Items = CatalogueSnapshot.objects.get().items
    return items


def list_instead(items: Items) -> None:
    CatalogueSnapshot.objects.update(items=items, fetched_at=timezone.now())
    cache.reset()


def option(model: str) -> Tag:
    found = BeautifulSoup(picker.options(""), "html.parser").find("option", value=model)
    assert isinstance(found, Tag)
    return found


def test_an_option_has_prices_context_and_features(items):
    flash = option("google/gemini-3.7-flash")

    assert (flash["data-price-in"], flash["data-price-out"], flash["data-room"]) == ("0.375", "1.875", "1048576")
    assert {"images_in", "files", "reasoning", "tools", "long"} <= {*str(flash["data-features"]).split()}
    assert "free" not in flash["data-features"]


def test_a_router_has_no_prices(items):
    router = option("openrouter/auto")

    assert not router.has_attr("data-price-in")
    assert "free" not in str(router.get("data-features"))


def test_new_models_are_marked(items):
    first, second, *_ = items
    days = NEW / timedelta(days=1)
    now = time.time()
    list_instead([{**first, "created": now - 86400}, {**second, "created": now - 86400 * (days + 1)}])

    assert option(first["id"]).has_attr("data-new")
    assert not option(second["id"]).has_attr("data-new")


def test_a_name_without_its_maker_stands_with_the_makers_others(items):
    alias = option("~google/gemini-flash-latest")

    assert alias.parent
    assert alias.parent["label"] == "Google"


def test_four_hundred_models_weigh_little(items, record_property):
    """Names differ, as those of real models do; what else is said of them repeats, as in the list of the stand-in."""
    names = [
        f"{word} {size}B {kind}" for word in WORDS for size in (8, 32, 70) for kind in ("Instruct", "Thinking", "V2")
    ]
    items = [item for item in items if "text" in item["architecture"]["output_modalities"]]
    many = [
        {**items[number % len(items)], "id": f"maker-{number % 40}/{name.lower().replace(' ', '-')}", "name": name}
        for number, name in enumerate(names)
    ]
    list_instead(many)
    html = str(picker.options(""))
    weight = len(gzip.compress(html.encode(), mtime=0))
    record_property("rows of the picker", f"{len(many)} models, {weight / 1000:.1f} KB")

    assert html.count("<option") > 380
    assert weight <= MOST_BYTES_OF_ALL_ROWS


WORDS = (
    *("amber", "birch", "cedar", "dune", "ember", "fjord", "grove", "heron", "iris", "jade", "kelp", "larch", "moss"),
    *("nova", "opal", "pine", "quartz", "reed", "sage", "tide", "umber", "vale", "wren", "xenon", "yarrow", "zephyr"),
    *("alder", "basil", "clover", "delta", "elm", "fern", "garnet", "hazel", "ivory", "juniper", "kestrel", "linden"),
    *("maple", "nettle", "onyx", "poppy", "quince", "rowan", "sorrel", "thyme"),
)
