"""GET /signin/callback/: whoever comes back is let in once, and nobody else is."""

import json
import logging
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from chat.models import SignInAttempt, StoredKey, User
from tests.django_client import Page, Person, path_of
from tests.standin.signin import Habits


def is_signed_in(person: Person) -> bool:
    return "_auth_user_id" in person.client.session


def says(response) -> str:
    """The one sentence of the page, after a look that there is a way on."""
    page = Page(response)
    assert page.soup.select('form[action="/signin/"] button'), "no way on"
    return " ".join(page.one("main").get_text().split())


def test_it_signs_in_at_the_place_where_the_person_wanted_to_be(alice):
    response = alice.signs_in(destination="/account/")

    assert response.headers["Location"] == "/account/"
    assert alice.user.openrouter_id == alice.standin.people.user_id("alice")


def test_it_keeps_the_key_and_not_in_clear(alice):
    alice.signs_in()

    stored = StoredKey.objects.get(user=alice.user)
    (key,) = alice.standin.people.keys
    revealed = stored.reveal()
    assert revealed is not None
    assert revealed.reveal() == key
    assert key not in stored.ciphertext


def test_the_same_account_comes_back_as_the_same_person(alice):
    alice.signs_in()
    first = alice.user
    alice.client.post("/signout/")
    alice.signs_in()

    assert alice.user == first
    assert StoredKey.objects.count() == 1


def test_a_denial_is_reported_and_uses_nothing_up(alice):
    auth_url = alice.goes_to_openrouter()
    response = alice.visits_callback(alice.standin.deny(auth_url))

    assert "didn't approve" in says(response)
    assert not is_signed_in(alice)
    alice.approves(auth_url)  # back, and approve after all
    assert is_signed_in(alice)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"attempt": "made-up"}, "started in another browser"),
        ({"attempt": ["made-up", "made-up-too"]}, "started in another browser"),
        ({"attempt": None, "state": None}, "started in another browser"),
        ({"attempt": None, "state": "made-up"}, "started in another browser"),
        ({"attempt": None, "state": ""}, "started in another browser"),
        ({"state": "made-up"}, "doesn't match"),
        ({"state": ""}, "doesn't match"),
        ({"state": ["made-up", "made-up-too"]}, "doesn't match"),
        ({"code": ["made-up", "made-up-too"]}, "didn't send a sign-in code"),
        ({"attempt": "\0"}, "started in another browser"),
        ({"attempt": None, "state": "\0"}, "started in another browser"),
        ({"code": None}, "didn't send a sign-in code"),
        ({"code": ""}, "didn't send a sign-in code"),
        ({"code": "x" * 1000}, "didn't send a sign-in code"),
        ({"error": "server_error", "code": None}, "ended the sign-in"),
    ],
)
def test_a_callback_that_does_not_fit_is_refused_and_uses_nothing_up(alice, change, sentence):
    auth_url = alice.goes_to_openrouter()
    callback = alice.standin.approve(auth_url, person="alice")
    query = dict(pair.split("=", 1) for pair in callback.partition("?")[2].split("&")) | change
    forged = urlencode({name: value for name, value in query.items() if value is not None}, doseq=True)
    response = alice.client.get(f"/signin/callback/?{forged}")

    assert response.status_code == 400
    assert sentence in says(response)
    assert not is_signed_in(alice)
    alice.visits_callback(callback)
    assert is_signed_in(alice)


@pytest.mark.parametrize("placement", ["{right}&{wrong}", "{wrong}&{right}"])
@pytest.mark.parametrize("name", ["state", "attempt", "code"])
def test_one_right_value_beside_a_wrong_one_is_refused(alice, name, placement):
    callback = alice.standin.approve(alice.goes_to_openrouter(), person="alice")
    query = dict(pair.split("=", 1) for pair in callback.partition("?")[2].split("&"))
    right, wrong = f"{name}={query.pop(name)}", f"{name}=made-up"
    response = alice.client.get(f"/signin/callback/?{urlencode(query)}&{placement.format(right=right, wrong=wrong)}")

    assert response.status_code == 400
    assert not is_signed_in(alice)
    alice.visits_callback(callback)
    assert is_signed_in(alice)


