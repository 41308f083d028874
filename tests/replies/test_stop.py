"""POST /replies/<id>/cancellation/: the answer ends where it is, and so does the bill."""

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from chat.models import Reply
from chat.replies import checkpoint, generate, live
from tests.django_client import HTMX, Person
from tests.replies.screen import Screen, reading

HALF = "".join(f"{number} " for number in range(1, 11))


def begins(person: Person, marks: str) -> Reply:
    """A reply of which the request has reached OpenRouter."""
    person.sends(marks)
    person.standin.wait_for(lambda: person.standin.chat_requests)
    return person.latest_reply()


def has(reply: Reply, text: str) -> bool:
    made_here = live.find(reply.pk)
    return made_here is not None and "".join(delta.content for delta in made_here.deltas) == text


def stops(person: Person, reply: Reply):
    return person.client.post(reply.cancellation_url, headers=HTMX)


def ended(person: Person, reply: Reply) -> Reply:
    person.standin.wait_for(lambda: not live.running())
    return person.latest_reply()


def test_the_text_stays_and_the_line_is_closed(alice):
    reply = begins(alice, "[[tokens n=20]] [[mute after=10]]")
    alice.standin.wait_for(lambda: has(reply, HALF))

    assert stops(alice, reply).status_code == 204
    reply = ended(alice, reply)
    assert (reply.state, reply.error_kind, reply.message.text) == ("stopped", "", HALF)
    assert reply.finished_at
    alice.standin.wait_for(lambda: alice.standin.closed_early)
    page = alice.looks_at(reply.message.conversation)
    assert (page.state, page.text) == ("stopped", HALF.strip())
    assert not page.answer.select('[role="alert"]')


def test_it_does_not_wait_for_the_next_checkpoint(alice):
    reply = begins(alice, "[[mute]]")
    with checkpoint.write_lock:
        stops(alice, reply)
        alice.standin.wait_for(lambda: alice.standin.closed_early)


def test_it_does_not_wait_for_the_database(alice):
    reply = begins(alice, "[[mute]]")

    def refuse(execute, sql, *args):
        if sql.startswith("UPDATE"):
            raise OperationalError("away")
        return execute(sql, *args)

    with connection.execute_wrapper(refuse):
        assert stops(alice, reply).status_code == 204
    assert ended(alice, reply).state == "stopped"


@pytest.mark.parametrize("mark", ["[[silence]]", "[[headers after=600]]", "[[slow first=600]]"])
def test_it_works_while_the_model_is_silent(alice, mark):
    reply = begins(alice, f"Hello? {mark}")
    stops(alice, reply)
    reply = ended(alice, reply)

    assert alice.standin.wait_for(lambda: alice.standin.closed_early)
    assert (reply.state, reply.message.text) == ("stopped", "")


def test_the_readers_see_it(alice):
    reply = begins(alice, "[[tokens n=20]] [[mute after=10]]")
    screen = Screen()
    with reading(alice, reply) as events:
        while "10" not in screen.places.get(f"tail-{reply.id}", ""):
            screen.apply(next(events))
        stops(alice, reply)
        for event in events:
            screen.apply(event)

    assert screen.heard[-1] == ("done", "stopped")
    assert HALF.strip() in screen.places[f"done-{reply.id}"]
    assert screen.places["status"] == "Answer stopped"
    assert 'aria-label="Send"' in screen.places["composer-action"]


def test_what_nobody_has_begun_is_never_asked(alice):
    alice.sends_with_htmx("Hello?")
    reply = alice.latest_reply()
    stops(alice, reply)

    assert Screen().follow(alice, reply).heard == [("done", "stopped")]
    assert not alice.standin.chat_requests


def test_without_javascript_the_page_comes_back_stopped(alice):
    reply = begins(alice, "[[tokens n=20]] [[mute after=10]]")
    response = alice.client.post(reply.cancellation_url)

    assert response.headers["Location"] == reply.message.conversation.get_absolute_url()
    assert alice.looks_at(reply.message.conversation).state == "stopped"


def test_a_request_that_came_to_another_process_is_seen_at_the_next_checkpoint(alice):
    reply = begins(alice, "[[mute]]")
    Reply.objects.update(stop_requested_at=timezone.now())

    assert ended(alice, reply).state == "stopped"


def test_a_finished_answer_stays_as_it_is(alice):
    alice.asks("[[say Hello]]")
    before = Reply.objects.values().get()
    assert stops(alice, alice.latest_reply()).status_code == 204

    assert Reply.objects.values().get() == before


def test_a_second_click_changes_nothing(alice):
    reply = begins(alice, "[[mute]]")
    stops(alice, reply)
    stops(alice, reply)

    assert ended(alice, reply).state == "stopped"


@pytest.mark.parametrize("address", ["{chat}deletion/", "/chats/deletion/"], ids=["one", "all"])
def test_deleting_a_chat_ends_the_bill_and_undo_has_what_came(alice, address):
    reply = begins(alice, "[[tokens n=20]] [[mute after=10]]")
    alice.standin.wait_for(lambda: has(reply, HALF))
    chat = reply.message.conversation
    alice.client.post(address.format(chat=chat.get_absolute_url()))

    alice.standin.wait_for(lambda: alice.standin.closed_early)
    assert alice.client.get(chat.get_absolute_url()).status_code == 404
    ended(alice, reply)
    alice.client.post(f"{chat.get_absolute_url()}restoration/")
    page = alice.looks_at(chat)
    assert (page.state, page.text) == ("stopped", HALF.strip())


def test_deleting_the_account_ends_the_bill(alice):
    begins(alice, "[[mute]]")
    alice.client.post("/account/deletion/", {"sure": "yes"})

    alice.standin.wait_for(lambda: alice.standin.closed_early)
    assert not Reply.objects.exists()


def test_deleting_what_nobody_has_begun_asks_nobody(alice):
    alice.sends_with_htmx("Hello?")
    reply = alice.latest_reply()
    alice.client.post("/chats/deletion/")
    generate.start(reply)

    reply.refresh_from_db()
    assert (reply.state, alice.standin.chat_requests) == ("stopped", [])
