"""The language of a page is the reader's, where there is a catalogue for it: words, numbers, dates, direction."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from chat.models import Reply, StoredKey
from tests.django_client import Page
from tests.translation_files import GERMAN, IMAGE, NBSP, write_catalogue
from webapp.languages import find_languages

AUSTRIAN = "de-AT,de;q=0.9,en;q=0.5"


@pytest.fixture
def _languages(settings, tmp_path):
    write_catalogue(tmp_path, "de", GERMAN)
    for language in ("ar", "he"):
        write_catalogue(tmp_path, language, {"Account": "?"})
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGES = [(code, code) for code in find_languages([tmp_path])]


def looked_at_in(language, person, path):
    return Page(person.client.get(path, headers={"Accept-Language": language}))


@pytest.mark.usefixtures("_languages")
def test_a_chat_is_shown_in_german(alice):
    alice.signs_in()
    alice.asks("[[say Hello]]")
    reply = alice.latest_reply()
    took = timedelta(seconds=3.2)
    Reply.objects.update(cost=Decimal("0.0031"), finished_at=reply.started_at + took)
    address = reply.message.conversation.get_absolute_url()
    page = looked_at_in(AUSTRIAN, alice, address)

    html = page.one("html")
    assert (html["lang"], html["dir"]) == ("de", "ltr")
    facts = page.one(".facts").get_text(" ")
    assert f"0,0031{NBSP}$" in facts
    assert "3,2 Sek." in facts
    assert "Heute" in page.one("#today").get_text()
    assert "Copy answer" not in page.html
    assert (
        " · 0,0031 $*" in alice.client.get(f"{address}export.md", headers={"Accept-Language": "de"}).getvalue().decode()
    )


@pytest.mark.usefixtures("_languages")
def test_dates_are_written_as_in_german(alice):
    alice.signs_in()
    StoredKey.objects.update(made_at=datetime(2026, 3, 9, tzinfo=UTC))
    page = looked_at_in("de", alice, "/account/")

    assert page.one("h1").get_text() == "Konto"
    assert "9. März 2026" in page.one(".facts-table").get_text()


@pytest.mark.usefixtures("_languages")
@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("he", "rtl"), ("de", "ltr"), ("en", "ltr")])
def test_the_page_says_its_language_and_its_direction(db, language, direction):
    html = Page(Client(SERVER_NAME="localhost").get("/", headers={"Accept-Language": language})).one("html")

    assert (html["lang"], html["dir"]) == (language, direction)


@pytest.mark.parametrize("path", ["/", "/nowhere/"])
def test_without_a_catalogue_words_and_numbers_are_english(db, path):
    response = Client(SERVER_NAME="localhost").get(path, headers={"Accept-Language": "de"})

    assert Page(response).one("html")["lang"] == "en"
    assert "Accept-Language" in response["Vary"]
    assert response["Content-Language"] == "en"


@pytest.mark.usefixtures("_languages")
def test_what_is_stored_of_an_answer_speaks_no_language(alice):
    """Who reads it first has it typeset: a frame in one language would be stored for all."""
    alice.signs_in()
    alice.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    assert f'alt="{IMAGE}: [[image]]"' in alice.asks("[[image]]").html
    reply = alice.latest_reply()
    assert f'alt="{IMAGE}: [[image]]"' in alice.follows(reply)
    assert "Fertig, " in alice.follows(reply)

    alice.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    assert 'alt="Image made by the model: [[image]]"' in alice.follows(reply)
    assert IMAGE not in alice.looks_at(reply.message.conversation).html


@pytest.mark.usefixtures("_languages")
def test_a_refusal_is_in_german(db):
    client = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)

    assert (
        Page(client.post("/signin/", headers={"Accept-Language": AUSTRIAN})).one("h1").get_text()
        == "Diese Seite ist zu alt"
    )
