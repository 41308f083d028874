"""The list of models: fetched once, kept in the database, shown while a newer one is fetched or cannot be."""

import json
import threading
from datetime import timedelta

import pytest
import requests
from bs4 import BeautifulSoup, Tag
from django.utils import timezone

from chat.catalogue import cache, picker
from chat.models import CatalogueSnapshot
from tests.site import Site
from tests.standin import StandIn


@pytest.fixture(autouse=True)
def _nothing_is_fetched_on(standin):
    """What a thread still fetches at the end of a test would be the list of the next one."""
    yield
    standin.wait_for(lambda: not any(thread.name == "catalogue" for thread in threading.enumerate()))


def options(selected: str) -> list[Tag]:
    return list(BeautifulSoup(picker.options(selected), "html.parser").find_all("option"))


def maker_of(option: Tag) -> str:
    assert option.parent
    return str(option.parent["label"])


def fetches(standin) -> int:
    return len([request for request in standin.requests if request.path.endswith("/models")])


def test_it_is_fetched_once(standin, site):
    assert len(cache.models()) > 5
    cache.reset()
    assert len(cache.models()) > 5
    assert fetches(standin) == 1


def test_an_outage_leaves_the_last_known_list(standin, site):
    known = cache.models()
    standin.answers("drop", to="models", times=None)
    CatalogueSnapshot.objects.update(fetched_at=timezone.now() - timedelta(days=1))
    cache.reset()

    assert cache.models() == known
    standin.wait_for(lambda: fetches(standin) >= 2)


def test_an_old_list_is_shown_while_a_newer_one_is_fetched(standin, site):
    cache.models()
    items = CatalogueSnapshot.objects.get().items
    long_ago = timezone.now() - timedelta(hours=2)
    CatalogueSnapshot.objects.update(items=items[:1], fetched_at=long_ago)
    cache.reset()

    assert len(cache.models()) == 1
    standin.wait_for(lambda: len(cache.models()) > 5)
    assert CatalogueSnapshot.objects.get().fetched_at > long_ago


def test_without_any_list_the_default_can_still_be_chosen(standin, site, settings):
    standin.answers(502, to="models", times=None)

    assert cache.models() == []
    assert picker.default_model() == settings.DEFAULT_MODEL
    assert [option["value"] for option in options("x/y")] == ["x/y"]


def test_where_the_default_is_gone_openrouter_chooses(standin, site, settings):
    settings.DEFAULT_MODEL = "gone/model"

    assert picker.default_model() == "openrouter/auto"


def test_the_picker_groups_by_maker_and_says_what_matters(standin, site):
    found = options("openrouter/auto")

    makers = [maker_of(option) for option in found]
    assert makers == sorted(makers, key=str.lower)
    flash = next(option for option in found if option["value"] == "google/gemini-3.7-flash")
    assert maker_of(flash) == "Google"
    assert flash.text.startswith("Gemini 3.7 Flash · ")
    assert "per million tokens" in flash.text
    assert flash.has_attr("data-sees-images")


def test_the_picker_selects_anew_each_time_and_follows_the_list(standin, site):
    for selected in ("openrouter/auto", "google/gemini-3.7-flash", "openrouter/auto"):
        assert [option["value"] for option in options(selected) if option.has_attr("selected")] == [selected]

    items = CatalogueSnapshot.objects.get().items
    CatalogueSnapshot.objects.update(items=items[:2])
    cache.reset()
    assert len(options(items[0]["id"])) == 2


def test_models_that_answer_hours_later_are_left_out(standin, site):
    cache.models()
    items = CatalogueSnapshot.objects.get().items
    CatalogueSnapshot.objects.update(items=[*items, {**items[0], "id": "google/later:batch"}])
    cache.reset()

    assert cache.models()
    assert cache.find("google/later:batch") is None


def test_an_answer_names_its_model_by_the_slug(standin, site):
    slug = cache.find("google/gemini-3.7-flash").canonical_slug

    assert slug != "google/gemini-3.7-flash"
    assert picker.name_of(slug) == "Gemini 3.7 Flash"
    assert picker.name_of("unknown/model") == "unknown/model"


def test_it_can_be_fetched_ahead_once(standin, site):
    cache.prefetch()
    standin.wait_for(CatalogueSnapshot.objects.exists)
    cache.reset()

    assert len(cache.models_if_fetched()) > 5
    assert fetches(standin) == 1


def test_a_site_that_starts_fetches_it_before_anybody_comes(tmp_path):
    with StandIn() as openrouter, Site(tmp_path, openrouter_url=openrouter.url) as site:
        openrouter.wait_for(lambda: fetches(openrouter) == 1)
        openrouter.wait_for(lambda: "costs about" in requests.get(site.url).text)

        assert fetches(openrouter) == 1


def test_a_model_is_named_as_the_picker_names_it(standin, site):
    offered = {
        str(option["value"]): option.get_text().partition(" · ")[0]
        for option in BeautifulSoup(picker.options("google/gemini-3.7-flash"), "html.parser").select("option")
    }

    assert len(offered) > 10
    assert {id_: picker.name_of(id_) for id_ in offered} == offered


def test_models_of_two_makers_with_one_name_are_told_apart(standin, site):
    cache.models()
    items = CatalogueSnapshot.objects.get().items
    twin = {**items[0], "id": "other/twin", "canonical_slug": "other/twin", "name": "Other: Gemini 3.7 Flash"}
    CatalogueSnapshot.objects.update(items=[*items, twin])
    cache.reset()

    assert picker.name_of("other/twin") == "Other: Gemini 3.7 Flash"
    assert picker.name_of("google/gemini-3.7-flash") == "Google: Gemini 3.7 Flash"


def test_bad_items_break_neither_the_database_nor_a_page(standin, alice):
    """A price beyond all, half a character, a number of 400 digits, numbers that are none, thousands of levels."""
    good = json.dumps({"id": "maker/good", "name": "Good", "pricing": {"prompt": "0.1", "completion": "0.1"}})
    bad = [
        r'{"id": "maker/dear", "pricing": {"prompt": "1e20", "completion": "0"}}',
        r'{"id": "maker/half", "name": "\ud83d"}',
        r'{"id": "maker/nul", "name": "\u0000"}',
        f'{{"id": "maker/long", "context_length": {"9" * 400}, "top_provider": {{"context_length": {"9" * 5000}}}}}',
        '{"id": "maker/nan", "context_length": NaN, "created": Infinity, "pricing": {"prompt": 1e999}}',
    ]
    body = f'{{"data": [{", ".join([*bad, good])}]}}'.encode()
    standin.answers_raw(body, content_type="application/json", to="models", times=None)
    cache.reset()
    alice.signs_in()

    assert {model.id for model in cache.models()} == {"maker/good", "maker/long", "maker/nan"}
    assert {item["id"] for item in CatalogueSnapshot.objects.get().items} == {"maker/good", "maker/long", "maker/nan"}
    assert alice.client.get("/").status_code == 200


def test_bad_items_that_were_kept_are_left_out(standin, alice):
    cache.models()
    items = CatalogueSnapshot.objects.get().items
    items[0]["pricing"] = {"prompt": "1e20", "completion": "1e20"}
    CatalogueSnapshot.objects.update(items=items)
    cache.reset()
    alice.signs_in()

    assert len(cache.models()) > 5
    assert alice.client.get("/").status_code == 200