class TestWhateverOpenRouterSendsBack:
    """Documents, reports and other programs disagree about it; each way must lead in, or out, the same."""

    @pytest.mark.parametrize(
        ("habits", "logged"),
        [
            (Habits(), "nonce known, state echoed"),
            (Habits(state="absent"), "nonce known, state absent"),
            (Habits(state="twice"), "nonce known, state sent 2 times"),
            (Habits(query="dropped"), "nonce absent, state echoed"),
            (Habits(query="dropped", state="twice"), "nonce absent, state sent 2 times"),
            (Habits(query="naive"), "nonce known, state echoed"),
            (Habits(query="naive", state="absent"), "nonce known, state absent"),
        ],
        ids=str,
    )
    def test_it_signs_in_once_and_logs_which_way_it_was(self, alice, habits, logged, caplog):
        caplog.set_level(logging.INFO, "chat.accounts")
        alice.standin.signin_habits = habits
        auth_url = alice.goes_to_openrouter(destination="/account/")
        callback = alice.standin.approve(auth_url, person="alice")
        response = alice.visits_callback(callback)

        assert response.headers["Location"] == "/account/"
        assert is_signed_in(alice)
        assert caplog.messages == [f"Sign-in callback with a code: {logged}"]
        alice.client.post("/signout/")
        assert alice.visits_callback(callback).status_code == 400
        assert not is_signed_in(alice)

    @pytest.mark.parametrize(
        "habits",
        [
            Habits(state="differs"),
            Habits(state="twice-differs"),
            Habits(query="dropped", state="absent"),
            Habits(query="dropped", state="differs"),
            Habits(query="dropped", state="twice-differs"),
        ],
        ids=str,
    )
    def test_it_refuses_what_looks_like_a_forgery(self, alice, habits):
        alice.standin.signin_habits = habits
        auth_url = alice.goes_to_openrouter()
        response = alice.approves(auth_url)

        assert response.status_code == 400
        assert says(response)
        assert not is_signed_in(alice)
        alice.standin.signin_habits = Habits()
        alice.approves(auth_url)  # nothing was used up
        assert is_signed_in(alice)

    @pytest.mark.parametrize(
        "habits", [Habits(), Habits(state="absent"), Habits(query="dropped"), Habits(query="naive")], ids=str
    )
    def test_somebody_elses_signs_nobody_in(self, alice, bob, habits):
        """Login CSRF: Alice must not be put into an account that Bob holds."""
        alice.standin.signin_habits = habits
        alice.goes_to_openrouter()
        callback = bob.standin.approve(bob.goes_to_openrouter(), person="bob")
        response = alice.visits_callback(callback)

        assert "started in another browser" in says(response)
        assert not is_signed_in(alice)
        bob.visits_callback(callback)
        assert is_signed_in(bob)

    @pytest.mark.parametrize("query", ["kept", "dropped", "naive"])
    @pytest.mark.parametrize("state", ["absent", "echoed", "twice"])
    def test_a_denial_is_calm_and_uses_nothing_up(self, alice, query, state):
        alice.standin.signin_habits = Habits(denial_query=query, denial_state=state)
        auth_url = alice.goes_to_openrouter()
        response = alice.visits_callback(alice.standin.deny(auth_url))

        assert response.status_code == 200
        assert "Sign-in cancelled" in says(response)
        assert not is_signed_in(alice)
        alice.approves(auth_url)
        assert is_signed_in(alice)

    def test_no_value_is_logged(self, alice, caplog):
        caplog.set_level(logging.DEBUG)
        callback = alice.standin.approve(alice.goes_to_openrouter(), person="alice")
        values = [pair.split("=", 1)[1] for pair in callback.partition("?")[2].split("&")]
        alice.visits_callback(callback)
        alice.client.get("/signin/callback/?attempt=made-up-nonce&state=made-up-state&code=made-up-code")

        assert "Sign-in callback" in caplog.text
        assert not [value for value in (*values, "made-up") if value in caplog.text]


def test_a_browser_that_lost_its_cookie_gets_an_explanation(alice):
    callback = alice.standin.approve(alice.goes_to_openrouter(), person="alice")
    response = Client(SERVER_NAME="localhost").get(path_of(callback))

    assert response.status_code == 400
    assert "started in another browser" in says(response)


def test_after_15_minutes_it_is_too_late(alice):
    callback = alice.standin.approve(alice.goes_to_openrouter(), person="alice")
    SignInAttempt.objects.update(started_at=timezone.now() - timedelta(minutes=15, seconds=1))
    response = alice.visits_callback(callback)

    assert "15 minutes" in says(response)
    assert not is_signed_in(alice)


