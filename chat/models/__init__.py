"""The database tables, a module for each subject. Other packages import model classes from here."""

from chat.models.account import EnterSends, Session, SignInAttempt, StoredKey, User, digest, new_nonce
from chat.models.catalogue import CatalogueSnapshot, ModelProviders, PersonalModels, TokenCalibration
from chat.models.charge import Charge
from chat.models.conversation import LISTED, Attachment, Conversation, Message, TitleBy
from chat.models.file import PDF, File, MessageFile
from chat.models.image import Image, MessageImage
from chat.models.installation import Installation
from chat.models.mcp import McpServer, McpSignIn, McpTool
from chat.models.preset import Preset
from chat.models.prompt import Prompt
from chat.models.reply import Decision, Piece, Reply
from chat.models.search import Findable
from chat.models.voice import SpokenPart

__all__ = [
    "LISTED",
    "PDF",
    "Attachment",
    "CatalogueSnapshot",
    "Charge",
    "Conversation",
    "Decision",
    "EnterSends",
    "File",
    "Findable",
    "Image",
    "Installation",
    "McpServer",
    "McpSignIn",
    "McpTool",
    "Message",
    "MessageFile",
    "MessageImage",
    "ModelProviders",
    "PersonalModels",
    "Piece",
    "Preset",
    "Prompt",
    "Reply",
    "Session",
    "SignInAttempt",
    "SpokenPart",
    "StoredKey",
    "TitleBy",
    "TokenCalibration",
    "User",
    "digest",
    "new_nonce",
]
