"""What a key may still spend: fetched in the background, for all processes, and never waited for."""

import json
import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from chat import background
from chat.accounts import key_status
from chat.accounts.key_summary import summarize_key
from chat.models import StoredKey, User
from chat.openrouter.json_fields import problem_of_text
from tests.django_client import Page, Person

NAME = "key-status-"


@pytest.fixture
def person(alice):
    alice.signs_in()
    return alice


@pytest.fixture
def in_background(monkeypatch):
    """Threads as in production."""
    monkeypatch.setattr(key_status, "spawn", background.spawn)


def fetches(standin, of: str = "key") -> int:
    return len([request for request in standin.requests if request.path == f"/api/v1/{of}"])


def is_due() -> None:
    StoredKey.objects.update(next_fetch_at=timezone.now())


def was_fetched(ago: timedelta) -> None:
    at = timezone.now() - ago
    StoredKey.objects.update(fetched_at=at, next_fetch_at=at + key_status.AGE_TO_REFRESH)


def is_quiet() -> bool:
    return not any(thread.name.startswith(NAME) for thread in threading.enumerate())


@pytest.mark.database
def test_what_openrouter_says_is_stored_without_key_and_label(person, caplog):
    caplog.set_level(logging.DEBUG)
    person.standin.says_of_keys(limit=5, limit_remaining=1.25, limit_reset="daily")
    person.standin.says_of_credits(12.34)
    key_status.refresh(person.user.pk)
    stored = StoredKey.objects.get()
    (key,) = person.standin.people.keys.values()

    assert stored.fetched_at
    assert stored.next_fetch_at - stored.fetched_at == key_status.AGE_TO_REFRESH
    assert (stored.status["limit_remaining"], stored.status["balance"]) == (1.25, "12.34")
    assert not {"label", "creator_user_id"} & set(stored.status)
    for secret in (key.secret, key.label):
        assert secret not in f"{stored.status} {caplog.text}"


@pytest.mark.database
def test_of_several_processes_one_asks(person):
    barrier = threading.Barrier(4)

    def refresh():
        barrier.wait()
        key_status.refresh(User.objects.get().pk)

    for number in range(4):
        background.spawn(f"{NAME}{number}", refresh)
    person.standin.wait_for(is_quiet)

    assert fetches(person.standin) == 1


class TestAPage:
    """Pages start it, and do not wait for it."""

    @pytest.mark.parametrize("address", ["/", "/account/", "/chats/"])
    def test_it_asks_when_the_status_is_old(self, person, in_background, address):
        headers = {"HX-Request": "true"} if address == "/chats/" else {}
        may_answer = threading.Event()
        person.standin.answers_raw([may_answer, b"{}"], content_type="application/json", to="key")

        for _ in range(3):
            assert person.client.get(address, headers=headers).status_code == 200
        assert not is_quiet()
        may_answer.set()
        person.standin.wait_for(is_quiet)
        assert fetches(person.standin) == 1

    def test_it_does_not_while_the_status_is_fresh(self, person, in_background):
        was_fetched(timedelta(minutes=4))
        person.client.get("/")
        person.standin.wait_for(is_quiet)

        assert fetches(person.standin) == 0


class TestAnAnswer:
    """What is left has changed when an answer has ended."""

    @pytest.fixture
    def scheduled(self, person, monkeypatch) -> list[tuple[float, Callable[[], None]]]:
        """What would be done later: seconds and work."""
        found: list[tuple[float, Callable[[], None]]] = []
        monkeypatch.setattr(key_status, "spawn_later", lambda seconds, name, work: found.append((seconds, work)))
        return found

    def test_it_is_asked_for_soon_once_for_many(self, person, scheduled):
        was_fetched(timedelta(minutes=2))
        for _ in range(3):
            person.asks("[[say Hello]]")
        ((seconds, work),) = scheduled
        assert seconds == key_status.SECONDS_AFTER_ANSWER
        work()

        assert fetches(person.standin) == 1
        assert StoredKey.objects.get().status["usage"] > 0

    def test_but_not_twice_within_a_minute(self, person, scheduled):
        was_fetched(timedelta(seconds=20))
        person.asks("[[say Hello]]")
        scheduled.pop()[1]()
        assert fetches(person.standin) == 0
        ((seconds, work),) = scheduled
        assert 35 < seconds <= 40

        was_fetched(timedelta(seconds=61))
        work()
        assert fetches(person.standin) == 1

    def test_and_not_while_another_process_asks(self, person, scheduled):
        was_fetched(timedelta(minutes=6))
        person.asks("[[say Hello]]")
        assert StoredKey.objects.all().claim()
        scheduled.pop()[1]()

        assert fetches(person.standin) == 0

    def test_and_not_while_openrouter_is_away(self, person, scheduled):
        StoredKey.objects.update(failures=2, next_fetch_at=timezone.now() + timedelta(hours=1))
        person.asks("[[say Hello]]")
        scheduled.pop()[1]()

        assert (fetches(person.standin), scheduled) == (0, [])


