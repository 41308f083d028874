"""Builds the body of a chat request to OpenRouter: messages, images, files, limits, and the settings of the chat."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, dropwhile
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.crypto import salted_hmac

from chat.catalogue import cache
from chat.catalogue.special import NO_MODEL
from chat.conversations.attachments import text_with_attachments
from chat.conversations.context_images import Place, repeated_places
from chat.conversations.token_estimate import Prompt
from chat.images.request_fit import OVERHEAD_BYTES, is_within, plan
from chat.images.storage import Version, content_type_of, smaller_version, stored_version
from chat.models import PDF, Image, Message, Reply, User
from chat.openrouter import CHAT_COMPLETIONS, RESPONSES, AnswerApi, ApiKey, EncodedFile, Model
from chat.parameters.request import Settings, add_pdf_engine, add_settings
from chat.replies.file_annotations import annotations_bytes, annotations_to_send
from chat.replies.reasoning_details import details_bytes, details_to_send
from chat.replies.render import Delta
from chat.replies.request_files import (
    FilesOfRequest,
    NoMedia,
    address_parts,
    file_parts,
    files_to_send,
    omitted_note,
    sent_addresses,
    sent_files,
)
from chat.replies.request_outline import DETAILS, Addition, Outline, SentImage
from chat.replies.request_tools import add_tools, offered_tools
from chat.replies.rounds import count_of_rounds, from_log, messages_of, text_after_rounds
from chat.upkeep import nodes

# Before an answer begins, OpenRouter reserves the price of the longest one possible. Without a limit that is the
# model's maximum, and accounts with a dollar of credits are refused.
MAX_COMPLETION_TOKENS = 8192
MAX_COMPLETION_TOKENS_WITH_REASONING = 16384  # reasoning counts toward the same limit

ImageVersions = dict[int, Version]  # the version to send of each included image, by the id of its MessageImage


class NoKey(Exception):
    """The user has no usable key: it was rejected by OpenRouter, or cannot be decrypted."""


def key_for(user: User) -> ApiKey:
    """The user's OpenRouter key. Raises NoKey."""
    key = user.working_key()
    if key is None:
        raise NoKey
    return key


@dataclass(frozen=True)
class ChatRequest:
    """The request that makes `reply`: its outline, and the messages before it."""

    reply: Reply
    history: list[Message]
    outline: Outline
    details: dict[UUID, dict[str, Any]]  # of their reasoning, by the ids of messages
    annotations: dict[UUID, dict[str, Any]]  # of files, by the ids of messages
    deltas: list[Delta] = field(default_factory=list)  # what the reply has before it, with tool calls

    @property
    def api(self) -> AnswerApi:
        """Where it is sent, and in which form."""
        return RESPONSES if self.outline.api == "responses" else CHAT_COMPLETIONS

    @property
    def messages(self) -> list[Message]:
        """Those of the chat that are in it, in order."""
        return [*self._history(), *([self.reply.continues.message] if self.reply.continues else [])]

    def body(self) -> dict[str, Any]:
        """The JSON body, as a chat completion has it. Images in it are files, read while they are uploaded."""
        body = self.outline.body
        history = chain.from_iterable(map(self._messages_of, self._history()))
        return {**body, "messages": [*body["messages"], *history, *self._beginning()]}

    def _messages_of(self, message: Message) -> list[dict[str, Any]]:
        """An answer with tool calls is several messages, if the request has tools: some providers refuse it else."""
        details, extras = self.details.get(message.pk, {}), self._extras(message)
        whole = _message(message, self.outline)
        log = None if message.edited_at or message.deleted_at else getattr(message, "rounds", None)
        if not log or not self._has_tools:
            return [whole | extras]
        deltas = from_log(log)
        rounds = messages_of(deltas, with_details=bool(details), image_part=image_note)
        text = text_after_rounds(deltas)
        return [*rounds, *([{**whole, "content": text} | extras] if text.strip() or "images" in whole else [])]

    @property
    def _has_tools(self) -> bool:
        return any(tool["type"] == "function" for tool in self.outline.body.get("tools", ()))

    @property
    def file_tokens(self) -> int:
        """About how many tokens its files have."""
        return sum(file.tokens for file in self.outline.sent_files)

    def with_file_tokens(self, prompt: Prompt) -> Prompt:
        return prompt._replace(text_tokens=prompt.text_tokens + self.file_tokens)

    def _extras(self, message: Message) -> dict[str, Any]:
        """What goes back to the model with its answer besides the text."""
        return self.details.get(message.pk, {}) | self.annotations.get(message.pk, {})

    def _history(self) -> Iterator[Message]:
        return (message for message in self.history if not self.outline.addition(message.pk).is_left_out)

    def _beginning(self) -> list[dict[str, Any]]:
        """What the answer begins with, as the last message: the answer that it continues, or the person's text."""
        reply = self.reply
        if self.outline.rounds:
            return [*self._rounds(), *_assistant(self.outline.beginning)]
        if reply.continues:
            return [_prefill(reply.continues.message, self.outline)]
        return _assistant(reply.prefill)

    def _rounds(self) -> list[dict[str, Any]]:
        return messages_of(
            self.deltas,
            with_details=DETAILS not in self.outline.refused,
            image_part=image_part_of_tool,
            most=self.outline.rounds,
            annotations=self.reply.file_annotations,
        )


