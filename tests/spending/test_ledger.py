"""The ledger has a row for each answer and title, exact to the digit, and keeps it when the chat is gone."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone

from chat.deletion import conversations
from chat.models import Charge, Conversation, Reply
from chat.models.dollars import DollarsField
from chat.spending import cost_lookup
from chat.spending.ledger import add_to_chat, pending_charge
from chat.spending.settle import settle
from tests.django_client import Person

pytestmark = pytest.mark.database
Kind = Charge.Kind


@pytest.fixture(autouse=True)
def _signed_in(alice):
    alice.signs_in()


def test_an_answer_is_written_with_what_openrouter_said(alice):
    alice.asks("[[say Hello.]]")

    reply, charge = alice.latest_reply(), Charge.objects.get()
    assert (charge.id, charge.user, charge.conversation) == (reply.id, alice.user, reply.message.conversation_id)
    assert charge.cost == reply.cost > 0
    assert (charge.model, charge.provider, charge.state) == (reply.model, reply.provider, "complete")
    assert (charge.prompt_tokens, charge.completion_tokens) == (reply.prompt_tokens, reply.completion_tokens)
    assert charge.estimate == 0
    assert charge.day == reply.asked_at.date()


def test_what_openrouter_refuses_costs_nothing_and_is_not_written(alice):
    alice.asks("[[error 402 credits]]")

    assert not Charge.objects.exists()


def test_a_chat_that_is_removed_leaves_what_it_cost(alice):
    alice.asks("[[say Hello.]]")
    cost = alice.latest_reply().cost
    conversations.delete(alice.user.conversations.all())
    Conversation.with_deleted.update(deleted_at=timezone.now() - timedelta(hours=1))
    conversations.purge(Conversation.with_deleted.all())

    assert not Reply.objects.exists()
    assert Charge.objects.get().cost == cost


def test_deleting_an_account_removes_it(alice):
    alice.asks("[[say Hello.]]")
    alice.client.post("/account/deletion/", {"sure": "yes"})

    assert not Charge.objects.exists()


def test_sums_are_exact(alice):
    user = alice.user

    def charge(cost: str) -> Charge:
        return Charge(user=user, conversation=user.pk, day="2026-11-01", model="m", cost=Decimal(cost))

    costs = ["0.1", "0.2", "0.000000000001", "1234.567890123456", "0.000000000003"] * 200
    Charge.objects.bulk_create(map(charge, costs))

    assert Charge.objects.aggregate(sum=Sum("cost", output_field=DollarsField()))["sum"] == sum(map(Decimal, costs))


class TestAnUnknownCost:
    @pytest.fixture
    def charge(self, alice):
        alice.standin.settings.generation_seconds = 1000
        alice.asks("[[tokens n=30]] [[cut after=20]]")
        return Charge.objects.get()

    def test_is_looked_up_again_later_by_one_process(self, alice, charge):
        assert charge.cost is None
        assert charge.next_lookup_at > timezone.now()
        alice.standin.later(1000)
        cost_lookup.look_up_due()
        assert Charge.objects.get().cost is None, "it is not due yet"

        Charge.objects.update(next_lookup_at=timezone.now())
        cost_lookup.look_up_due()
        charge.refresh_from_db()
        assert charge.cost == alice.latest_reply().cost is not None
        assert charge.next_lookup_at is None

    def test_is_asked_for_less_and_less_often_and_given_up_in_the_end(self, charge):
        waits = []
        for age in (timedelta(minutes=1), timedelta(hours=1), timedelta(days=2)):
            now = timezone.now()
            Charge.objects.update(asked_at=now - age, next_lookup_at=now)
            cost_lookup.look_up_due()
            waits += [at - now for at in Charge.objects.values_list("next_lookup_at", flat=True) if at]
        assert waits == sorted(waits)
        assert waits[-1] > timedelta(days=1)

        Charge.objects.update(asked_at=timezone.now() - timedelta(days=8), next_lookup_at=timezone.now())
        cost_lookup.look_up_due()
        assert Charge.objects.get().next_lookup_at is None

    def test_of_a_removed_chat_is_looked_up_all_the_same(self, alice, charge):
        Conversation.objects.all().delete()
        alice.standin.later(1000)
        Charge.objects.update(next_lookup_at=timezone.now())
        cost_lookup.look_up_due()

        assert Charge.objects.get().cost is not None


def test_a_title_is_written_too(alice: Person):
    alice.client.post("/preferences/", {"titles_by_model": "on"})
    alice.asks("[[say Hello.]]")
    alice.standin.wait_for(lambda: Conversation.objects.get().title_cost is not None)

    title = Charge.objects.get(kind="title")
    assert title.cost
    assert title.cost == Conversation.objects.get().title_cost
    assert title.estimate == 0
    assert title.generation_id


class TestVoiceOfAChat:
    """The sum of what was dictated in a chat and read aloud."""

    def test_two_costs_that_come_at_once_are_both_in_it(self, alice):
        chat = Conversation.objects.create(user=alice.user, title="Bread", model="m")
        first, second = (
            pending_charge(alice.user.pk, Kind.SPEECH, "m", conversation=chat.pk, estimate=None) for _ in range(2)
        )
        Charge.objects.bulk_create([first, second])
        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                Charge.objects.filter(pk=first.pk).update(cost=Decimal(1))
                add_to_chat(first, Decimal(1))
                other = pool.submit(self.settles, second)
                alice.standin.wait_for(lambda: other.done() or is_somebody_waiting())
            other.result()

        assert Conversation.objects.get().voice_cost == 3

    def settles(self, charge: Charge) -> None:
        settle(charge, cost=Decimal(2), generation_id="gen-2")
        connection.close()

    def test_what_is_for_no_chat_is_not_added_up(self, alice, django_assert_num_queries):
        charge = pending_charge(alice.user.pk, Kind.DICTATION, "m", estimate=None)
        with django_assert_num_queries(0):
            add_to_chat(charge, Decimal(1))


def is_somebody_waiting() -> bool:
    """For a lock: on SQLite whoever comes second waits for the whole transaction."""
    if connection.vendor == "sqlite":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
        return cursor.fetchone() is not None
