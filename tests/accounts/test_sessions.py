"""A copy of the database lets nobody in: what a cookie holds is stored as a hash."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as PlainStore
from django.contrib.sessions.models import Session as PlainSession
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from chat.accounts.oauth import BROWSER_KEY
from chat.models import Session, SignInAttempt, digest

migration = import_module("chat.migrations.0008_hashed_sessions")


def everything_stored() -> str:
    return str([list(model._default_manager.values()) for model in apps.get_models()])


def test_no_table_holds_what_the_cookie_holds(alice):
    alice.signs_in()
    alice.goes_to_openrouter()  # and is on the way back
    stored = everything_stored()

    assert alice.client.cookies[settings.SESSION_COOKIE_NAME].value not in stored
    assert alice.client.session[BROWSER_KEY] not in stored
    assert str(alice.user.pk) in stored


def test_nothing_in_the_table_opens_a_session(alice):
    alice.signs_in()
    for column in ("session_key", "session_data", "user_id"):
        thief = Client(SERVER_NAME="localhost")
        thief.cookies[settings.SESSION_COOKIE_NAME] = str(
            Session.objects.exclude(user=None).values_list(column, flat=True).get()
        )
        assert thief.get("/account/").status_code == 302


def test_a_session_knows_its_person_from_sign_in_to_sign_out(alice):
    alice.goes_to_openrouter()
    assert Session.objects.get().user_id is None

    alice.signs_in()
    assert alice.user.sessions.count() == Session.objects.count() == 1

    alice.client.post("/signout/")
    assert Session.objects.get().user_id is None


def test_one_that_knows_the_backend_by_its_old_name_stays_signed_in(alice):
    alice.signs_in()
    session = alice.client.session
    session[BACKEND_SESSION_KEY] = "chat.signin.backend.KeptAccount"
    session.save()

    assert alice.client.get("/account/").status_code == 200


def test_expired_ones_open_nothing_and_are_cleared_away(alice, bob):
    alice.signs_in()
    bob.signs_in()
    Session.objects.filter(user=alice.user).update(expire_date=timezone.now() - timedelta(seconds=1))

    assert alice.client.get("/account/").status_code == 302
    call_command("clearsessions")
    assert [session.user for session in Session.objects.exclude(user=None)] == [bob.user]


@pytest.mark.parametrize("cookie", ["", "short", "x" * 5000, "ä\\000", "' OR 1=1 --", "None"])
def test_an_odd_cookie_is_a_stranger(db, cookie):
    client = Client(SERVER_NAME="localhost")
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie

    assert client.get("/account/").status_code == 302
    assert client.post("/signin/").status_code == 302


def test_those_of_an_older_version_go_on_and_leave_no_way_in(alice):
    alice.signs_in()
    plain = PlainStore()
    plain.update(dict(alice.client.session.items()))
    plain.create()
    SignInAttempt.objects.create(browser="as it was", code_verifier="x", destination="/")
    Session.objects.all().delete()
    migration.hash_what_there_is(apps, None)

    alice.client.cookies[settings.SESSION_COOKIE_NAME] = plain.session_key
    assert alice.client.get("/account/").status_code == 200
    assert Session.objects.get().user == alice.user
    assert not PlainSession.objects.exists()
    assert SignInAttempt.objects.filter(browser=digest("as it was")).exists()