def request_for(
    reply: Reply,
    *,
    deltas: Iterable[Delta] = (),
    with_details: bool = True,
    makes_versions: bool = True,
    forbids_tools: bool = False,
) -> ChatRequest:
    """The request that makes `reply`, as of now; the next one, if `deltas` is what earlier ones brought.

    With `forbids_tools` the model has to answer with what there is. Without `makes_versions`, an image of which there
    is no version of the right size yet is in it as it is. Raises NoMedia.
    """
    made_at = timezone.now()  # before the messages are read: what is edited later is not in it
    history = reply.message.conversation.path_to(reply.message)
    details = details_to_send(reply, history) if with_details else {}
    known = list(deltas)
    rounds = count_of_rounds(known)
    body = _body_without_history(reply, history[-1] if history else None, rounds=rounds, is_over=forbids_tools)
    outline = _with_pdf_engine(
        reply,
        Outline(
            made_at=made_at,
            body=body,
            additions=_additions(reply, history, makes_versions=makes_versions),
            details_from=next((message.pk for message in history if message.pk in details), None),
            rounds=rounds,
            beginning=text_after_rounds(known) if rounds else "",
            api=reply.message.conversation.settings.get("transport", "chat"),
            refused=() if with_details else (DETAILS,),
        ),
    )
    return _request(reply, history, outline, details, known)


def stored_request(reply: Reply) -> ChatRequest | None:
    """The request that made `reply`, as far as its messages are as they were; None if its outline was not stored."""
    if not reply.request:
        return None
    outline = Outline.from_json(reply.request)
    history = reply.message.conversation.path_to(reply.message)
    with_details = dropwhile(lambda message: message.pk != outline.details_from, history)  # older ones were too many
    details = details_to_send(reply, list(with_details))
    return _request(reply, history, outline, details, from_log(reply.rounds))


def _request(
    reply: Reply,
    history: list[Message],
    outline: Outline,
    details: dict[UUID, dict[str, Any]],
    deltas: list[Delta],
) -> ChatRequest:
    names = {file.name for file in outline.sent_files}
    return ChatRequest(reply, history, outline, details, annotations_to_send(history, names), deltas)


def _with_pdf_engine(reply: Reply, outline: Outline) -> Outline:
    """The same, if a PDF is in it with what is to read it."""
    if not any(file.content_type == PDF for file in outline.sent_files):
        return outline
    body = dict(outline.body)
    add_pdf_engine(body, reply.message.conversation.settings, cache.find(reply.model))
    return replace(outline, body=body)


