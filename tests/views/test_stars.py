"""/models/stars/: a person's starred models, which the picker shows first, and after them those used recently."""

import pytest
from bs4 import Tag

from chat.models import User
from tests.django_client import HTMX, Page, Person

FLASH, SONNET, MINI = "google/gemini-3.7-flash", "anthropic/claude-sonnet-5", "openai/gpt-5.4-mini"


def stars(person: Person, model: str, *, starred: str = "1", **options):
    return person.client.post("/models/stars/", {"model": model, "starred": starred, **options}, headers=HTMX)


def picker_of(person: Person) -> Tag:
    dialog = Page(person.client.get("/")).soup.find("dialog", class_="model-picker")  # `select` skips templates
    assert isinstance(dialog, Tag)
    return dialog


@pytest.fixture
def person(alice: Person) -> Person:
    alice.signs_in()
    return alice


def test_the_latest_star_comes_first_and_each_can_be_removed(person):
    for model in (FLASH, SONNET, FLASH):
        assert stars(person, model).status_code == 204
    assert person.user.starred_models == [FLASH, SONNET]

    assert stars(person, FLASH, starred="0").status_code == 204
    assert person.user.starred_models == [SONNET]


def test_without_a_script_it_leads_back_to_the_page(person):
    response = person.client.post("/models/stars/", {"model": FLASH, "starred": "1", "next": "/account/"})

    assert (response.status_code, response["Location"]) == (302, "/account/")
    elsewhere = person.client.post("/models/stars/", {"model": FLASH, "starred": "1", "next": "https://example.org/"})
    assert elsewhere["Location"] == "/"


@pytest.mark.parametrize("model", ["", "gone/model", "<b>none</b>\0"])
def test_only_a_model_of_the_list_can_be_starred(person, model):
    assert stars(person, model).status_code == 404
    assert person.user.starred_models == []


def test_a_model_that_is_gone_can_lose_its_star(person):
    User.objects.update(starred_models=["gone/model", SONNET])
    assert stars(person, "gone/model", starred="0").status_code == 204

    assert person.user.starred_models == [SONNET]


def test_there_are_at_most_fifty(person):
    many = [f"maker/model-{number}" for number in range(50)]
    User.objects.update(starred_models=many)
    response = stars(person, FLASH)

    assert response.status_code == 422
    assert response.content.decode() == "You can star up to 50 models. Remove a star first."
    assert person.user.starred_models == many


def test_stars_are_ones_own(person, bob):
    bob.signs_in()
    stars(person, FLASH)

    assert bob.user.starred_models == []


def test_the_page_of_a_chat_names_them(person):
    stars(person, FLASH)
    stars(person, SONNET)

    assert picker_of(person)["data-starred-models"] == f"{SONNET} {FLASH}"


def test_the_five_models_used_last_are_kept_in_their_order(person):
    User.objects.update(last_model="used/before", recent_models=[])
    for model in (FLASH, SONNET, FLASH):
        person.asks("[[say Hello]]", model=model)

    assert person.user.recent_models == [FLASH, SONNET, "used/before"]
    User.objects.update(recent_models=[FLASH, *"abcd"])
    person.asks("[[say Hello]]", model=MINI)
    assert person.user.recent_models == [MINI, FLASH, "a", "b", "c"]
    assert picker_of(person)["data-recent-models"] == f"{MINI} {FLASH} a b c"


def test_the_page_of_a_model_stars_it(person):
    address = f"/models/{FLASH}/"
    page = Page(person.client.get(address))
    fields = {str(field["name"]): field["value"] for field in page.soup.select(".star-form input")}

    response = person.client.post("/models/stars/", {**fields, "starred": page.one(".star-form button")["value"]})

    assert response.headers["Location"] == address
    assert Page(person.client.get(address)).one(".star-form button")["aria-pressed"] == "true"
