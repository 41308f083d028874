"""Earlier images are sent again with each message of a chat: this switches one of them, or all, off and on."""

from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from chat.accounts.signed_in import SignedInRequest, signed_in
from chat.conversations.context_images import context_images_of, images_on_path
from chat.models import Conversation, Message, MessageImage
from chat.params import uuid_or_none
from chat.views.access import own_conversation, own_message


@require_POST
@signed_in
def switch(request: SignedInRequest, message_id: UUID, position: int) -> HttpResponse:
    message = own_message(request, message_id)
    place = _place(message, position)
    place.is_sent_along = _is_wanted(request)
    MessageImage.objects.filter(pk=place.pk).update(is_sent_along=place.is_sent_along)
    if not request.htmx:
        return HttpResponseRedirect(f"{message.conversation.url_through(message.id)}#{_anchor(message)}")
    context = {
        "place": place,
        "context_images": context_images_of(message.conversation, branch=_branch(request)),
        "conversation": message.conversation,
    }
    return render(request, "messages/_image_context_toggled.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def switch_all(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    """A POST switches all images on the path; htmx gets the note above the composer, as with a GET."""
    conversation = own_conversation(request, conversation_id)
    branch = _branch(request)
    switched = _switch_all(request, conversation, branch) if request.method == "POST" else []
    if not request.htmx:
        return HttpResponseRedirect(conversation.url_through(branch) if branch else conversation.get_absolute_url())
    context = {
        "context_images": context_images_of(conversation, branch=branch),
        "conversation": conversation,
        "switched": switched,
    }
    return render(request, "composer/_context_images.html", context)


def _place(message: Message, position: int) -> MessageImage:
    for place in message.images_in_order.all():
        if place.position == position:
            return place
    raise Http404


def _switch_all(request: SignedInRequest, conversation: Conversation, branch: UUID | None) -> list[MessageImage]:
    is_wanted = _is_wanted(request)
    places = images_on_path(conversation, branch)
    MessageImage.objects.filter(pk__in=[place.pk for place in places]).update(is_sent_along=is_wanted)
    for place in places:
        place.is_sent_along = is_wanted
    return places


def _is_wanted(request: SignedInRequest) -> bool:
    wanted = {"yes": True, "no": False}.get(request.POST.get("along", ""))
    if wanted is None:
        raise BadRequest("neither yes nor no")
    return wanted


def _branch(request: SignedInRequest) -> UUID | None:
    return uuid_or_none(request.GET.get("branch") or request.POST.get("branch"))


def _anchor(message: Message) -> str:
    return f"answer-{message.reply.id}" if message.role == Message.Role.ASSISTANT else f"message-{message.id}"
