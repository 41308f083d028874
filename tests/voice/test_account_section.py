"""The section "Voice" of the account: off until turned on, with prices and choices from the list of models."""

import pytest

from chat.models import User
from tests.django_client import HTMX, Page
from tests.standin import catalogue, models
from tests.stored_models import store_models

ADDRESS = "/account/voice/"


@pytest.fixture
def account(alice):
    alice.signs_in()
    return lambda: Page(alice.client.get("/account/"))


def chosen(page, name):
    return [option["value"] for option in page.soup.select(f'[name="{name}"] option[selected]')]


def test_both_are_off_and_say_their_price(account):
    section = account().one("#voice")

    assert [box["name"] for box in section.select("input[type=checkbox]:not([checked])")] == [
        "has_dictation",
        "reads_aloud",
    ]
    text = " ".join(section.get_text().split())
    assert "Now: about $0.0033 per minute." in text
    assert "Now: $0.00062 per 1,000 characters." in text


def test_models_are_listed_with_prices_the_cheapest_first(account):
    page = account()

    words = [option.get_text() for option in page.soup.select('[name="dictation_model"] option')]
    assert words == ["GPT-4o Transcribe · about $0.0033 per minute", "Whisper 1 · $0.0060 per minute"]
    groups = [str(group["label"]) for group in page.soup.select('[name="speech_voice"] optgroup')]
    assert groups[0] == "Kokoro 82M · $0.00062 per 1,000 characters"
    assert chosen(page, "speech_voice") == ["hexgrad/kokoro-82m af_bella"]


def test_choices_are_stored(alice, account):
    sent = {
        "has_dictation": "on",
        "dictation_model": "openai/whisper-1",
        "speech_voice": "hexgrad/kokoro-82m bm_george",
    }
    assert alice.client.post(ADDRESS, sent, headers=HTMX).status_code == 204

    user = User.objects.get()
    assert (user.has_dictation, user.reads_aloud) == (True, False)
    assert (user.dictation_model, user.speech_model, user.speech_voice) == (
        *("openai/whisper-1", "hexgrad/kokoro-82m", "bm_george"),
    )
    page = account()
    assert chosen(page, "dictation_model") == ["openai/whisper-1"]
    assert "Now: $0.0060 per minute." in " ".join(page.html.split())


@pytest.mark.parametrize("field", ["dictation_model", "speech_voice"])
def test_what_is_not_offered_is_not_stored(alice, account, field):
    answer = alice.client.post(ADDRESS, {"has_dictation": "on", field: "nobody/nothing x"})

    assert answer.status_code == 422
    assert Page(answer).one('#voice [role="alert"]').get_text().strip() == "Choose one of the options."
    assert not User.objects.get().has_dictation


def test_a_model_that_left_the_list_is_replaced(alice, account):
    alice.client.post(ADDRESS, {"dictation_model": "openai/whisper-1"})
    store_models(*(item for item in models.listing("all")["data"] if item["id"] != "openai/whisper-1"))

    assert chosen(account(), "dictation_model") == ["openai/gpt-4o-transcribe"]


def test_without_models_it_says_so(alice, account):
    store_models(catalogue.BY_ID["google/gemini-3.7-flash"].item())

    text = account().one("#voice").get_text()
    assert "offers no model for dictation" in text
    assert "offers no model that reads aloud" in text
    assert alice.client.post(ADDRESS, {"has_dictation": "on"}, headers=HTMX).status_code == 204


def test_an_unknown_price_is_not_shown(account):
    item = catalogue.BY_ID["openai/whisper-1"].item()
    store_models({**item, "pricing": {"prompt": "0.1", "completion": "0"}})

    assert "Whisper 1 · price unknown" in account().html
