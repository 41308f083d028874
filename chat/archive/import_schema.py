"""A chat that a file tells of, in the format of docs/export-format.md: checked, and not stored yet."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from chat.archive.export_json import FORMAT, TOKENS, VERSION
from chat.archive.json_reader import JsonFields, UnreadableFile, parsed
from chat.archive.unsupported_files import check_supported, not_supported
from chat.conversations.attachments import clean_attachment_name
from chat.models import Message, Reply, TitleBy
from chat.replies.sources import StoredSources, add_source
from chat.streaming.remedies import REMEDIES

MOST_MESSAGES = 10_000
MOST_IMAGES = 64  # of one message
MOST_ATTACHMENTS = 64
MOST_CITATIONS = 200
LONGEST_TEXT = 2_000_000  # characters of a message, or of thoughts
LONGEST_ID = 100
INSTANT = timedelta(microseconds=1)
WITHOUT_END = {Reply.State.WAITING, Reply.State.STREAMING}  # whoever made them has not told how they ended


@dataclass(frozen=True)
class ImportedImage:
    file: str  # a name to look up among those of the zip, and nothing else
    is_sent_along: bool
    after_blocks: int | None


@dataclass(frozen=True)
class ImportedMessage:
    id: str
    parent: str
    columns: dict[str, Any]  # of Message
    images: list[ImportedImage]
    attachments: list[dict[str, str]]  # columns of Attachment
    reply: dict[str, Any] | None  # columns of Reply
    continues: str  # the id of the answer's message

    @property
    def text(self) -> str:
        return str(self.columns["text"])

    def be_later_than(self, other: "ImportedMessage") -> None:
        self.columns["created_at"] = max(self.columns["created_at"], other.columns["created_at"] + INSTANT)


@dataclass(frozen=True)
class ImportedChat:
    id: str
    columns: dict[str, Any]  # of Conversation
    messages: list[ImportedMessage]


def read_chat(content: bytes) -> ImportedChat:
    """Raises Unreadable. Python all through: for more than a little, call it beside the loop."""
    check_supported(content)
    fields = parsed(content)
    if not isinstance(fields, dict) or fields.get("format") != FORMAT:
        raise not_supported()
    told = JsonFields(fields)
    if told.count("version") != VERSION:
        raise UnreadableFile(_("It was exported by a newer version of Potluck."))
    messages = [_message(each) for each in told.many("messages", most=MOST_MESSAGES)]
    _check_tree(messages)
    return ImportedChat(told.bounded_text("id", most=LONGEST_ID), _chat_columns(told), messages)


def _chat_columns(told: JsonFields) -> dict[str, Any]:
    created_at = told.certain_moment("created_at")
    return {
        "title": " ".join(told.text("title").split())[:200] or _("Chat"),
        "title_by": told.choice("title_by", TitleBy.values, TitleBy.RULE),
        "title_cost": told.dollars("title_cost"),
        "model": told.text("model", most=200),
        "created_at": created_at,
        "updated_at": told.moment("updated_at") or created_at,
        "pinned_at": told.moment("pinned_at"),
    }


def _message(told: JsonFields) -> ImportedMessage:
    role = told.choice("role", Message.Role.values)
    reply = told.one("reply")
    if (reply is None) == (role == Message.Role.ASSISTANT):
        raise UnreadableFile(_("A message has the wrong role."))
    return ImportedMessage(
        id=told.bounded_text("id", most=LONGEST_ID),
        parent=told.bounded_text("parent", most=LONGEST_ID),
        columns={
            "role": role,
            "text": told.bounded_text("text", most=LONGEST_TEXT),
            "created_at": told.certain_moment("created_at"),
            "edited_at": told.moment("edited_at"),
            "deleted_at": told.moment("deleted_at"),
        },
        images=[
            ImportedImage(
                file=each.text("file", most=300),
                is_sent_along=each.flag("is_sent_along", default=True),
                after_blocks=each.count("after_blocks"),
            )
            for each in told.many("pictures", most=MOST_IMAGES)
        ],
        attachments=[
            {"name": clean_attachment_name(each.text("name")), "text": each.bounded_text("text", most=LONGEST_TEXT)}
            for each in told.many("attachments", most=MOST_ATTACHMENTS)
        ],
        reply=_reply_columns(reply) if reply else None,
        continues=reply.bounded_text("continues", most=LONGEST_ID) if reply else "",
    )


def _reply_columns(told: JsonFields) -> dict[str, Any]:
    usage = told.one("usage")
    asked_at = told.certain_moment("asked_at")
    return {
        **_end(told),
        "model": told.text("model", most=200),
        "answered_by": told.text("answered_by", most=200),
        "provider": told.text("provider", most=200),
        "generation_id": told.text("generation_id", most=200),
        "max_completion_tokens": told.count("max_completion_tokens") or 0,
        "asked_at": asked_at,
        "started_at": told.moment("started_at"),
        "first_content_at": told.moment("first_content_at"),
        "first_text_at": told.moment("first_text_at"),
        "finished_at": told.moment("finished_at") or asked_at,
        "finish_reason": told.text("finish_reason", most=50),
        "is_copy": told.flag("is_copy"),
        "reasoning": told.bounded_text("reasoning", most=LONGEST_TEXT),
        "citations": _citations(told),
        **{name: usage.count(name) if usage else None for name in TOKENS},
        "cost": told.dollars("cost"),
        "is_cost_looked_up": told.flag("is_cost_looked_up"),
    }


def _end(told: JsonFields) -> dict[str, str]:
    """Its state, and why: one that was being written when it was told of is one that was interrupted."""
    state = told.choice("state", Reply.State.values)
    if state in WITHOUT_END:
        return {"state": Reply.State.INTERRUPTED, "error_kind": "worker_died"}
    error = told.one("error")
    kind = error.text("kind", most=50) if error else ""
    default = "internal" if state == Reply.State.FAILED else ""
    return {
        "state": state,
        "error_kind": kind if kind in REMEDIES else default,
        "error_message": error.text("message", most=2_000) if error else "",
    }


def _citations(told: JsonFields) -> StoredSources:
    """Believed no more than when a model names them."""
    kept: StoredSources = []
    for each in told.many("citations", most=MOST_CITATIONS):
        number = min(each.count("number") or len(kept) + 1, MOST_CITATIONS)
        kept = add_source(kept, each.text("url"), each.text("title"), position=number - 1)
    return kept


def _check_tree(messages: list[ImportedMessage]) -> None:
    """Each hangs on one that is there, each answer on a question, and all on a beginning.

    What follows a message is made to be later (chat/models/tree.py relies on it), whatever the file says.
    """
    by_id = {message.id: message for message in messages}
    if len(by_id) != len(messages) or "" in by_id:
        raise UnreadableFile(_("Two messages have the same ID, or a message has none."))
    children: dict[str, list[ImportedMessage]] = defaultdict(list)
    for message in messages:
        parent = by_id.get(message.parent)
        if message.parent and parent is None:
            raise UnreadableFile(_("A message refers to a message that is missing."))
        if message.reply is not None and (parent is None or parent.reply is not None):
            raise UnreadableFile(_("An answer has no message before it."))
        children[message.parent].append(message)
    reached, waiting = 0, [""]
    while waiting:
        parent = by_id.get(id_ := waiting.pop())
        for child in children[id_]:
            reached += 1
            waiting.append(child.id)
            if parent:
                child.be_later_than(parent)
    if reached != len(messages):
        raise UnreadableFile(_("Its messages form a loop."))
