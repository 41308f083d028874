"""What a person's own settings at OpenRouter exclude: fetched in the background, for each of them."""

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from chat import background
from chat.catalogue import cache, personal_models
from chat.models import PersonalModels, User
from tests.django_client import Page
from tests.standin import catalogue

FLASH, GROK, FLUX = "google/gemini-3.7-flash", "x-ai/grok-4.5", "black-forest-labs/flux.2-pro"


@pytest.fixture
def person(alice):
    alice.signs_in()
    return alice


def available(person, model_id) -> bool:
    model = cache.find(model_id)
    assert model
    return personal_models.is_available_to(person.user, model)


def fetches(standin) -> int:
    return len([request for request in standin.requests if request.path.endswith("/models/user")])


def is_due() -> None:
    PersonalModels.objects.update(next_fetch_at=timezone.now())


def test_until_it_is_known_everything_is_available(person):
    assert personal_models.models_for(person.user) == cache.models()
    assert available(person, GROK)


@pytest.mark.database
def test_what_their_settings_exclude_is_not(person, bob):
    person.standin.excludes(GROK, FLUX)
    personal_models.refresh(person.user.pk)
    bob.signs_in()

    assert {model.id for model in cache.models()} - {m.id for m in personal_models.models_for(person.user)} == {
        GROK,
        FLUX,
    }
    assert not available(person, GROK)
    assert available(bob, GROK)


def test_it_is_fetched_once_an_hour(person):
    personal_models.refresh(person.user.pk)
    personal_models.refresh(person.user.pk)
    stored = PersonalModels.objects.get()

    assert fetches(person.standin) == 1
    assert stored.fetched_at
    assert stored.next_fetch_at - stored.fetched_at == timedelta(hours=1)
    is_due()
    personal_models.refresh(person.user.pk)
    assert fetches(person.standin) == 2


@pytest.mark.parametrize("trouble", [401, 404, 502, "drop", "garbage", "no-key"])
def test_an_error_changes_nothing_and_is_not_repeated_at_once(person, trouble):
    person.standin.excludes(GROK)
    personal_models.refresh(person.user.pk)
    person.standin.answers(trouble, to="models/user", times=None)
    is_due()
    for _ in range(3):
        personal_models.refresh(person.user.pk)

    assert personal_models.excluded_for(person.user) == {GROK}
    assert fetches(person.standin) == 2


def test_a_list_that_has_only_text_says_nothing_of_other_models(person):
    writes_no_text = {model.id for model in catalogue.MODELS if "text" not in model.outputs}
    person.standin.excludes(FLUX, *writes_no_text)
    personal_models.refresh(person.user.pk)

    assert personal_models.excluded_for(person.user) == set()


def test_a_page_starts_it_and_does_not_wait(person, monkeypatch):
    monkeypatch.setattr(personal_models, "spawn", background.spawn)
    may_answer = threading.Event()
    person.standin.answers_raw([may_answer, b"{}"], content_type="application/json", to="models/user")

    for _ in range(3):
        assert person.client.get("/").status_code == 200
    may_answer.set()
    person.standin.wait_for(lambda: not any(each.name.startswith("personal-models-") for each in threading.enumerate()))
    assert fetches(person.standin) == 1


class TestPresets:
    """Their presets at OpenRouter, which can be chosen like models."""

    def in_the_picker(self, person) -> list[str]:
        group = Page(person.client.get("/")).soup.find("optgroup", label="Your OpenRouter presets")
        return [str(option["value"]) for option in group.select("option")] if group else []

    @pytest.mark.database
    def test_they_are_in_the_picker_of_that_person_and_can_be_asked(self, person, bob):
        person.standin.has_presets("tutor", "strict-json")
        personal_models.refresh(person.user.pk)
        bob.signs_in()

        assert self.in_the_picker(person) == ["@preset/tutor", "@preset/strict-json"]
        assert self.in_the_picker(bob) == []
        assert person.asks("[[say Well.]]", model="@preset/tutor").text == "Well."
        assert person.standin.chat_requests[-1].body["model"] == "@preset/tutor"
        for address in ("/account/", f"/presets/{person.user.presets.create(name='x').pk}/"):
            assert "@preset/strict-json" in person.client.get(address).content.decode()

    def test_one_that_is_chosen_is_there_once(self, person):
        person.standin.has_presets("tutor")
        personal_models.refresh(person.user.pk)
        person.asks("Hello", model="@preset/tutor")

        assert person.client.get("/").content.decode().count('value="@preset/tutor"') == 1

    def test_one_that_is_gone_is_refused_with_a_sentence(self, person):
        page = person.asks("Hello", model="@preset/gone")

        assert page.state == "failed"
        assert page.error

    @pytest.mark.parametrize("slug", ["", "a b", "x" * 151, "tutor\0", "tutor\n", "é"])
    def test_no_request_asks_what_is_no_slug(self, person, slug):
        person.asks("[[say Well.]]", model=FLASH)
        reply = person.latest_reply()
        person.client.post(f"/replies/{reply.pk}/retry/", {"model": f"@preset/{slug}"})
        preset = person.user.presets.create(name="Mine", model=FLASH)
        person.client.post(f"/presets/{preset.pk}/", {"preset_name": "Mine", "model": f"@preset/{slug}"})
        preset.refresh_from_db()

        assert person.latest_reply() != reply
        assert (person.latest_reply().model, preset.model) == (FLASH, FLASH)

    @pytest.mark.parametrize("slug", ["", "<script>", "a b", "a/b", "x" * 151, "a\u0000", None, 7])
    def test_what_is_no_slug_and_what_is_not_active_is_left_out(self, person, slug):
        person.standin.has_presets("off", status="disabled")
        off = person.standin._world.presets
        person.standin.has_presets("good")
        person.standin._world.presets += [*off, off[0] | {"status": "active", "slug": slug}, {"slug": "bare"}, 7]
        personal_models.refresh(person.user.pk)

        assert personal_models.presets_of(person.user) == ("@preset/good",)

    @pytest.mark.parametrize(("trouble", "left"), [(401, 0), (403, 0), (404, 0), (502, 1), ("drop", 1), ("garbage", 1)])
    def test_a_key_that_may_not_list_them_has_none_and_other_troubles_change_nothing(self, person, trouble, left):
        person.standin.has_presets("tutor")
        personal_models.refresh(person.user.pk)
        person.standin.excludes(GROK)
        person.standin.answers(trouble, to="presets")
        is_due()
        personal_models.refresh(person.user.pk)

        assert len(personal_models.presets_of(person.user)) == left
        assert personal_models.excluded_for(person.user) == {GROK}


def test_somebody_who_just_left_is_no_problem(person):
    left = person.user.pk
    person.client.post("/account/deletion/", {"sure": "yes"})
    personal_models.refresh(left)

    assert not PersonalModels.objects.exists()


def test_nobody_without_a_key_is_asked_for(person):
    person.client.post("/disconnect/")
    asked = len(person.standin.requests)
    personal_models.refresh(User.objects.get().pk)

    assert len(person.standin.requests) == asked
