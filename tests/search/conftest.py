"""As in tests/conversations: somebody with a chat, straight in the database."""

from tests.conversations.conftest import chat, me

__all__ = ["chat", "me"]