def test_a_replay_after_signing_in_leads_to_the_destination(alice):
    callback = alice.standin.approve(alice.goes_to_openrouter(destination="/account/"), person="alice")
    alice.visits_callback(callback)
    response = alice.visits_callback(callback)

    assert response.headers["Location"] == "/account/"
    exchanges = [each for each in alice.standin.requests if each.path.endswith("/auth/keys")]
    assert len(exchanges) == 1


def test_a_replay_after_signing_out_signs_nobody_in(alice):
    callback = alice.standin.approve(alice.goes_to_openrouter(), person="alice")
    alice.visits_callback(callback)
    alice.client.post("/signout/")
    response = alice.visits_callback(callback)

    assert response.status_code == 400
    assert not is_signed_in(alice)


def test_two_tabs_finish_in_any_order(alice):
    first = alice.standin.approve(alice.goes_to_openrouter(destination="/account/"), person="alice")
    second = alice.standin.approve(alice.goes_to_openrouter(destination="/?prompt=x"), person="alice")

    assert alice.visits_callback(second).headers["Location"] == "/?prompt=x"
    assert alice.visits_callback(first).headers["Location"] == "/account/"


@pytest.mark.parametrize("status", [400, 403])
def test_a_refused_code_is_reported_whatever_its_status(alice, status):
    callback = alice.standin.approve(alice.goes_to_openrouter(), person="alice")
    alice.standin.signin_habits = Habits(refused_code=status)
    code = callback.partition("code=")[2].partition("&")[0]
    response = alice.visits_callback(callback.replace(code, "made-up"))

    assert response.status_code == 400
    assert "didn't accept the sign-in code" in says(response)
    assert not is_signed_in(alice)


@pytest.mark.parametrize(
    ("answer", "status", "sentence"),
    [
        (400, 502, "didn't accept this site's request"),
        (403, 400, "didn't accept the sign-in code"),
        (405, 502, "didn't accept this site's request"),
        (500, 502, "couldn't complete"),
        (502, 502, "couldn't complete"),
        ("html", 502, "couldn't complete"),
        ("garbage", 502, "couldn't complete"),
        ("drop", 502, "can't be reached"),
        ("no-key", 502, "couldn't complete"),
    ],
)
def test_a_failed_exchange_is_reported_with_a_next_step(alice, answer, status, sentence):
    callback = alice.standin.approve(alice.goes_to_openrouter(), person="alice")
    alice.standin.exchange_answers(answer)
    response = alice.visits_callback(callback)

    assert response.status_code == status
    assert sentence in says(response)
    assert not is_signed_in(alice)
    assert not User.objects.exists()


def test_an_expired_code_is_reported(alice):
    callback = alice.standin.approve(alice.goes_to_openrouter(), person="alice")
    alice.standin.exchange_answers(403, kind="expired")

    assert "ten minutes" in says(alice.visits_callback(callback))


class TestWithoutUserId:
    def test_the_keys_creator_is_the_person(self, alice):
        alice.signs_in()
        known = alice.user
        alice.client.post("/signout/")
        answer = {"key": alice.standin.make_key("alice"), "user_id": None}
        alice.standin.answers_raw([json.dumps(answer).encode()], content_type="application/json", to="auth/keys")
        alice.signs_in()

        assert alice.user == known

    def test_else_the_key_alone_is(self, standin, site):
        nobody = Person("nobody", standin)
        nobody.signs_in()
        first = nobody.user
        nobody.client.post("/signout/")
        nobody.signs_in()

        assert first.openrouter_id.startswith("key:")
        assert nobody.user != first, "two keys of unknown people must not share an account"

    def test_a_dead_key_is_replaced_within_the_open_session(self, standin, site):
        nobody = Person("nobody", standin)
        nobody.signs_in()
        first = nobody.user
        StoredKey.objects.update(rejected_at=timezone.now())
        nobody.signs_in()

        assert nobody.user == first
        assert first.working_key() is not None


def test_the_page_of_a_failed_sign_in_hides_its_address(alice):
    """The address holds a code; and "no-referrer" would break the form on the page."""
    response = alice.client.get("/signin/callback/?code=abc&attempt=made-up")

    assert response.headers["Referrer-Policy"] == "strict-origin"
    assert "no-store" in response.headers["Cache-Control"]
    assert "abc" not in response.content.decode()
