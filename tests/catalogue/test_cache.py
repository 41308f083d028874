"""The list of models as a process has it: taken from the database, never from OpenRouter."""

from bs4 import BeautifulSoup, Tag
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.catalogue import cache, picker
from chat.models import CatalogueSnapshot
from chat.openrouter import read_models
from tests.django_client import Page
from tests.stored_models import store_models, stored_items

FLASH = "google/gemini-3.7-flash"


def options(selected: str) -> list[Tag]:
    return list(BeautifulSoup(picker.options(selected), "html.parser").find_all("option"))


def maker_of(option: Tag) -> str:
    assert option.parent
    return str(option.parent["label"])


def test_where_the_default_is_gone_openrouter_chooses(standin, site, settings):
    settings.DEFAULT_MODEL = "gone/model"

    assert picker.default_model() == "openrouter/auto"


def test_the_picker_groups_by_maker_and_says_what_matters(standin, site):
    found = options("openrouter/auto")

    makers = [maker_of(option) for option in found if option["value"] != "@default"]
    assert makers == sorted(makers, key=str.lower)
    flash = next(option for option in found if option["value"] == "google/gemini-3.7-flash")
    assert maker_of(flash) == "Google"
    assert flash.text.startswith("Gemini 3.7 Flash · ")
    assert "per million tokens" in flash.text
    assert flash.has_attr("data-sees-images")


def test_the_picker_selects_each_time_and_follows_the_list(standin, site):
    for selected in ("openrouter/auto", "google/gemini-3.7-flash", "openrouter/auto"):
        assert [option["value"] for option in options(selected) if option.has_attr("selected")] == [selected]

    items = stored_items()
    CatalogueSnapshot.objects.update(items=items[:2])
    cache.reset()
    assert [option["value"] for option in options(items[0]["id"])][:1] == ["@default"]
    assert len(options(items[0]["id"])) == 3


def test_models_that_answer_hours_later_are_left_out(standin, site):
    items = stored_items()
    CatalogueSnapshot.objects.update(items=[*items, {**items[0], "id": "google/later:batch"}])
    cache.reset()

    assert cache.models()
    assert cache.find("google/later:batch") is None


def test_an_answer_names_its_model_by_the_slug(standin, site):
    slug = cache.find("google/gemini-3.7-flash").canonical_slug

    assert slug != "google/gemini-3.7-flash"
    assert picker.name_of(slug) == "Gemini 3.7 Flash"
    assert picker.name_of("unknown/model") == "unknown/model"


def test_a_model_is_named_as_the_picker_names_it(standin, site):
    offered = {
        str(option["value"]): option.get_text().partition(" · ")[0]
        for option in BeautifulSoup(picker.options("google/gemini-3.7-flash"), "html.parser").select("option")
    }

    assert len(offered) > 10
    assert {id_: picker.name_of(id_) for id_ in offered} == offered


def test_models_of_two_makers_with_one_name_can_be_distinguished(standin, site):
    items = stored_items()
    twin = {**items[0], "id": "other/twin", "canonical_slug": "other/twin", "name": "Other: Gemini 3.7 Flash"}
    CatalogueSnapshot.objects.update(items=[*items, twin])
    cache.reset()

    assert picker.name_of("other/twin") == "Other: Gemini 3.7 Flash"
    assert picker.name_of("google/gemini-3.7-flash") == "Google: Gemini 3.7 Flash"


def test_bad_items_that_were_kept_are_left_out(standin, alice):
    items = stored_items()
    items[0]["pricing"] = {"prompt": "1e20", "completion": "1e20"}
    CatalogueSnapshot.objects.update(items=items)
    cache.reset()
    alice.signs_in()

    assert len(cache.models()) > 5
    assert alice.client.get("/").status_code == 200


def test_no_page_waits_for_openrouter_and_the_list_is_there_with_the_next(alice, settings):
    alice.signs_in()
    CatalogueSnapshot.objects.all().delete()
    cache.reset()
    asked = len(alice.standin.requests)

    first = Page(alice.client.get("/"))
    assert [option["value"] for option in first.soup.select("#model option")] == ["@default", settings.DEFAULT_MODEL]
    assert len(alice.standin.requests) == asked
    store_models()
    assert len(Page(alice.client.get("/")).soup.select("#model option")) > 10


def test_without_any_list_a_message_can_be_sent_and_choices_stay(alice):
    alice.signs_in()
    alice.client.post("/preferences/", {"model_for_new_chats": FLASH})
    CatalogueSnapshot.objects.all().delete()
    cache.reset()

    assert Page(alice.client.get("/")).one("#model option[selected]")["value"] == FLASH
    assert alice.asks("[[say Hello]]", model="x-ai/grok-4.5").text == "Hello"
    assert picker.default_vision_model() == ""


def test_a_list_that_did_not_change_is_not_read_again(site, monkeypatch):
    monkeypatch.setattr(cache, "CHECK_SECONDS", 0.0)
    before = cache.models()
    with CaptureQueriesContext(connection) as queries:
        assert cache.models() == before

    assert [query["sql"].count("items") for query in queries] == [0]
    CatalogueSnapshot.objects.update(items=stored_items()[:1], digest="another")
    assert len(cache.models()) == 1


def test_a_shortcut_is_the_same_model_by_another_id(site):
    model, fast = cache.find(FLASH), cache.find(f"{FLASH}:nitro")

    assert fast.prompt_price == model.prompt_price
    assert (fast.id, fast.name) == (f"{FLASH}:nitro", f"{model.name} (nitro)")
    assert cache.find(f"{FLASH}:online") is cache.find("nobody/nothing:floor") is cache.find(":nitro") is None
    assert not cache.is_listed(f"{FLASH}:nitro")


def test_what_cannot_chat_is_left_out_and_what_only_makes_images_is_not(site):
    assert cache.find("openai/text-embedding-3-small") is None
    assert not cache.find("black-forest-labs/flux.2-pro").writes_text


def test_zero_retention_is_known_by_id_or_slug_but_not_for_other_variants():
    def item(id_):
        return {"id": id_, "canonical_slug": "maker/model-20260101"}

    plain, free = read_models({"data": [item("maker/model"), item("maker/model:free")]})
    retention = {"maker/model-20260101": ["a/fp8"], "maker/model:free": []}

    assert cache.zero_retention_tags(plain, retention) == ["a/fp8"]
    assert cache.zero_retention_tags(free, retention) == []
