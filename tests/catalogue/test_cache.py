"""The list of models: fetched once, kept in the database, shown while a newer one is fetched or cannot be."""

from datetime import timedelta

from django.utils import timezone

from chat.catalogue import cache, picker
from chat.catalogue.models import CatalogueSnapshot


def fetches(standin) -> int:
    return len([request for request in standin.requests if request.path.endswith("/models")])


def test_it_is_fetched_once(standin, site):
    assert len(cache.models()) > 5
    cache.forget()
    assert len(cache.models()) > 5
    assert fetches(standin) == 1


def test_an_outage_leaves_the_last_known_list(standin, site):
    known = cache.models()
    standin.answers("drop", to="models", times=None)
    CatalogueSnapshot.objects.update(fetched_at=timezone.now() - timedelta(days=1))
    cache.forget()

    assert cache.models() == known
    standin.wait_for(lambda: fetches(standin) == 2)


def test_an_old_list_is_shown_while_a_newer_one_is_fetched(standin, site):
    cache.models()
    items = CatalogueSnapshot.objects.get().items
    long_ago = timezone.now() - timedelta(hours=2)
    CatalogueSnapshot.objects.update(items=items[:1], fetched_at=long_ago)
    cache.forget()

    assert len(cache.models()) == 1
    standin.wait_for(lambda: len(cache.models()) > 5)
    assert CatalogueSnapshot.objects.get().fetched_at > long_ago


def test_without_any_list_the_default_can_still_be_chosen(standin, site, settings):
    standin.answers(502, to="models", times=None)

    assert cache.models() == []
    assert picker.default_model() == settings.DEFAULT_MODEL
    assert [choice.id for _, choices in picker.choices(selected="x/y") for choice in choices] == ["x/y"]


def test_where_the_default_is_gone_openrouter_chooses(standin, site, settings):
    settings.DEFAULT_MODEL = "gone/model"

    assert picker.default_model() == "openrouter/auto"


def test_the_picker_groups_by_maker_and_says_what_matters(standin, site):
    groups = dict(picker.choices(selected="openrouter/auto"))

    assert list(groups) == sorted(groups, key=str.lower)
    flash = next(choice for choice in groups["Google"] if choice.id == "google/gemini-3.7-flash")
    assert flash.name == "Gemini 3.7 Flash"
    assert "per million tokens" in flash.note
    assert flash.sees_images


def test_models_that_answer_hours_later_are_left_out(standin, site):
    cache.models()
    items = CatalogueSnapshot.objects.get().items
    CatalogueSnapshot.objects.update(items=[*items, {**items[0], "id": "google/later:batch"}])
    cache.forget()

    assert cache.models()
    assert cache.find("google/later:batch") is None


def test_an_answer_names_its_model_by_the_slug(standin, site):
    slug = cache.find("google/gemini-3.7-flash").canonical_slug

    assert slug != "google/gemini-3.7-flash"
    assert picker.name_of(slug) == "Google: Gemini 3.7 Flash"
    assert picker.name_of("unknown/model") == "unknown/model"
