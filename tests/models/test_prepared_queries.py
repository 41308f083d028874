"""Prepared queries do what the same querysets do, with other values each time. Runs on both databases."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, models
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from chat.models import Conversation, Message, Reply, User
from chat.models.prepared_queries import PreparedInsert, prepared, prepared_update

pytestmark = [pytest.mark.database, pytest.mark.django_db]

COST = Decimal("0.0123456789")


@prepared
def replies_since(chat: UUID, at: datetime) -> QuerySet[Reply]:
    replies = Reply.objects.filter(message__conversation=chat, asked_at__gte=at).order_by("asked_at")
    others = Message.objects.filter(conversation=OuterRef("message__conversation"), role="user")
    return replies.select_related("message__conversation").defer("reasoning").annotate(has_question=Exists(others))


@prepared
def titles_of(user: UUID, model: str) -> QuerySet[Any, tuple[UUID, str]]:
    return Conversation.objects.filter(user=user, model=model).order_by("title").values_list("id", "title")


@prepared_update
def store(id_: UUID, blocks: list, details: dict) -> tuple[QuerySet[Reply], dict[str, Any]]:  # type: ignore[type-arg]
    return Reply.objects.filter(pk=id_), {"blocks": blocks, "error_details": details}


@pytest.fixture
def user() -> User:
    return User.objects.create(openrouter_id=f"user_{uuid4()}")


def chat_of(user: User, title: str = "Bread") -> Conversation:
    return Conversation.objects.create(user=user, title=title, model="some/model")


def answer_in(chat: Conversation) -> Reply:
    question = Message.objects.create(conversation=chat, role="user", text="Hello?")
    answer = Message.objects.create(conversation=chat, parent=question, role="assistant")
    return Reply.objects.create(message=answer, model="some/model", max_completion_tokens=1, cost=COST)


def columns_of(found: models.Model) -> dict[str, Any]:
    return {name: value for name, value in found.__dict__.items() if not name.startswith("_")}


def test_objects_are_those_of_the_queryset(user, django_assert_num_queries):
    first, second = answer_in(chat_of(user)), answer_in(chat_of(user, "Beer"))
    for reply in (first, second):
        chat = reply.message.conversation
        with django_assert_num_queries(1):
            (found,) = replies_since(chat.pk, reply.asked_at)
            assert (found, found.message, found.message.conversation) == (reply, reply.message, chat)
        expected = Reply.objects.defer("reasoning").get(pk=reply.pk)
        assert columns_of(found) == {**columns_of(expected), "has_question": True}
        assert (found.cost, found.asked_at, found._state.adding) == (COST, reply.asked_at, False)
    assert replies_since(first.message.conversation_id, timezone.now() + timedelta(seconds=1)) == []


def test_tuples_are_those_of_the_queryset(user):
    bread, beer = chat_of(user), chat_of(user, "Beer")
    assert titles_of(user.pk, "some/model") == [(beer.pk, "Beer"), (bread.pk, "Bread")]
    assert titles_of(user.pk, "another/model") == titles_of(uuid4(), "some/model") == []


def test_an_update_says_how_many_rows_it_changed(user):
    reply, other = answer_in(chat_of(user)), answer_in(chat_of(user))
    assert store(reply.pk, [["text", "<p>'One' 100 %</p>"]], {"after": 2.5}) == 1
    assert store(uuid4(), [], {}) == 0

    reply.refresh_from_db()
    other.refresh_from_db()
    assert (reply.blocks, reply.error_details) == ([["text", "<p>'One' 100 %</p>"]], {"after": 2.5})
    assert (other.blocks, other.error_details) == ([], {})


def test_inserted_objects_are_as_if_saved(user):
    chat = chat_of(user)
    messages = [Message(conversation=chat, role="user", text=text) for text in ("100 % 'so'", "\u2603")]
    PreparedInsert(Message)(*messages)

    stored = chat.messages.order_by("created_at")
    assert [columns_of(each) for each in stored] == [columns_of(each) for each in messages]
    messages[0].text = "changed"
    messages[0].save()
    assert chat.messages.count() == 2


@pytest.mark.django_db(transaction=True)
def test_what_exists_is_not_inserted_again(user):
    message = Message(conversation=chat_of(user), role="user")
    PreparedInsert(Message)(message)
    with pytest.raises(IntegrityError):
        PreparedInsert(Message)(message)
    connection.close()
