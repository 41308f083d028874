"""Somebody with a chat, straight in the database."""

import pytest

from chat.models import Conversation, User


@pytest.fixture
def me(db) -> User:
    return User.objects.create(openrouter_id="user_me")


@pytest.fixture
def chat(me) -> Conversation:
    return Conversation.objects.create(user=me, title="Untitled", model="m")
