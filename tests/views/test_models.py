"""/models/: the list with its filters, the page of each model, and its providers."""

import gzip
import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from chat.catalogue import cache, personal_models
from chat.catalogue.features import FEATURES
from chat.models import CatalogueSnapshot, ModelProviders
from tests.django_client import HTMX, Page, Person
from tests.stored_models import store_models, stored_items

GROK, HAIKU, FLASH = "x-ai/grok-4.5", "anthropic/claude-haiku-4.5", "google/gemini-3.7-flash"
LLAMA, FLUX = "meta-llama/llama-3.3-70b-instruct", "black-forest-labs/flux.2-pro"
MOST_BYTES = 20_000  # gzipped, for 400 models


@pytest.fixture
def reader(alice) -> Person:
    alice.signs_in()
    return alice


def looks_at(person: Person, address: str, **query: str) -> Page:
    response = person.client.get(address, query)
    assert response.status_code == 200
    return Page(response)


def ids(page: Page) -> list[str]:
    return [str(row["data-model"]) for row in page.soup.select("[data-model]")]


def words(page: Page, selector: str = "main") -> str:
    return " ".join(page.one(selector).get_text(" ").split())


def has(page: Page, label: str) -> str:
    """What the page says beside a label."""
    (value,) = [row.dd for row in page.soup.select(".facts-table > div") if row.dt and row.dt.get_text() == label][:1]
    assert value
    return " ".join(value.get_text().split())


