"""OpenRouter's own tools, fetched in the background, with a key where one is needed; what a search costs."""

import json
from decimal import Decimal

import pytest
from django.utils import timezone

from chat.catalogue import cache, personal_models, refresh
from chat.catalogue.web_search import WEB_SEARCH, engines, highest_cost, price_of_search
from chat.models import CatalogueSnapshot, PersonalModels
from tests.stored_models import store_models

EXA = Decimal("0.007")


@pytest.fixture
def nothing_is_stored(site):
    CatalogueSnapshot.objects.all().delete()
    cache.reset()


def fetch_again() -> None:
    CatalogueSnapshot.objects.update(next_fetch_at=timezone.now())
    refresh.refresh()


def names() -> list[str]:
    return [engine.id for engine in engines()]


def asked(standin) -> list[str | None]:
    """The keys that requests for the tools had."""
    return [each.headers.get("authorization") for each in standin.requests if each.path.endswith("/tools")]


@pytest.mark.usefixtures("nothing_is_stored")
class TestFetching:
    def test_they_come_with_the_models_and_without_a_key(self, standin):
        refresh.refresh()

        assert names() == ["native", "exa", "parallel", "perplexity", "firecrawl"]
        assert asked(standin) == [None]
        assert "parameters_schema" not in str(CatalogueSnapshot.objects.get().server_tools)

    @pytest.mark.parametrize("trouble", [502, "drop", "garbage"])
    def test_an_outage_leaves_what_is_known(self, standin, trouble):
        refresh.refresh()
        standin.answers(trouble, to="tools")
        fetch_again()

        assert "exa" in names()

    def test_where_there_is_no_such_list_nothing_is_known(self, standin):
        refresh.refresh()
        standin.answers(404, to="tools", times=None)
        fetch_again()

        assert names() == []
        assert len(cache.models()) > 10

    def test_a_plain_list_will_do(self, standin):
        body = [{"type": WEB_SEARCH, "engines": {"kagi": {"pricing": {"request": "0.025"}}}}]
        standin.answers_raw(json.dumps(body).encode(), content_type="application/json", to="tools")
        refresh.refresh()

        assert [(engine.id, engine.price) for engine in engines()] == [("kagi", Decimal("0.025"))]

    @pytest.mark.database
    def test_where_they_need_a_key_that_of_somebody_who_uses_the_site_is_sent(self, standin, alice):
        standin.wants_key_for_tools()
        refresh.refresh()
        assert names() == []

        alice.signs_in()
        PersonalModels.objects.all().delete()
        personal_models.refresh(alice.user.pk)
        cache.load_if_changed()
        fetch_again()
        assert "exa" in names()
        first, with_key, again = asked(standin)
        assert (first, again) == (None, None)
        assert with_key.startswith("Bearer ")

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_refusal_leaves_what_is_known_until_somebody_has_a_key(self, standin, status):
        refresh.refresh()
        standin.answers(status, to="tools")
        fetch_again()

        assert "exa" in names()
        assert CatalogueSnapshot.objects.filter(server_tools__needs_key=True).exists()

    def test_nobodys_key_is_sent_where_none_is_needed(self, standin, alice):
        refresh.refresh()
        alice.signs_in()
        PersonalModels.objects.all().delete()
        personal_models.refresh(alice.user.pk)

        assert asked(standin) == [None]


@pytest.fixture
def models(site):
    store_models()


@pytest.mark.usefixtures("models")
class TestPrices:
    def test_a_search_of_the_provider_has_the_price_of_the_model(self):
        sonnet, llama = (
            cache.find(name) for name in ("anthropic/claude-sonnet-5", "meta-llama/llama-3.3-70b-instruct")
        )

        assert price_of_search(sonnet, {}) == Decimal("0.01")
        assert price_of_search(sonnet, {"web_search_engine": "native"}) == Decimal("0.01")
        assert price_of_search(llama, {}) == price_of_search(llama, {"web_search_engine": "native"}) == EXA

    def test_an_engine_that_is_chosen_has_its_own(self):
        sonnet = cache.find("anthropic/claude-sonnet-5")

        assert price_of_search(sonnet, {"web_search_engine": "parallel"}) == Decimal("0.005")
        assert price_of_search(sonnet, {"web_search_engine": "firecrawl"}) == 0
        assert price_of_search(sonnet, {"web_search_engine": "new-one"}) is None

    def test_the_most_is_that_of_the_dearest_way(self):
        sonnet = cache.find("anthropic/claude-sonnet-5")

        assert highest_cost([sonnet, None], {}, searches=10) == Decimal("0.10")
        assert highest_cost([None], {}, searches=10) == Decimal("0.07")
        assert highest_cost([sonnet], {"web_search_engine": "exa"}, searches=3) == Decimal("0.021")

    def test_results_beyond_those_included_cost_more(self):
        settings = {"web_search_engine": "exa", "web_search_max_results": 12}

        assert highest_cost([None], settings, searches=2) == Decimal("0.018")

    def test_what_is_unknown_has_no_price(self):
        store_models(server_tools=None)

        assert engines() == []
        assert price_of_search(None, {}) is None
        assert highest_cost([None], {}, searches=10) == 0
        assert price_of_search(cache.find("anthropic/claude-sonnet-5"), {}) == Decimal("0.01")