class TestTrouble:
    @pytest.mark.parametrize("trouble", [403, 429, 500, 502, 503, "drop", "garbage"])
    def test_what_was_said_stays_and_the_next_try_comes_later_each_time(self, person, trouble):
        person.standin.says_of_keys(limit=5, limit_remaining=1.25)
        key_status.refresh(person.user.pk)
        person.standin.answers(trouble, to="key", times=None)
        waits = []
        for _ in range(8):
            is_due()
            before = timezone.now()
            key_status.refresh(person.user.pk)
            waits.append(round((StoredKey.objects.get().next_fetch_at - before) / timedelta(minutes=1)))

        assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
        key = summarize_key(person.user)
        assert key
        assert (key.works, key.has_failed, str(key.info.limit_remaining)) == (True, True, "1.25")
        assert StoredKey.objects.get().rejected_at is None

    def test_a_dead_key_does_not_work_but_nobody_is_signed_out(self, person):
        key_status.refresh(person.user.pk)
        person.standin.revoke(*person.standin.people.keys)
        is_due()
        key_status.refresh(person.user.pk)
        key = summarize_key(person.user)

        assert key
        assert not key.works
        assert StoredKey.objects.get().rejected_at is None, "only an answer marks it"
        assert person.client.get("/account/").status_code == 200

    @pytest.mark.parametrize("trouble", [401, 403, 404, 429, 500, "drop", "garbage"])
    def test_a_balance_that_is_not_said_is_unknown(self, person, trouble):
        person.standin.says_of_credits(0.2)
        person.standin.answers(trouble, to="credits")
        key_status.refresh(person.user.pk)
        stored = StoredKey.objects.get()

        assert (stored.failures, stored.status["balance"]) == (0, None)
        is_due()
        key_status.refresh(person.user.pk)
        assert StoredKey.objects.get().status["balance"] == "0.2"

    @pytest.mark.database
    @pytest.mark.parametrize("value", ["\x00", "half \ud800", [["deep"] * 9], {"x": "\x00"}])
    def test_what_no_database_stores_is_left_out(self, person, value):
        facts = {"limit_reset": value, "limit": 7, "effective_budget": value, "expires_at": value}
        body = json.dumps({"data": facts}).encode()
        person.standin.answers_raw(body, content_type="application/json", to="key")
        key_status.refresh(person.user.pk)
        key = summarize_key(person.user)

        assert key
        assert key.info.limit == 7
        assert not problem_of_text(StoredKey.objects.get().status)
        assert person.client.get("/account/").status_code == 200

    def test_who_has_no_working_key_is_not_asked_about(self, person):
        StoredKey.objects.update(rejected_at=timezone.now())
        key_status.refresh(person.user.pk)
        person.client.post("/disconnect/")
        key_status.refresh(User.objects.get().pk)

        assert fetches(person.standin) == 0


class TestAnotherKey:
    def test_with_it_the_old_status_is_gone(self, person):
        person.standin.says_of_keys(expires_at="2026-01-01T00:00:00Z")
        key_status.refresh(person.user.pk)
        person.standin.says_of_keys()
        person.signs_in()
        stored = StoredKey.objects.get()

        assert (stored.status, stored.fetched_at, stored.failures, stored.is_due) == ({}, None, 0, True)

    def test_what_is_said_late_of_the_old_one_is_not_stored(self, person):
        may_answer = threading.Event()
        body = b'{"data": {"limit": 1, "limit_remaining": 0}}'
        person.standin.answers_raw([may_answer, body], content_type="application/json", to="key")
        background.spawn(f"{NAME}old", partial(key_status.refresh, person.user.pk))
        person.standin.wait_for(lambda: fetches(person.standin))
        person.signs_in()
        may_answer.set()
        person.standin.wait_for(is_quiet)

        assert StoredKey.objects.get().status == {}


class TestOnDemand:
    """The button on the account page."""

    def refreshes(self, person: Person):
        return person.client.post("/account/key/")

    def test_the_page_shows_what_is_new(self, person, in_background):
        was_fetched(timedelta(minutes=2))
        person.standin.says_of_keys(limit=5, limit_remaining=1.25)
        response = self.refreshes(person)

        assert (response.status_code, response.headers["Location"]) == (302, "/account/#key")
        assert "$1.25" in person.client.get("/account/").content.decode()

    def test_it_can_be_asked_for_once_a_minute(self, person, in_background):
        assert self.refreshes(person).status_code == 302
        response = self.refreshes(person)
        was_fetched(timedelta(minutes=2))  # says another process, whose clock is wrong
        again = self.refreshes(person)

        assert (response.status_code, again.status_code, fetches(person.standin)) == (429, 429, 1)
        assert "once a minute" in Page(response).one("#key").get_text()

    def test_it_waits_for_openrouter_a_moment_and_not_for_ever(self, person, in_background, monkeypatch):
        monkeypatch.setattr(key_status, "MAX_WAIT_SECONDS", 0.01)
        may_answer = threading.Event()
        person.standin.answers_raw([may_answer, b'{"data": {"usage": 3}}'], content_type="application/json", to="key")

        assert self.refreshes(person).status_code == 302
        assert StoredKey.objects.get().status == {}
        may_answer.set()
        person.standin.wait_for(lambda: StoredKey.objects.get().status)

    def test_without_a_key_there_is_nothing_to_ask(self, person):
        StoredKey.objects.all().delete()

        assert self.refreshes(person).status_code == 302

    def test_it_needs_a_post_and_a_sign_in(self, person):
        assert person.client.get("/account/key/").status_code == 405
        assert Person("bob", person.standin).client.post("/account/key/").headers["Location"].startswith("/?next=")
