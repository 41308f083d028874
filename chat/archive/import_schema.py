"""Reads and validates an imported JSON file, in the format of docs/export-format.md, without storing it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any

from django.utils.translation import gettext as _

from chat.archive.export_json import FORMAT, TOKENS, VERSION
from chat.archive.import_presets import ImportedPresets, has_presets, read_presets
from chat.archive.json_reader import JsonFields, UnreadableFile, parse_json
from chat.archive.unsupported_files import check_supported, unsupported_file
from chat.conversations.attachments import clean_attachment_name
from chat.files.image_addresses import image_address, name_in
from chat.model_request.reasoning_details import can_be_sent
from chat.models import Message, Reply, TitleBy
from chat.openrouter.answer_parts.file_annotations import are_file_annotations
from chat.parameters.request import clean_settings
from chat.reply_content.rounds import clean_log
from chat.reply_content.sources import StoredSources, add_source
from chat.sanitize import storable_cost_details
from chat.streaming.remedies import REMEDIES

MAX_MESSAGES = 10_000
MAX_IMAGES = 64  # of one message
MAX_ATTACHMENTS = 64
MAX_FILES = 64
MAX_CITATIONS = 200
MAX_TEXT_LENGTH = 2_000_000  # characters of a message, or of its reasoning
MAX_ID_LENGTH = 100
ONE_MICROSECOND = timedelta(microseconds=1)
UNFINISHED = {Reply.State.WAITING, Reply.State.STREAMING}  # the reply was still running when the chat was exported


@dataclass(frozen=True)
class ImportedImage:
    file: str  # a name without folders, only ever looked up among those in the zip, never used as a path
    is_sent_along: bool
    after_blocks: int | None


@dataclass(frozen=True)
class ImportedFile:
    file: str  # as above; "" for an image at an address
    address: str
    name: str
    is_sent_along: bool


@dataclass(frozen=True)
class ImportedMessage:
    id: str
    parent: str
    columns: dict[str, Any]  # of Message
    images: list[ImportedImage]
    files: list[ImportedFile]
    attachments: list[dict[str, str]]  # columns of Attachment
    reply: dict[str, Any] | None  # columns of Reply
    continues: str  # the id of the message whose answer this one continues, or ""

    @property
    def text(self) -> str:
        return str(self.columns["text"])

    def move_after(self, other: "ImportedMessage") -> None:
        self.columns["created_at"] = max(self.columns["created_at"], other.columns["created_at"] + ONE_MICROSECOND)


@dataclass(frozen=True)
class ImportedChat:
    id: str
    columns: dict[str, Any]  # of Conversation
    messages: list[ImportedMessage]


def read_export(content: bytes) -> ImportedChat | ImportedPresets:
    """Return what is in a JSON file. Raises UnreadableFile. CPU-bound: call it by `chat.offload.in_a_python_thread`."""
    check_supported(content)
    parsed = parse_json(content)
    if has_presets(parsed):
        return read_presets(JsonFields(parsed))
    return read_chat(parsed, default_id=sha256(content).hexdigest())


def read_chat(parsed: Any, *, default_id: str = "") -> ImportedChat:
    """Return the chat in the content of a JSON file. Raises UnreadableFile.

    `default_id` is for a chat that has none. It depends on the content: the same file is the same chat again.
    """
    if not isinstance(parsed, dict) or parsed.get("format") != FORMAT:
        raise unsupported_file()
    fields = JsonFields(parsed)
    if fields.count("version") != VERSION:
        raise UnreadableFile(_("It was exported by a newer version of Potluck."))
    messages = [_read_message(each) for each in fields.many("messages", most=MAX_MESSAGES)]
    _check_tree(messages)
    id_ = fields.bounded_text("id", most=MAX_ID_LENGTH).strip() or default_id
    return ImportedChat(id_, _chat_columns(fields), messages)


def _chat_columns(fields: JsonFields) -> dict[str, Any]:
    created_at = fields.required_moment("created_at")
    return {
        "title": " ".join(fields.text("title").split())[:200] or _("Chat"),
        "title_by": fields.choice("title_by", TitleBy.values, TitleBy.RULE),
        "title_cost": fields.dollars("title_cost"),
        "model": fields.text("model", most=200),
        "settings": clean_settings(fields.raw("settings")),
        "created_at": created_at,
        "updated_at": fields.moment("updated_at") or created_at,
        "pinned_at": fields.moment("pinned_at"),
    }


def _read_message(fields: JsonFields) -> ImportedMessage:
    role = fields.choice("role", Message.Role.values)
    reply = fields.one("reply")
    if (reply is None) == (role == Message.Role.ASSISTANT):
        raise UnreadableFile(_("A message has the wrong role."))
    return ImportedMessage(
        id=fields.bounded_text("id", most=MAX_ID_LENGTH),
        parent=fields.bounded_text("parent", most=MAX_ID_LENGTH),
        columns={
            "role": role,
            "text": fields.bounded_text("text", most=MAX_TEXT_LENGTH),
            "web": fields.flag("web") or None,
            "created_at": fields.required_moment("created_at"),
            "edited_at": fields.moment("edited_at"),
            "deleted_at": fields.moment("deleted_at"),
        },
        images=[
            ImportedImage(
                file=_file_name(each),
                is_sent_along=each.flag("is_sent_along", default=True),
                after_blocks=each.count("after_blocks"),
            )
            for each in fields.many("pictures", most=MAX_IMAGES)
        ],
        files=[_read_file(each) for each in fields.many("files", most=MAX_FILES)],
        attachments=[
            {"name": clean_attachment_name(each.text("name")), "text": each.bounded_text("text", most=MAX_TEXT_LENGTH)}
            for each in fields.many("attachments", most=MAX_ATTACHMENTS)
        ],
        reply=_reply_columns(reply) if reply else None,
        continues=reply.bounded_text("continues", most=MAX_ID_LENGTH) if reply else "",
    )


def _read_file(fields: JsonFields) -> ImportedFile:
    address = image_address(fields.text("address")) or ""
    return ImportedFile(
        file="" if address else _file_name(fields),
        address=address,
        name=clean_attachment_name(fields.text("name") or name_in(address)),
        is_sent_along=fields.flag("is_sent_along", default=True),
    )


def _file_name(fields: JsonFields) -> str:
    """Return the last part of a path: what many paths name alike is read once."""
    return PurePosixPath(fields.text("file", most=300)).name


def _reply_columns(fields: JsonFields) -> dict[str, Any]:
    usage = fields.one("usage")
    asked_at = fields.required_moment("asked_at")
    return {
        **_state_columns(fields),
        "model": fields.text("model", most=200),
        "answered_by": fields.text("answered_by", most=200),
        "provider": fields.text("provider", most=200),
        "generation_id": fields.text("generation_id", most=200),
        "max_completion_tokens": fields.count("max_completion_tokens") or 0,
        "asked_at": asked_at,
        "started_at": fields.moment("started_at"),
        "first_content_at": fields.moment("first_content_at"),
        "first_text_at": fields.moment("first_text_at"),
        "finished_at": fields.moment("finished_at") or asked_at,
        "finish_reason": fields.text("finish_reason", most=50),
        "is_copy": fields.flag("is_copy"),
        "reasoning": fields.bounded_text("reasoning", most=MAX_TEXT_LENGTH),
        "reasoning_details": _read_reasoning_details(fields),
        "rounds": _read_rounds(fields),
        "file_annotations": _read_file_annotations(fields),
        "citations": _read_citations(fields),
        **{name: usage.count(name) if usage else None for name in TOKENS},
        "cost": fields.dollars("cost"),
        "cost_details": _read_cost_details(fields),
        "is_cost_looked_up": fields.flag("is_cost_looked_up"),
    }


def _state_columns(fields: JsonFields) -> dict[str, str]:
    """Return the columns for a reply's state and error. One that was still running is stored as interrupted."""
    state = fields.choice("state", Reply.State.values)
    if state in UNFINISHED:
        return {"state": Reply.State.INTERRUPTED, "error_kind": "worker_died"}
    error = fields.one("error")
    kind = error.text("kind", most=50) if error else ""
    default = "internal" if state == Reply.State.FAILED else ""
    return {
        "state": state,
        "error_kind": kind if kind in REMEDIES else default,
        "error_message": error.text("message", most=2_000) if error else "",
    }


