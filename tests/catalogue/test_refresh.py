"""The list of models, fetched in the background: by one process, kept through an outage, tried again ever later."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import requests
from django.db import connection
from django.utils import timezone

from chat.catalogue import cache, refresh
from chat.models import CatalogueSnapshot
from chat.models.fetched_rows import LEASE, LONGEST_RETRY, LONGEST_WAIT
from tests.site import Site
from tests.standin import StandIn
from tests.stored_models import stored_items


@pytest.fixture(autouse=True)
def _nothing_is_stored(site):
    CatalogueSnapshot.objects.all().delete()
    cache.reset()


def fetches(standin) -> int:
    return len([request for request in standin.requests if request.path.endswith("/v1/models")])


def is_due() -> None:
    CatalogueSnapshot.objects.update(next_fetch_at=timezone.now())


def test_it_is_fetched_once_with_all_kinds(standin):
    refresh.refresh()
    assert len(cache.models()) > 10
    assert cache.find("black-forest-labs/flux.2-pro")
    cache.reset()
    refresh.refresh()
    assert len(cache.models()) > 10
    assert fetches(standin) == 1


def test_it_is_fetched_again_before_it_is_five_minutes_old(standin):
    refresh.refresh()
    stored = CatalogueSnapshot.objects.get()
    oldest = stored.next_fetch_at - stored.fetched_at + timedelta(seconds=refresh.LOOK_SECONDS + cache.CHECK_SECONDS)

    assert oldest <= timedelta(minutes=5)
    is_due()
    refresh.refresh()
    assert fetches(standin) == 2
    assert CatalogueSnapshot.objects.get().fetched_at > stored.fetched_at


@pytest.mark.parametrize("trouble", [502, "drop", "garbage", "no-key"])
def test_an_outage_leaves_the_last_known_list_and_is_tried_again_ever_later(standin, trouble):
    refresh.refresh()
    known, before = cache.models(), CatalogueSnapshot.objects.get()
    standin.answers(trouble, to="models", times=None)
    waits = []
    for _ in range(12):
        is_due()
        refresh.refresh()
        waits.append(round((CatalogueSnapshot.objects.get().next_fetch_at - timezone.now()).total_seconds()))

    assert cache.models() == known
    assert CatalogueSnapshot.objects.get().fetched_at == before.fetched_at
    assert waits == sorted(waits)
    assert 20 < waits[0] < waits[1] < waits[-1] <= LONGEST_RETRY.total_seconds()


@pytest.mark.database
def test_of_many_at_once_one_fetches(standin):
    def process(_):
        try:
            return refresh.refresh()
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as processes:
        assert all(processes.map(process, range(6)))
    assert fetches(standin) == 1
    assert CatalogueSnapshot.objects.count() == 1


@pytest.mark.database
def test_who_dies_while_fetching_is_replaced_and_a_changed_clock_is_no_obstacle(standin):
    refresh.refresh()
    is_due()
    assert CatalogueSnapshot.objects.all().claim()
    assert not CatalogueSnapshot.objects.all().claim()
    assert CatalogueSnapshot.objects.get().next_fetch_at <= timezone.now() + LEASE

    CatalogueSnapshot.objects.update(next_fetch_at=timezone.now() + 2 * LONGEST_WAIT)
    assert CatalogueSnapshot.objects.all().claim()


@pytest.mark.database
def test_who_keeps_nothing_is_optional(standin):
    refresh.refresh()
    assert cache.knows_zero_retention()
    assert {model.id for model in cache.models() if model.has_zero_retention} == {
        "anthropic/claude-haiku-4.5",
        "meta-llama/llama-3.3-70b-instruct",
    }
    standin.answers(404, to="endpoints/zdr")
    is_due()
    refresh.refresh()
    assert not cache.knows_zero_retention()
    assert len(cache.models()) > 10


@pytest.mark.database
def test_the_options_for_images_stay_while_they_cannot_be_fetched(standin):
    refresh.refresh()
    flux = cache.find("black-forest-labs/flux.2-pro")
    assert {name for name, _ in flux.image_options or ()} == {"resolution", "aspect_ratio", "output_format"}
    assert cache.find("google/gemini-3.7-flash").image_options is None
    standin.answers(404, to="images/models")
    is_due()
    refresh.refresh()

    assert cache.find("black-forest-labs/flux.2-pro").image_options == flux.image_options


@pytest.mark.database
def test_what_leaves_the_list_is_remembered(standin):
    refresh.refresh()
    items = [item for item in stored_items() if item["id"] != "x-ai/grok-4.5"]
    body = json.dumps({"data": items}).encode()
    standin.answers_raw(body, content_type="application/json", to="models")
    is_due()
    refresh.refresh()

    assert cache.find("x-ai/grok-4.5") is None
    assert cache.find_gone("x-ai/grok-4.5").name == "SpaceXAI: Grok 4.5"
    is_due()
    refresh.refresh()
    assert cache.find("x-ai/grok-4.5")
    assert cache.find_gone("x-ai/grok-4.5") is None


@pytest.mark.database
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
    refresh.refresh()
    alice.signs_in()

    assert {model.id for model in cache.models()} == {"maker/good", "maker/long", "maker/nan"}
    assert {item["id"] for item in stored_items()} == {"maker/good", "maker/long", "maker/nan"}
    assert alice.client.get("/").status_code == 200
    assert alice.client.get("/models/").status_code == 200


def test_a_site_that_starts_fetches_it_before_anybody_comes(tmp_path):
    with StandIn() as openrouter, Site(tmp_path, openrouter_url=openrouter.url) as site:
        openrouter.wait_for(lambda: fetches(openrouter) == 1)
        openrouter.wait_for(lambda: "costs about" in requests.get(site.url).text)

        assert fetches(openrouter) == 1


def test_a_site_starts_without_openrouter(tmp_path):
    with StandIn() as openrouter:
        openrouter.answers("drop", to="models", times=None)
        with Site(tmp_path, openrouter_url=openrouter.url) as site:
            assert "hundreds of AI models" in requests.get(site.url).text
