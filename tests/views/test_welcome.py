"""GET / for somebody who is not signed in: what this is, what it costs, and who runs it."""

import pytest
from bs4 import Tag
from django.test import Client

from chat.catalogue import cache
from chat.models import CatalogueSnapshot
from tests.django_client import Page

FREE = {"prompt": "0", "completion": "0"}


def model(name: str, pricing: dict[str, str], **more: object) -> dict[str, object]:
    architecture = {"input_modalities": ["text"], "output_modalities": more.pop("writes", ["text"])}
    return {"id": f"maker/{name.lower()}", "name": name, "pricing": pricing, "architecture": architecture, **more}


def has_models(*items: dict[str, object]) -> None:
    CatalogueSnapshot.objects.all().delete()
    CatalogueSnapshot.objects.create(items=list(items))
    cache.reset()


def looks() -> Tag:
    return Page(Client(SERVER_NAME="localhost").get("/")).one("main")


def says() -> str:
    return " ".join(looks().get_text(" ").split())


@pytest.fixture(autouse=True)
def somewhere(standin, site):
    pass


def test_it_names_a_real_price_and_what_is_free(settings):
    settings.DEFAULT_MODEL = "maker/middling"
    has_models(
        model("Dear", {"prompt": "0.001", "completion": "0.01"}),
        model("Middling", {"prompt": "0.000001", "completion": "0.000002"}),
        model("Given: Gift (free)", FREE),
        model("Another", FREE),
        model("Painter", FREE, writes=["image"]),
    )

    assert "one OpenRouter account you can use 4 AI models" in says()
    assert "A 500-word answer from Middling costs about $0.0014." in says()
    assert "2 models are free, including Gift." in says()


def test_the_middle_price_stands_for_a_default_that_has_none(settings):
    settings.DEFAULT_MODEL = "maker/auto"
    has_models(
        model("Auto", {"prompt": "-1", "completion": "-1"}),
        model("Dear", {"prompt": "0.001", "completion": "0.01"}),
        model("Middling", {"prompt": "0", "completion": "0.00002"}),
        model("Cheap", {"prompt": "0", "completion": "0.000001"}),
        model("Unknown", {}),
    )

    assert "from Middling costs about $0.01" in says()
    assert "free" not in says()


def test_one_free_model_is_one():
    has_models(model("Gift", FREE))

    assert "1 model is free: Gift." in says()
    assert "fraction of a cent" in says()


@pytest.mark.parametrize("items", [[], [{}], [{"id": "maker/x", "pricing": {"prompt": "dear"}}]])
def test_without_prices_it_promises_none(items):
    has_models(*items)

    assert "fraction of a cent" in says()


def test_openrouter_is_not_asked_for_it(standin):
    CatalogueSnapshot.objects.all().delete()
    cache.reset()

    assert "hundreds of AI models" in says()
    assert "Some models are free." in says()
    assert standin.requests == []


def test_it_says_who_runs_the_site(settings):
    assert "Contact" not in says()
    assert "Source code" not in says()
    settings.SITE_NAME, settings.CONTACT, settings.SOURCE_URL = (
        "Our table",
        "mailto:me@example.org",
        "https://x.example/p",
    )

    assert "Our table is run independently of OpenRouter." in says()
    links = {link.get_text(): link["href"] for link in looks().select(".who a")}
    assert links == {"me@example.org": "mailto:me@example.org", "Source code": "https://x.example/p"}


def test_it_says_when_nothing_is_private(settings):
    assert "not private" not in says()
    settings.IS_PRIVATE = False

    assert "not private" in says()


def test_its_image_has_a_size_and_words():
    images = looks().select(".preview img")

    assert len(images) == 2
    for image in images:
        assert image["alt"]
        assert (image["width"], image["height"], image["loading"]) == ("600", "650", "lazy")
