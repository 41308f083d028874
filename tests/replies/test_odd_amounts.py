"""Whatever numbers come, what is stored is what is read back, and no page breaks on it: on each database."""

import json
from decimal import Decimal
from importlib import import_module

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from chat.models import Conversation, Reply
from chat.openrouter.answer_parts.events import Usage
from chat.sanitize import MAX_DOLLARS, storable_dollars, storable_fields
from tests.archive.handwritten_chats import a_chat, a_question, an_answer
from tests.replies.test_odd_values import answers
from tests.standin.wire import DONE, Wire

pytestmark = pytest.mark.database

wire = Wire("gen-1", 1_790_000_000, "openai/gpt-5.4-mini", "OpenAI")
MOST = Decimal("99999.9999999999")

AMOUNTS = [
    "0",
    "1e-12",
    "0.1",
    "0.000001234567",
    "0.0123456789",
    "1.2345678901",
    "999.123456789012",
    "99999.9999999999",
    "12345.6789012345",
    "90071.9925474099",
]


def every_page_opens(person) -> None:
    chat = Conversation.objects.get()
    for path in ("/", "/account/", "/chats/", "/search/?q=Hello", f"/chats/{chat.pk}/"):
        assert person.client.get(path).status_code == 200
    for kind in ("json", "md", "zip"):
        assert b"".join(person.client.get(f"/chats/{chat.pk}/export.{kind}").streaming_content)


@pytest.mark.parametrize("amount", AMOUNTS)
def test_an_amount_comes_back_as_it_was_stored(alice, amount):
    alice.asks("Hello?")
    Reply.objects.update(**storable_fields({"cost": Decimal(amount)}))

    assert Reply.objects.get().cost == Decimal(amount)


@pytest.mark.parametrize(
    ("amount", "stored"),
    [
        ("99999.99999999999999", MOST),
        ("0.0000000000009", Decimal(0)),
        ("0.1234567890129", Decimal("0.123456789012")),
        ("1234.5678901234567", Decimal("1234.56789012345")),
        ("100000", None),
        ("999999.99999999999999", None),
        ("-0.1", None),
    ],
)
def test_an_amount_is_stored_so_that_it_can_be_read(amount, stored):
    assert storable_dollars(Decimal(amount)) == stored
    assert stored is None or stored < MAX_DOLLARS


@pytest.mark.parametrize("cost", [999999.9999999999, 99999.999999999, "999999.99999999999999", 1e20, 10**400, "1e999"])
def test_pages_open_whatever_an_answer_cost(alice, cost):
    answers(alice, wire.text("Hello"), usage={"prompt_tokens": 10**17, "completion_tokens": 10**400, "cost": cost})
    assert alice.asks("Hello?").text == "Hello"
    every_page_opens(alice)
    alice.client.post("/account/deletion/", {"sure": "yes"})
    assert not Conversation.objects.exists()


def test_a_number_of_thousands_of_digits_costs_only_itself(alice):
    chunk = wire.chunk({}, "stop", usage={"prompt_tokens": 12345, "completion_tokens": 2, "cost": 0.5})
    alice.standin.answers_raw([wire.text("Hello"), chunk.replace(b"12345", b"1" * 5000), DONE])
    page = alice.asks("Hello?")

    reply = alice.latest_reply()
    assert (page.state, page.text) == ("complete", "Hello")
    assert (reply.prompt_tokens, reply.completion_tokens, reply.cost) == (0, 2, Decimal("0.5"))


@pytest.mark.parametrize("word", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
def test_what_is_no_number_costs_only_itself(alice, word):
    chunk = wire.chunk({}, "stop", usage={"prompt_tokens": 12345, "completion_tokens": 2, "cost": 0.5})
    alice.standin.answers_raw([wire.text("Hello"), chunk.replace(b"12345", word), DONE])

    assert alice.asks("Hello?").state == "complete"
    assert alice.latest_reply().cost == Decimal("0.5")
    every_page_opens(alice)


@pytest.mark.parametrize("cost", ["999999.99999999999999", "99999.99999999999999", "1e20", "9" * 12, "NaN"])
def test_pages_open_whatever_an_imported_chat_cost(alice, cost):
    alice.signs_in()
    usage = {"prompt_tokens": 10**17, "completion_tokens": 5}
    answer = an_answer(reply={"cost": cost, "usage": usage, "state": "complete", "model": "m"})
    chat = a_chat(messages=[a_question(), answer], title_cost=cost)
    file = SimpleUploadedFile("chat.json", json.dumps(chat).encode())

    assert alice.client.post("/account/import/", {"archive": file}).status_code == 200
    every_page_opens(alice)


def test_a_chat_of_the_dearest_answers_opens(alice):
    for _ in range(3):
        alice.asks("Hello?", chat=Conversation.objects.first())
    Reply.objects.update(cost=MOST)
    Conversation.objects.update(title_cost=MOST)
    for reply in Reply.objects.all():
        assert reply.cost == MOST

    assert round(Conversation.objects.get().cost or 0) == 400_000
    every_page_opens(alice)


def test_a_cost_that_was_stored_too_large_is_forgotten(alice):
    """What an earlier version took: on SQLite each look at such a row failed."""
    alice.asks("Hello?")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE chat_reply SET cost = 999999.9999999999")
        cursor.execute("UPDATE chat_conversation SET title_cost = 999999.9999999999")
    import_module("chat.migrations.0007_readable_costs").forget_unreadable_costs(apps, None)

    assert Reply.objects.get().cost is None
    every_page_opens(alice)


def test_nothing_else_of_usage_is_a_number_without_bounds():
    facts = storable_fields({"prompt_tokens": 10**17, "cost": Decimal("1e14")})

    assert facts == {"prompt_tokens": None, "cost": None}
    assert Usage().cost is None