class TestList:
    def test_it_has_all_by_maker_with_what_matters(self, reader):
        page = looks_at(reader, "/models/")

        assert sorted(ids(page)) == sorted(model.id for model in cache.models())
        makers = [heading.get_text() for heading in page.soup.select("#models h2")]
        assert makers == sorted(makers, key=str.lower)
        assert words(page, f'[data-model="{FLASH}"]') == (
            "Gemini 3.7 Flash $0.38 in, $1.88 out per million tokens 1,048,576 tokens of context"
            " · Accepts images · Accepts files · Thinks · Uses tools · Structured output"
        )
        assert page.one(f'[data-model="{FLASH}"] a')["href"] == f"/models/{FLASH}/"
        assert f"{len(cache.models())} models found" in words(page)

    def test_each_filter_leaves_what_has_its_feature(self, reader):
        for feature in FEATURES:
            page = looks_at(reader, "/models/", **{feature.name: "1"})

            assert sorted(ids(page)) == sorted(model.id for model in cache.models() if feature.applies(model))
            assert 0 < len(ids(page)) < len(cache.models())
            assert page.one("fieldset input[checked]")["name"] == feature.name

    def test_words_and_filters_narrow_it_together(self, reader):
        page = looks_at(reader, "/models/", q="GOOGLE flash", images_out="1", unknown="1", tools="0")

        assert ids(page) == ["google/gemini-2.5-flash-image"]
        assert page.one("#model-words")["value"] == "GOOGLE flash"

    def test_where_nothing_fits_it_says_so(self, reader):
        assert "No models found" in words(looks_at(reader, "/models/", q="<b>nothing</b>"))
        assert "0 models found" in words(looks_at(reader, "/models/", q="nothing"))

    def test_before_there_is_a_list_it_says_so(self, reader):
        CatalogueSnapshot.objects.all().delete()
        cache.reset()

        assert "still being fetched" in words(looks_at(reader, "/models/"))

    @pytest.mark.parametrize("typed", ["a" * 10_000, "\0", '"><script>x', "🎉" * 500])
    def test_whatever_is_typed_is_an_answer(self, reader, typed):
        page = looks_at(reader, "/models/", q=typed)

        assert not page.soup.select("main script")
        assert len(str(page.one("#model-words")["value"])) <= 200

    def test_new_ones_and_those_that_will_go_are_marked(self, reader):
        item, *others = stored_items()
        now = int(timezone.now().timestamp())
        store_models(item | {"created": now - 86_400}, *(other | {"created": now - 86_400 * 90} for other in others))
        page = looks_at(reader, "/models/")

        assert [str(row["data-model"]) for row in page.soup.select("[data-model]:has(b)")] == [item["id"]]
        assert "Leaves OpenRouter on Dec. 31, 2100" in words(page, f'[data-model="{LLAMA}"]')

    def test_what_the_person_excludes_is_left_out_counted_and_explained(self, reader):
        reader.standin.excludes(GROK, FLUX)
        personal_models.refresh(reader.user.pk)
        page = looks_at(reader, "/models/")

        assert {GROK, FLUX}.isdisjoint(ids(page))
        assert "2 more aren't shown because your OpenRouter settings exclude them." in words(page, ".notice")
        assert page.one(".notice a")["href"] == f"{reader.standin.url}/settings/privacy"
        assert not looks_at(reader, "/models/", q="gemini").soup.select(".notice")

    def test_without_word_of_zero_retention_there_is_no_such_filter(self, reader):
        store_models(zero_retention=None)

        assert not looks_at(reader, "/models/").soup.select("[name=zdr]")
        page = looks_at(reader, "/models/", zdr="1")
        assert "zero data retention isn't available right now" in words(page)
        assert ids(page) == []

    def test_htmx_gets_the_list_and_the_count_alone(self, reader):
        response = reader.client.get("/models/", {"q": "grok"}, headers=HTMX)

        assert b"<form" not in response.content
        assert "1 model found" in " ".join(Page(response).one("hx-partial").get_text().split())
        assert ids(Page(response)) == [GROK]
        assert "HX-Request" in response.headers["Vary"]

    def test_openrouter_is_not_asked(self, reader):
        asked = len(reader.standin.requests)
        looks_at(reader, "/models/")
        looks_at(reader, f"/models/{FLASH}/")

        assert len(reader.standin.requests) == asked

    def test_four_hundred_are_light(self, reader, record_property):
        items = [item for item in stored_items() if "text" in item["architecture"]["output_modalities"]]
        many = [
            item | {"id": f"{item['id']}-{number}", "name": f"{item['name']} {number}"}
            for number in range(400 // len(items) + 1)
            for item in items
        ][:400]
        store_models(*(recorded_items() or many))
        content = reader.client.get("/models/").content
        size = len(gzip.compress(content, 6))

        record_property("bytes", size)
        assert len(cache.models()) > 340
        assert size <= MOST_BYTES


def recorded_items() -> list[dict[str, object]]:
    folder = os.environ.get("OPENROUTER_RECORDINGS")
    if not folder:
        return []
    items: list[dict[str, object]] = json.loads((Path(folder) / "raw/models__x__rig-da841d.json").read_text())["data"]
    return items


class TestModel:
    def test_it_says_what_it_is_and_costs(self, reader):
        page = looks_at(reader, f"/models/{FLASH}/")

        assert page.one("h1").get_text() == "Gemini 3.7 Flash"
        assert (
            page.one(".description").get_text().strip()
            == "A quick all-rounder that reads text, images, sound and film."
        )
        assert has(page, "Input") == "$0.375 per million tokens"
        assert has(page, "Output") == "$1.875 per million tokens"
        assert has(page, "Web search") == "$0.014 each"
        assert has(page, "Context") == "1,048,576 tokens"
        assert has(page, "Maximum answer length") == "65,536 tokens"
        assert has(page, "Accepts") == "text, images, files, audio, video"
        assert has(page, "Thinking effort") == "high, medium, low"
        assert "~google/gemini-flash-latest" in has(page, "Other names")
        assert "temperature default 1" in words(page, ".parameters")
        assert page.one(".primary")["href"] == "/?model=google%2Fgemini-3.7-flash"

    def test_start_a_chat_starts_one_with_it(self, reader):
        start = str(looks_at(reader, f"/models/{GROK}/").one(".primary")["href"])

        assert Page(reader.client.get(start)).one("#model option[selected]")["value"] == GROK

    def test_long_prompts_have_prices_of_their_own(self, reader):
        page = looks_at(reader, f"/models/{GROK}/")

        assert page.one("h3").get_text() == "Above 200,000 tokens of input"
        assert "$4.00 per million tokens" in words(page, "h3 + dl")

    @pytest.mark.parametrize(
        ("model_id", "says"),
        [
            ("openrouter/auto", "You pay that model's price."),
            ("google/gemma-4-31b-it:free", "Input free Output free"),
            (FLUX, "Image output $7.32421875 per million tokens"),
            ("~google/gemini-flash-latest", "Currently points to Google: Gemini 3.7 Flash"),
            (LLAMA, "Leaves OpenRouter on Dec. 31, 2100"),
            (HAIKU, "Zero data retention"),
        ],
    )
    def test_every_kind_has_a_page(self, reader, model_id, says):
        assert says in words(looks_at(reader, f"/models/{model_id}/"))

    def test_all_pages_of_the_list_are_there(self, reader):
        for address in [f"/models/{model.id}/" for model in cache.models()]:
            looks_at(reader, address)

    def test_hours_and_unknown_prices_have_words(self, reader):
        pricing = {"prompt": "0.1", "overrides": [{"utc_start": 1630, "utc_end": 30, "prompt": "0.05"}]}
        store_models({"id": "maker/night", "pricing": pricing}, {"id": "maker/bare"})

        assert "From 16:30 to 00:30 UTC" in words(looks_at(reader, "/models/maker/night/"))
        assert "The price of this model is unknown." in words(looks_at(reader, "/models/maker/bare/"))

    def test_a_description_is_markdown_and_never_html(self, reader):
        item = {"id": "maker/model", "description": "**Bold** <script>x</script> [no](javascript:x)"}
        store_models(item)
        page = looks_at(reader, "/models/maker/model/")

        assert page.one(".description strong").get_text() == "Bold"
        assert not page.soup.select(".description script, .description a")

    def test_it_is_said_where_settings_exclude_it(self, reader):
        reader.standin.excludes(GROK)
        personal_models.refresh(reader.user.pk)

        assert "Your OpenRouter settings exclude this model." in words(looks_at(reader, f"/models/{GROK}/"))
        assert "exclude" not in words(looks_at(reader, f"/models/{FLASH}/"))

    @pytest.mark.parametrize(
        "address",
        [
            "nobody/nothing",
            "google",
            "google/../key",
            "../key",
            f"{FLASH}:nitro",
            "openai/text-embedding-3-small",
            "%00",
            "<b>",
        ],
    )
    def test_what_is_not_in_the_list_is_not_found_and_not_asked_for(self, reader, address):
        asked = len(reader.standin.requests)

        assert reader.client.get(f"/models/{address}/").status_code == 404
        assert reader.client.get(f"/models/{address}/providers/").status_code == 404
        assert len(reader.standin.requests) == asked


class TestVariants:
    def variants(self, person: Person, model_id: str) -> dict[str, list[str]]:
        page = looks_at(person, f"/models/{model_id}/")
        rows = page.soup.select(".variants > li")
        return {row.code.get_text(): [a.get_text() for a in row.select("a")] for row in rows if row.code}

    def test_shortcuts_are_offered_and_can_be_chatted_with(self, reader):
        assert self.variants(reader, FLASH) == {
            f"{FLASH}:nitro": ["Start a chat"],
            f"{FLASH}:floor": ["Start a chat"],
        }
        page = Page(reader.client.get("/", {"model": f"{FLASH}:nitro"}))
        assert page.one("#model option[selected]")["value"] == f"{FLASH}:nitro"
        assert reader.asks("[[say Hello]]", model=f"{FLASH}:nitro").text == "Hello"
        assert reader.standin.chat_requests[-1].body["model"] == f"{FLASH}:nitro"

    def test_others_where_the_list_has_them(self, reader):
        store_models(*stored_items(), {"id": f"{LLAMA}:free"}, {"id": f"{LLAMA}:extended"})

        assert list(self.variants(reader, LLAMA))[:2] == [f"{LLAMA}:free", f"{LLAMA}:extended"]
        assert self.variants(reader, f"{LLAMA}:free")[LLAMA] == ["Details", "Start a chat"]

    @pytest.mark.parametrize("model_id", ["openrouter/auto", "openai/gpt-oss-20b:free"])
    def test_none_where_there_is_nothing_to_choose(self, reader, model_id):
        assert self.variants(reader, model_id) == {}


class TestProviders:
    def test_they_are_fetched_with_the_persons_key_and_kept_for_all(self, reader, bob):
        page = looks_at(reader, f"/models/{LLAMA}/providers/")

        rows = [" ".join(row.get_text(" ").split()) for row in page.soup.select(".providers > li")]
        assert rows == [
            "DeepInfra $0.10 in, $0.32 out per million tokens 131,072 tokens of context 84 tokens a second"
            " 0.64 s to the first word 99.86% uptime Stores no data",
            "Second Source $0.10 in, $0.32 out per million tokens 131,072 tokens of context fp8 54 tokens a second"
            " 0.84 s to the first word 99.5% uptime May store data",
        ]
        request = reader.standin.requests[-1]
        assert request.path == f"/api/v1/models/{LLAMA}/endpoints"
        assert request.headers["authorization"].startswith("Bearer sk-or-")
        bob.signs_in()
        asked = len(bob.standin.requests)
        assert len(looks_at(bob, f"/models/{LLAMA}/providers/").soup.select(".providers > li")) == 2
        assert len(bob.standin.requests) == asked

    def test_they_are_fetched_again_after_five_minutes(self, reader):
        looks_at(reader, f"/models/{LLAMA}/providers/")
        ModelProviders.objects.update(fetched_at=timezone.now() - timedelta(minutes=5), endpoints=[])

        assert looks_at(reader, f"/models/{LLAMA}/providers/").soup.select(".providers > li")

    @pytest.mark.parametrize("trouble", [401, 429, 502, "drop", "garbage"])
    def test_an_error_is_a_sentence_and_what_is_known_stays(self, reader, trouble):
        address = f"/models/{LLAMA}/providers/"
        reader.standin.answers(trouble, to="models/endpoints", times=2)
        assert "OpenRouter isn't responding right now." in words(looks_at(reader, address))

        ModelProviders.objects.create(
            model_id=LLAMA, endpoints=[{"provider_name": "Old"}], fetched_at="2026-01-01T00:00Z"
        )
        page = looks_at(reader, address)
        assert "This is from" in words(page)
        assert "Old" in words(page, ".providers")

    def test_no_providers_are_an_answer(self, reader):
        reader.standin.answers(404, to="models/endpoints")

        assert "lists no providers" in words(looks_at(reader, f"/models/{LLAMA}/providers/"))

    def test_an_alias_has_those_of_what_it_stands_for(self, reader):
        looks_at(reader, "/models/~google/gemini-flash-latest/providers/")

        assert reader.standin.requests[-1].path == f"/api/v1/models/{FLASH}/endpoints"

    @pytest.mark.database
    def test_hostile_providers_are_text_and_not_too_many(self, reader):
        odd = {"provider_name": "<b>x</b>", "pricing": {"prompt": "1e9"}, "context_length": "x", "quantization": 3}
        body = json.dumps({"data": {"endpoints": [odd, None, {"provider_name": "a\0"}, *[odd] * 5_000]}}).encode()
        reader.standin.answers_raw(body, content_type="application/json", to="models/endpoints")
        page = looks_at(reader, f"/models/{LLAMA}/providers/")

        assert not page.soup.select(".providers b b")
        assert 0 < len(page.soup.select(".providers > li")) <= 100

    def test_the_page_of_the_model_loads_them_and_has_a_link(self, reader):
        page = looks_at(reader, f"/models/{LLAMA}/")

        assert page.one("#providers")["hx-get"] == page.one("#providers a")["href"] == f"/models/{LLAMA}/providers/"
        part = reader.client.get(f"/models/{LLAMA}/providers/", headers=HTMX)
        assert b"<main" not in part.content
        assert b"DeepInfra" in part.content


def test_visitors_sign_in_first(alice):
    for address in ("/models/", f"/models/{FLASH}/", f"/models/{FLASH}/providers/"):
        assert alice.client.get(address).status_code == 302


class TestACheaperOne:
    def asks(self, reader, **query: str) -> str:
        return reader.client.get("/models/cheaper/", query).content.decode()

    def test_it_is_a_button_that_names_the_model_and_its_price(self, reader):
        found = self.asks(reader, model="anthropic/claude-sonnet-5", tokens="5000", images="1")
        assert ">Use " in found
        assert "per million tokens" in found

    @pytest.mark.parametrize("query", [{}, {"model": "nobody/nothing"}, {"model": "google/gemma-4-31b-it:free"}])
    def test_it_is_nothing_where_none_would_do(self, reader, query):
        assert self.asks(reader, **query).strip() == ""

    def test_strangers_get_nothing(self, client):
        assert client.get("/models/cheaper/").status_code == 302