def _body_without_history(reply: Reply, question: Message | None, *, rounds: int, is_over: bool) -> dict[str, Any]:
    model = cache.find(reply.model)
    settings = reply.message.conversation.settings
    body: dict[str, Any] = {
        **model_field(reply.model),
        "messages": _system_message(settings),
        "max_completion_tokens": reply.max_completion_tokens,
        "session_id": str(reply.message.conversation_id),  # one provider for the whole chat, whose cache has it
        "user": pseudonym(reply.message.conversation.user_id),
        "stream": True,
        **_modalities(model),
    }
    add_settings(body, settings, model)
    offered = offered_tools(reply.message.conversation, reply.model)
    add_tools(body, reply, offered, web=bool(question and question.web), rounds=rounds, is_over=is_over)
    if reply.model == NO_MODEL:
        body.pop("models", None)  # the first of them would become the model
    return body


def model_field(model_id: str) -> dict[str, str]:
    """The part of a request that names the model; empty where OpenRouter is to take the person's default."""
    return {} if model_id == NO_MODEL else {"model": model_id}


def max_completion_tokens_for(model_id: str, settings: Settings) -> int:
    """The most tokens that an answer of this model may have, reasoning included."""
    model = cache.find(model_id)
    chosen: int | None = settings.get("max_completion_tokens")
    if chosen:
        return min(chosen, (model and model.max_completion_tokens) or chosen)
    reasons = model is not None and "reasoning" in model.supported_parameters
    default = MAX_COMPLETION_TOKENS_WITH_REASONING if reasons else MAX_COMPLETION_TOKENS
    own_limit = model.max_completion_tokens if model else None
    return min(own_limit or default, default)


def _additions(reply: Reply, history: list[Message], *, makes_versions: bool) -> dict[UUID, Addition]:
    """What the request has besides the texts of messages, by their ids."""
    model = cache.find(reply.model)
    sees_images = model is None or model.sees_images  # an unknown model gets them, and may refuse
    current = [history[-1], *([reply.continues.message] if reply.continues else [])]
    text_bytes = _text_bytes(history[:-1], current)
    files = files_to_send(history[:-1], current, model, text_bytes=text_bytes)
    repeated = repeated_places(
        Place(place.pk, place.image_id, message.role)
        for message in [*history[:-1], *current]
        for place in message.images_in_order.all()
        if place.is_sent_along or message in current
    )
    versions: ImageVersions = {}
    if sees_images:
        versions = _image_versions(history[:-1], current, repeated, text_bytes=text_bytes + files.bytes)
    found = {
        message.pk: _addition(message, versions, repeated, files, sees_images, makes_versions)
        for message in [*history[:-1], *current]
    }
    return {id_: addition for id_, addition in found.items() if not addition.is_plain}


def _addition(
    message: Message,
    versions: ImageVersions,
    repeated: set[int],
    files: FilesOfRequest,
    sees_images: bool,
    makes_versions: bool,
) -> Addition:
    places = message.images_in_order.all()
    sent = [place for place in places if place.pk in versions]
    later = sum(sees_images and place.pk in repeated for place in places)
    images_note = _omission_note(len(places) - len(sent) - later, sees_images) or _repetition_note(later)
    notes = [images_note, omitted_note(message, files.included)]
    return Addition(
        images=tuple(_sent_image(place.image, versions[place.pk], makes_versions) for place in sent),
        addresses=sent_addresses(message, files.included),
        files=sent_files(message, files.included),
        note="\n\n".join(filter(None, notes)),
        is_left_out=not _has_content(message),
    )


def _has_content(message: Message) -> bool:
    return bool(message.text or message.images or message.attachments.all() or message.files_in_order.all())


def _text_bytes(history: list[Message], current: list[Message]) -> int:
    texts = (len(text_with_attachments(message).encode()) + OVERHEAD_BYTES for message in [*history, *current])
    return sum(texts) + sum(map(details_bytes, history)) + sum(map(annotations_bytes, history))


def _image_versions(
    history: list[Message], current: list[Message], repeated: set[int], *, text_bytes: int
) -> ImageVersions:
    """All images of the `current` messages, and those of earlier ones that its user includes, as far as they fit.

    `repeated` are the ids of places whose image is in a later message.
    """
    earlier = [
        place
        for message in history
        for place in message.images_in_order.all()
        if place.is_sent_along and place.pk not in repeated
    ]
    newest = [place for message in current for place in message.images_in_order.all()]
    places = [*earlier, *newest]
    chosen = plan([place.image for place in places], newest=len(newest), text_bytes=text_bytes)
    choices = [chosen.version] * len(earlier) + [chosen.newest_version] * len(newest)
    included = list(zip(places, choices, strict=True))[chosen.omitted :]
    return {place.pk: version for place, version in included}