def _read_reasoning_details(fields: JsonFields) -> str | None:
    """Return what a model gets back unchanged. As a text it is not parsed here, which would change its numbers."""
    encoded = fields.text("reasoning_details")
    if encoded and not can_be_sent(encoded):
        raise UnreadableFile(_("“%(field)s” has the wrong type.") % {"field": "reasoning_details"})
    return encoded or None


def _read_rounds(fields: JsonFields) -> str | None:
    """Return an answer with tool calls as the database has it, a text of JSON; null for others."""
    encoded = fields.text("rounds")
    cleaned = clean_log(encoded) if encoded else None
    if encoded and cleaned is None:
        raise UnreadableFile(_("“%(field)s” has the wrong type.") % {"field": "rounds"})
    return cleaned


def _read_file_annotations(fields: JsonFields) -> str | None:
    encoded = fields.text("file_annotations")
    if encoded and not are_file_annotations(encoded):
        raise UnreadableFile(_("“%(field)s” has the wrong type.") % {"field": "file_annotations"})
    return encoded or None


def _read_cost_details(fields: JsonFields) -> dict[str, Any] | None:
    """Return what the cost consists of; null where nothing of it can be read, as in files of earlier versions."""
    raw = fields.raw("cost_details")
    return storable_cost_details(raw) if isinstance(raw, dict) else None


def _read_citations(fields: JsonFields) -> StoredSources:
    """Return the sources, checked as if a model had sent them."""
    sources: StoredSources = []
    for each in fields.many("citations", most=MAX_CITATIONS):
        number = min(each.count("number") or len(sources) + 1, MAX_CITATIONS)
        sources = add_source(sources, each.text("url"), each.text("title"), position=number - 1)
    return sources


def _check_tree(messages: list[ImportedMessage]) -> None:
    """Check that every message has an existing parent, every answer a question, and that there are no loops.

    Also make each message later than its parent, whatever the file says: chat/models/tree.py relies on that.
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
    reached, unvisited = 0, [""]
    while unvisited:
        parent = by_id.get(id_ := unvisited.pop())
        for child in children[id_]:
            reached += 1
            unvisited.append(child.id)
            if parent:
                child.move_after(parent)
    if reached != len(messages):
        raise UnreadableFile(_("Its messages form a loop."))
