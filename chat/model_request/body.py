"""Builds the body of a chat request to OpenRouter: messages, images, files, limits, and the settings of the chat."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, dropwhile
from typing import Any
from uuid import UUID

from django.utils import timezone

from chat.catalogue import cache
from chat.catalogue.pseudo_models import NO_MODEL
from chat.conversations.attachments import text_with_attachments
from chat.conversations.token_estimate import Prompt
from chat.model_request.additions import additions_for
from chat.model_request.common_fields import model_field, pseudonym
from chat.model_request.file_annotations import annotations_to_send
from chat.model_request.files import address_parts, file_parts, fits_responses
from chat.model_request.images import image_note, image_part, image_part_of_tool
from chat.model_request.outline import DETAILS, Outline
from chat.model_request.reasoning_details import details_to_send
from chat.model_request.tools import add_tools, offered_tools
from chat.models import PDF, Message, Reply
from chat.openrouter import CHAT_COMPLETIONS, RESPONSES, AnswerApi, Model
from chat.openrouter.answers.responses_body import ENCRYPTED_REASONING
from chat.parameters.request import Settings, add_pdf_engine, add_settings
from chat.reply_content.deltas import Delta
from chat.reply_content.rounds import count_of_rounds, from_log, messages_of, text_after_rounds


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
        """The API that it is sent to, which decides its form."""
        return RESPONSES if self.outline.api == "responses" else CHAT_COMPLETIONS

    @property
    def messages(self) -> list[Message]:
        """The messages of the chat that are in it, in order."""
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
    outline = Outline(
        made_at=made_at,
        body=body,
        additions=additions_for(reply, history, makes_versions=makes_versions),
        details_from=next((message.pk for message in history if message.pk in details), None),
        rounds=rounds,
        beginning=text_after_rounds(known) if rounds else "",
        refused=() if with_details else (DETAILS,),
    )
    return _request(reply, history, _with_pdf_engine(reply, _with_api(reply, outline)), details, known)


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


def _with_api(reply: Reply, outline: Outline) -> Outline:
    """With the API that the chat has chosen; chat completions if that one does not take all files."""
    chosen = reply.message.conversation.settings.get("transport", "chat")
    if chosen != "responses" or not all(map(fits_responses, outline.sent_files)):
        return outline
    return replace(outline, api=chosen, body=outline.body | _included(cache.find(reply.model)))


def _included(model: Model | None) -> dict[str, Any]:
    """What the Responses API has to be asked for, of models that reason: others of OpenAI refuse that."""
    return {"include": [ENCRYPTED_REASONING]} if model and model.reasoning else {}


def _with_pdf_engine(reply: Reply, outline: Outline) -> Outline:
    """The body; if a PDF is in it, with the engine that is to read that."""
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


def _message(message: Message, outline: Outline) -> dict[str, Any]:
    addition = outline.addition(message.pk)
    parts = [*map(image_part, addition.images), *address_parts(addition.addresses), *file_parts(addition.files)]
    text = "\n\n".join(filter(None, [text_with_attachments(message), addition.note]))
    if not parts:
        return {"role": message.role, "content": text}
    if message.role == Message.Role.ASSISTANT:  # images that a model made are sent back in the field that they came in
        return {"role": message.role, "content": text, "images": [part for part in parts if "image_url" in part]}
    # Text first: some providers read the parts in order.
    text_parts = [{"type": "text", "text": text}] if text else []
    return {"role": message.role, "content": [*text_parts, *parts]}


def _system_message(settings: Settings) -> list[dict[str, Any]]:
    return [{"role": "system", "content": settings["system"]}] if settings.get("system") else []


def _modalities(model: Model | None) -> dict[str, list[str]]:
    """What models that make images have to be asked for (OpenRouter docs, "Image generation")."""
    if model is None or not model.draws_images:
        return {}
    return {"modalities": ["image", "text"] if model.writes_text else ["image"]}


def _prefill(answer: Message, outline: Outline) -> dict[str, Any]:
    """The answer that the model is to continue. Some providers refuse one that ends in white space."""
    return {**_message(answer, outline), "content": answer.text.rstrip()}


def _assistant(text: str) -> list[dict[str, Any]]:
    """A last message that the model is to continue. Some providers refuse one that ends in white space."""
    return [{"role": Message.Role.ASSISTANT, "content": text.rstrip()}] if text.strip() else []
