"""/account/, /disconnect/, /signout/, /appearance/: one's own account."""

from django.contrib.sessions.models import Session

from chat.conversations.models import Conversation
from chat.signin.models import StoredKey
from tests.person import HTMX, Page


def test_it_tells_what_the_key_has_spent_and_where_to_change_it(alice):
    alice.signs_in()
    alice.asks("[[say Hello]]")
    stored = StoredKey.objects.get()
    page = Page(alice.client.get("/account/"))

    assert page.soup.select(f'a[href="{alice.standin.url}/keys/{stored.sha256}"]')


def test_it_opens_while_openrouter_is_away(alice):
    alice.signs_in()
    for trouble in ("drop", 500, 401):
        alice.standin.answers(trouble, to="key")
        assert alice.client.get("/account/").status_code == 200


def test_disconnecting_deletes_the_key_and_says_that_it_lives_on(alice):
    alice.signs_in()
    alice.asks("[[say Hello]]")
    sha256 = StoredKey.objects.get().sha256
    page = Page(alice.client.post("/disconnect/"))

    assert not StoredKey.objects.exists()
    assert page.soup.select(f'a[href="{alice.standin.url}/keys/{sha256}"]')
    assert "still" in page.one("main").get_text()
    assert alice.client.get("/account/").status_code == 302
    assert Conversation.objects.count() == 1, "the chats wait for the next sign-in"


def test_signing_out_ends_the_session_on_the_server(alice, settings):
    alice.signs_in()
    stolen = alice.client.cookies[settings.SESSION_COOKIE_NAME].value
    alice.client.post("/signout/")

    assert not Session.objects.filter(pk=stolen).exists()
    alice.client.cookies[settings.SESSION_COOKIE_NAME] = stolen
    assert alice.client.get("/account/").status_code == 302


def test_both_need_a_post(alice):
    alice.signs_in()

    assert alice.client.get("/signout/").status_code == 405
    assert alice.client.get("/disconnect/").status_code == 405
    assert StoredKey.objects.exists()


def test_the_theme_is_remembered(alice, settings):
    alice.client.post("/appearance/", {"theme": "dark", "next": "/"})
    assert Page(alice.client.get("/")).one("html")["data-theme"] == "dark"

    alice.client.post("/appearance/", {"theme": "<script>"})
    alice.client.cookies[settings.THEME_COOKIE_NAME] = '"><script>'
    assert Page(alice.client.get("/")).one("html")["data-theme"] == "system"


def test_preferences_are_kept(alice):
    alice.signs_in()
    alice.client.post("/preferences/", {"follows_answers": "on"})
    page = Page(alice.client.get("/account/"))

    assert [
        (box["name"], box.has_attr("checked")) for box in page.soup.select(".preferences input[type=checkbox]")
    ] == [
        ("has_shortcuts", False),
        ("follows_answers", True),
        ("titles_by_model", False),
    ]
    assert Page(alice.client.get("/")).soup.select("[data-no-shortcuts]")


def test_the_shortcuts_are_listed_on_a_page_and_for_htmx_alone(alice):
    alice.signs_in()
    whole, part = alice.client.get("/shortcuts/"), alice.client.get("/shortcuts/", headers=HTMX)

    for response in (whole, part):
        assert "Stop the answer" in response.content.decode()
    assert b"<html" in whole.content
    assert b"<html" not in part.content
