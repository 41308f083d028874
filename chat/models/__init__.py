"""Where Django looks for models. Each lives in the room that it belongs to."""

from chat.catalogue.models import CatalogueSnapshot
from chat.conversations.models import Attachment, Conversation, Message, MessagePicture, Picture
from chat.conversations.search.models import Findable
from chat.replies.models import Piece, Reply
from chat.signin.models import Session, SignInAttempt, StoredKey, User
from chat.upkeep.models import Installation

__all__ = [
    "Attachment",
    "CatalogueSnapshot",
    "Conversation",
    "Findable",
    "Installation",
    "Message",
    "MessagePicture",
    "Picture",
    "Piece",
    "Reply",
    "Session",
    "SignInAttempt",
    "StoredKey",
    "User",
]
