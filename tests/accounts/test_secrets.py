"""The key is in no table, cookie, page, log line or error report in clear."""

import logging

import pytest
from django.apps import apps
from django.test import Client

from chat.accounts import key_status, oauth
from chat.models import Conversation
from chat.upstream import openrouter
from webapp.scrub import Formatter


@pytest.fixture
def key(alice) -> str:
    alice.signs_in()
    alice.asks("[[say Hello]]")
    (key,) = alice.standin.people.keys
    return key


def test_no_table_holds_it(key):
    rows = [str(row) for model in apps.get_models() for row in model._default_manager.values()]

    assert len(rows) > 5
    assert not [row for row in rows if key in row]


def test_no_cookie_and_no_page_holds_it(alice, key):
    pages = [alice.client.get(address) for address in ("/", "/account/", Conversation.objects.get().get_absolute_url())]

    assert all(page.status_code == 200 for page in pages)
    assert not [page for page in pages if key in page.content.decode() or key in str(page.headers)]
    assert key not in str(alice.client.cookies)
    assert key not in str(dict(alice.client.session))


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("answer", [401, 500, "drop"])
def test_no_log_line_holds_it(alice, key, answer, debug, settings, caplog):
    settings.DEBUG = debug
    caplog.set_level(logging.DEBUG)
    alice.standin.answers(answer)
    alice.asks("Hello?")
    alice.standin.answers(answer, to="key")
    key_status.refresh(alice.user.pk)
    alice.client.get("/account/")

    formatted = [Formatter("%(message)s").format(record) for record in caplog.records]
    assert formatted
    assert not [line for line in formatted if key in line]


def test_a_log_line_that_carries_it_is_scrubbed():
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "Bearer %s", ("sk-or-v1-" + "a" * 64,), None)

    assert Formatter("%(message)s").format(record) == "Bearer sk-or-********************"


@pytest.mark.parametrize("debug", [True, False])
class TestErrorReports:
    """The worst case: an exception nobody foresaw, with the key in the variables of its frames."""

    def test_of_a_view_that_holds_the_key(self, alice, key, debug, settings, monkeypatch):
        settings.DEBUG = debug
        alice.client.raise_request_exception = False

        def broken_endpoints(api_key, model_id):
            plain = api_key.reveal()
            everything = {"Authorization": f"Bearer {plain}"}
            raise RuntimeError(f"{plain} {everything}")

        monkeypatch.setattr(openrouter(), "endpoints", broken_endpoints)
        report = alice.client.get("/models/openai/gpt-5.4-mini/providers/")

        assert report.status_code == 500
        assert ("Traceback" in report.content.decode()) == debug
        assert key not in report.content.decode()

    @pytest.mark.parametrize(
        ("step", "broken"),
        [("_log_callback", lambda query, attempt, is_forged: [][0]), ("_store_key", lambda key, user: [][0])],
    )
    def test_of_the_callback(self, alice, debug, settings, monkeypatch, step, broken):
        settings.DEBUG = debug
        alice.client.raise_request_exception = False
        callback = alice.standin.approve(alice.goes_to_openrouter(), person="alice")
        code = callback.partition("code=")[2].partition("&")[0]
        monkeypatch.setattr(oauth, step, broken)
        report = alice.visits_callback(callback)

        assert report.status_code == 500
        assert len(code) > 10
        assert not [secret for secret in (code, *alice.standin.people.keys) if secret in report.content.decode()]


def test_every_page_carries_the_policies(alice, key):
    for response in (alice.client.get("/"), Client(SERVER_NAME="localhost").get("/")):
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["X-Frame-Options"] == "DENY"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "same-origin"