def _message(message: Message, outline: Outline) -> dict[str, Any]:
    addition = outline.addition(message.pk)
    parts = [*map(_image_part, addition.images), *address_parts(addition.addresses), *file_parts(addition.files)]
    text = "\n\n".join(filter(None, [text_with_attachments(message), addition.note]))
    if not parts:
        return {"role": message.role, "content": text}
    if message.role == Message.Role.ASSISTANT:  # images that a model made are sent back in the field that they came in
        return {"role": message.role, "content": text, "images": [part for part in parts if "image_url" in part]}
    # Text first: some providers read the parts in order.
    text_parts = [{"type": "text", "text": text}] if text else []
    return {"role": message.role, "content": [*text_parts, *parts]}


def _omission_note(omitted: int, sees_images: bool) -> str:
    """A note for the model, which may be asked about an image that it does not get."""
    if not omitted:
        return ""
    how_many = "1 image of this message is" if omitted == 1 else f"{omitted} images of this message are"
    return f"[{how_many} not included{'' if sees_images else ': this model does not accept images'}]"


def _repetition_note(repeated: int) -> str:
    """A note for the model about images of its own that it gets with a later question, which edits them."""
    if not repeated:
        return ""
    return f"[{'1 image' if repeated == 1 else f'{repeated} images'} of this message: see a later message]"


def _system_message(settings: Settings) -> list[dict[str, Any]]:
    return [{"role": "system", "content": settings["system"]}] if settings.get("system") else []


def _modalities(model: Model | None) -> dict[str, list[str]]:
    """What models that make images have to be asked for (OpenRouter docs, "Image generation")."""
    if model is None or not model.draws_images:
        return {}
    return {"modalities": ["image", "text"] if model.writes_text else ["image"]}


def pseudonym(user_id: UUID) -> str:
    """A name for the person that only this site can trace, so that a provider can block one person alone."""
    return salted_hmac("chat.replies.request_body", str(user_id), algorithm="sha256").hexdigest()[:32]


def _prefill(answer: Message, outline: Outline) -> dict[str, Any]:
    """The answer that the model is to continue. Some providers refuse one that ends in white space."""
    return {**_message(answer, outline), "content": answer.text.rstrip()}


def _assistant(text: str) -> list[dict[str, Any]]:
    """A last message that the model is to continue. Some providers refuse one that ends in white space."""
    return [{"role": Message.Role.ASSISTANT, "content": text.rstrip()}] if text.strip() else []


def image_part_of_tool(image: dict[str, Any]) -> dict[str, Any]:
    """What a tool returned, for the model that called it."""
    try:
        return _image_part(SentImage(image["name"], default_storage.size(image["name"])))
    except FileNotFoundError:
        return _image_part(None)


def image_note(image: dict[str, Any]) -> dict[str, Any]:
    """In place of what a tool returned for an earlier answer: it is among the images of that."""
    return {"type": "text", "text": "[an image]"}


def _image_part(image: SentImage | None) -> dict[str, Any]:
    if image is None:
        return {"type": "text", "text": "[an image that is no longer available]"}
    file = EncodedFile(content_type_of(image.name), image.size_bytes, partial(_open, image.name))
    return {"type": "image_url", "image_url": {"url": file}}


def _sent_image(image: Image, version: Version, makes_versions: bool) -> SentImage | None:
    """The file to send; None if only this one is missing: the chat can go on without it."""
    try:
        name = _image_name(image, version, makes_versions)
        return SentImage(name, default_storage.size(name))
    except FileNotFoundError:
        if not nodes.has_media():
            raise NoMedia from None
        return None


def _image_name(image: Image, version: Version, makes_versions: bool) -> str:
    if is_within(image, version):
        return str(image.file.name)
    if makes_versions:
        return smaller_version(image, version)
    return stored_version(image, version) or str(image.file.name)


def _open(name: str) -> BinaryIO:
    return cast(BinaryIO, default_storage.open(name, "rb"))
