"""Credits that other answers have reserved: the reply waits, says so, and asks again by itself."""

import threading
import time

import pytest

from chat.models import Reply, StoredKey
from chat.openrouter import BudgetTooSmall, InFlightBudget, KeyLimitReached
from chat.replies import budget_wait, live
from chat.replies.budget_wait import MAX_PAUSE_SECONDS, MAX_PAUSES, MAX_TOTAL_SECONDS, BudgetWait
from chat.replies.live import LiveReply
from chat.replies.shutdown import drain
from chat.streaming import follow
from chat.streaming.stored_reply import StoredReply
from tests.replies.screen import reading
from tests.replies.test_other_process import makes

LONG = {"kind": "in-flight", "retry_after": 50}


@pytest.fixture
def pauses(monkeypatch) -> list[float]:
    """How long replies would wait; nobody does."""
    asked: list[float] = []
    monkeypatch.setattr(LiveReply, "pause", lambda reply, seconds: asked.append(seconds))
    return asked


def is_pause(event) -> bool:
    return event.name == "quiet" and event.data.startswith("-")


def begins_to_wait(person) -> Reply:
    person.standin.answers(402, **LONG)
    person.sends("Hello? [[say Hello]]")
    person.standin.wait_for(lambda: [reply for reply in live.running() if reply.resumes_at])
    reply = person.latest_reply()
    return reply


def asked(person) -> int:
    return len(person.standin.chat_requests)


@pytest.mark.parametrize("mark", ["[[error 402 in-flight retry_after=7]]", "[[sole-error 402 in-flight]]"])
def test_it_waits_as_long_as_openrouter_says_and_asks_again(alice, pauses, mark):
    alice.standin.answers(mark, times=2)
    page = alice.asks("[[say Hello]]")

    assert (page.state, page.text) == ("complete", "Hello")
    assert pauses == ([7, 7] if "retry_after" in mark else [4, 8])
    assert asked(alice) == 3
    assert alice.latest_reply().error_details == {}


def test_it_gives_up_with_the_sentence_and_retry(alice, pauses):
    alice.standin.answers(402, kind="in-flight", times=None)
    page = alice.asks("Hello?")

    assert page.error == "Running answers have reserved your credits. Try again in 120 seconds."
    assert page.action("Retry")
    assert 0 < sum(pauses) <= MAX_TOTAL_SECONDS
    assert max(pauses) <= MAX_PAUSE_SECONDS
    assert asked(alice) == len(pauses) + 1
    assert StoredKey.objects.get(user=alice.user).rejected_at is None


def pauses_of(error) -> int:
    """How often it is asked again after this error."""
    wait, reply = BudgetWait(), LiveReply(Reply().pk)
    return next(times for times in range(100) if not wait.wait_after(error, reply))


@pytest.mark.parametrize("seconds", [0, -5, 0.01, 1])
def test_a_short_pause_is_a_second_and_not_endless(site, pauses, seconds):
    assert pauses_of(InFlightBudget(details={"retry_after": seconds})) == MAX_PAUSES
    assert min(pauses) >= 1


def test_without_a_hint_the_pauses_grow(site, pauses):
    assert pauses_of(InFlightBudget()) == len(pauses)
    assert pauses == sorted(pauses)
    assert pauses[0] < pauses[1] <= MAX_PAUSE_SECONDS
    assert sum(pauses) <= MAX_TOTAL_SECONDS


@pytest.mark.parametrize("error", [BudgetTooSmall(), KeyLimitReached()])
def test_other_limits_are_not_waited_for(site, pauses, error):
    assert pauses_of(error) == 0


def test_what_has_begun_is_not_asked_twice(alice, pauses):
    page = alice.asks("[[tokens n=20]] [[midstream code=402 kind=in-flight]]")

    assert (page.state, pauses, asked(alice)) == ("failed", [], 1)
    assert page.error.startswith("Running answers have reserved your credits.")


def test_a_small_balance_with_a_large_message_is_not_waited_for(alice, pauses):
    assert "could cost more" in alice.asks("[[error 402 weight]]").error
    assert not pauses


def test_the_page_and_the_stream_say_how_long(alice):
    reply = begins_to_wait(alice)
    line = alice.looks_at(reply.message.conversation).answer.select_one(".waiting > p")
    with reading(alice, reply) as events:
        event = next(event for event in events if is_pause(event))

    words = line.get_text().split()
    assert words[0] == "Waiting"
    assert 30 < int(words[1]) <= 50
    assert " ".join(words[2:]) == "s: your other answers have reserved your credits."
    assert -50 <= int(event.data.split()[0]) < -30
    assert asked(alice) == 1


def test_other_processes_know(alice):
    reply = makes(alice, said=[])
    Reply.objects.filter(pk=reply.pk).update(state="waiting")
    source = StoredReply(reply)
    resumes_at = time.time() + 40
    Reply.objects.filter(pk=reply.pk).update(error_details=budget_wait.as_details(resumes_at))

    assert source.wait(0, 20) == 0
    assert source.resumes_at == pytest.approx(resumes_at, abs=1)
    page = alice.looks_at(reply.message.conversation)
    assert "your other answers have reserved your credits" in page.answer.select_one(".waiting").get_text()


def test_a_reader_learns_of_it_at_once_and_then_as_of_any_silence(alice, monkeypatch):
    monkeypatch.setattr(follow, "LOOK_SECONDS", 0.01)
    reply = begins_to_wait(alice)
    with reading(alice, reply) as events:
        first = next(events)
        monkeypatch.setattr(follow, "HEARTBEAT_SECONDS", 0.1)
        heard = [first, next(events), next(events)]

    assert all(map(is_pause, heard))


@pytest.mark.parametrize("elsewhere", [False, True], ids=["here", "in another process"])
def test_stop_ends_the_wait_at_once(alice, elsewhere):
    reply = begins_to_wait(alice)
    if elsewhere:
        Reply.objects.filter(pk=reply.pk).update(stop_requested_at=reply.asked_at)
    else:
        alice.client.post(f"/replies/{reply.id}/cancellation/", headers={"HX-Request": "true"})
    alice.standin.wait_for(lambda: not alice.latest_reply().is_running, seconds=20)

    reply.refresh_from_db()
    assert (reply.state, reply.error_kind, reply.error_message, reply.error_details) == ("stopped", "", "", {})
    assert asked(alice) == 1


def test_its_lease_is_renewed_meanwhile(alice):
    reply = begins_to_wait(alice)
    before = Reply.objects.get(pk=reply.pk).lease_until

    alice.standin.wait_for(lambda: Reply.objects.filter(pk=reply.pk, lease_until__gt=before).exists())


def test_a_shutdown_interrupts_it_and_it_can_be_asked_again(alice, monkeypatch):
    monkeypatch.setattr("chat.replies.lease.close", lambda: None)
    reply = begins_to_wait(alice)
    drain(0)
    page = alice.looks_at(reply.message.conversation)

    assert (page.state, asked(alice)) == ("interrupted", 1)
    assert page.action("Retry")


def test_a_stop_between_refusal_and_pause_is_not_lost(db):
    reply = LiveReply(Reply().pk)
    reply.stop()
    waiting = threading.Thread(target=reply.pause, args=[50])
    waiting.start()
    waiting.join(20)

    assert not waiting.is_alive()
