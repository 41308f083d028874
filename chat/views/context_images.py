"""Switches whether earlier images and files of a chat are sent again with each message: one image, or all."""

from typing import Any
from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from chat.accounts.signed_in import SignedInRequest, signed_in
from chat.conversations.context_images import context_images_of, files_on_path, images_on_path
from chat.input_values import uuid_or_none
from chat.models import Conversation, Message, MessageFile, MessageImage
from chat.views.access import own_conversation, own_message


@require_POST
@signed_in
def switch(request: SignedInRequest, message_id: UUID, position: int) -> HttpResponse:
    message = own_message(request, message_id)
    place = _place(message, position)
    place.is_sent_along = is_wanted(request)
    MessageImage.objects.filter(pk=place.pk).update(is_sent_along=place.is_sent_along)
    if not request.htmx:
        return HttpResponseRedirect(f"{message.conversation.url_through(message.id)}#{_anchor(message)}")
    context = {"place": place, **note_context(message.conversation, _branch(request))}
    return render(request, "messages/_image_context_toggled.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def switch_all(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    """A POST switches all images and files on the path; htmx gets the note above the composer, as with a GET."""
    conversation = own_conversation(request, conversation_id)
    branch = _branch(request)
    is_post = request.method == "POST"
    switched = _switch_all(request, conversation, branch) if is_post else []
    switched_files = _switch_all_files(request, conversation, branch) if is_post else []
    if not request.htmx:
        return HttpResponseRedirect(conversation.url_through(branch) if branch else conversation.get_absolute_url())
    context = {"switched": switched, "switched_files": switched_files, **note_context(conversation, branch)}
    return render(request, "composer/_context_images.html", context)


def note_context(conversation: Conversation, branch: UUID | None) -> dict[str, Any]:
    """What the note above the composer needs."""
    return {"context_images": context_images_of(conversation, branch=branch), "conversation": conversation}


def _place(message: Message, position: int) -> MessageImage:
    for place in message.images_in_order.all():
        if place.position == position:
            return place
    raise Http404


def _switch_all(request: SignedInRequest, conversation: Conversation, branch: UUID | None) -> list[MessageImage]:
    wanted, places = is_wanted(request), images_on_path(conversation, branch)
    MessageImage.objects.filter(pk__in=[place.pk for place in places]).update(is_sent_along=wanted)
    for place in places:
        place.is_sent_along = wanted
    return places


def _switch_all_files(request: SignedInRequest, conversation: Conversation, branch: UUID | None) -> list[MessageFile]:
    wanted, places = is_wanted(request), files_on_path(conversation, branch)
    MessageFile.objects.filter(pk__in=[place.pk for place in places]).update(is_sent_along=wanted)
    for place in places:
        place.is_sent_along = wanted
    return places


def is_wanted(request: SignedInRequest) -> bool:
    """Whether a POST switches something on."""
    wanted = {"yes": True, "no": False}.get(request.POST.get("along", ""))
    if wanted is None:
        raise BadRequest("neither yes nor no")
    return wanted


def _branch(request: SignedInRequest) -> UUID | None:
    return uuid_or_none(request.GET.get("branch") or request.POST.get("branch"))


def _anchor(message: Message) -> str:
    return f"answer-{message.reply.id}" if message.role == Message.Role.ASSISTANT else f"message-{message.id}"
