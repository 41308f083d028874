"""The parts of what a chat has cost add up to the sum in its heading, whatever became of the answers."""

from decimal import Decimal

import pytest

from chat.models import Charge, Conversation, Reply
from chat.spending.chat_costs import parts_of
from tests.django_client import Page

pytestmark = pytest.mark.database


@pytest.fixture(autouse=True)
def _signed_in(alice):
    alice.signs_in()


@pytest.fixture
def chat(alice):
    alice.asks("[[say One.]]")
    return Conversation.objects.get()


def retry(person, reply):
    person.client.post(f"/replies/{reply.pk}/retry/")
    person.follows(person.latest_reply())
    return person.latest_reply()


def counts(chat):
    return {name: part.count for name, part in parts_of(chat).items()}


def total(chat):
    return sum(part.dollars for part in parts_of(chat).values())


def test_everything_that_was_paid_is_in_one_part(alice, chat):
    first = alice.latest_reply()
    second = retry(alice, first)
    alice.asks("[[tokens n=30]] [[cut after=20]]", chat=chat)
    alice.asks("[[say Two.]]", chat=chat)
    alice.client.post(f"/messages/{retry(alice, alice.latest_reply()).message_id}/deletion/")
    chat.refresh_from_db()
    Conversation.objects.update(title_cost=Decimal("0.0000000007"))
    Charge.objects.create(
        user=alice.user,
        kind="title",
        conversation=chat.pk,
        day=second.asked_at,
        model="m",
        cost=Decimal("0.0000000007"),
    )
    chat = Conversation.objects.get()

    assert counts(chat) == {"shown": 2, "versions": 1, "incomplete": 1, "deleted": 1, "titles": 1}
    assert total(chat) == chat.cost > 0


def test_a_cost_that_is_not_known_is_counted_and_not_taken_for_nothing(alice, chat):
    Reply.objects.update(cost=None)
    Charge.objects.update(cost=None)
    (part,) = parts_of(chat).values()

    assert (part.count, part.unknown, part.dollars) == (1, 1, Decimal(0))
    page = alice.client.get(f"/chats/{chat.pk}/spending/").content.decode()
    assert "1 cost not known yet" in page
    assert "aren&#x27;t known" in page or "aren't known" in page


def test_imported_answers_are_a_part_of_their_own(chat, alice):
    Conversation.objects.update(title_cost=Decimal("0.5"))
    chat.refresh_from_db()
    Charge.objects.all().delete()  # what an import leaves: an answer with a cost that this site did not pay

    assert counts(chat) == {"imported": 1}
    assert total(chat) == chat.cost > Decimal("0.5")
    assert "Imported answers were paid for" in alice.client.get(f"/chats/{chat.pk}/spending/").content.decode()


def test_a_chat_that_was_branched_off_has_cost_nothing(alice, chat):
    alice.client.post(f"/messages/{alice.latest_reply().message_id}/fork/")
    branch = Conversation.objects.exclude(pk=chat.pk).get()

    assert parts_of(branch) == {}
    assert "has cost nothing yet" in alice.client.get(f"/chats/{branch.pk}/spending/").content.decode()


def test_the_sum_in_the_heading_leads_there(alice, chat):
    (link,) = alice.looks_at(chat).soup.select("#chat-cost a")
    page = Page(alice.client.get(link["href"]))

    assert page.one("tfoot td").get_text() == link.get_text().split()[-1]
    assert page.one("tbody th").get_text(" ", strip=True) == "Answers shown in the chat 1 answer"
