"""What can be done with one message: copy it, go on from it in a new chat, delete it; and a menu of all that."""

from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from chat.accounts.signed_in import SignedInRequest, signed_in
from chat.catalogue.picker import options
from chat.conversations.delete_message import delete_message
from chat.conversations.fork import fork
from chat.conversations.quota import OutOfSpace
from chat.conversations.transcript import Version
from chat.deletion import conversations
from chat.models import Message
from chat.pages.composer import Filled
from chat.pages.conversation import render_page
from chat.views.access import own_message


@require_safe
@signed_in
def menu(request: SignedInRequest, message_id: UUID) -> HttpResponse:
    """Everything, as a page of its own; for htmx just the list."""
    message = own_message(request, message_id)
    is_answer = message.role == Message.Role.ASSISTANT
    place = Version(message.id, message.reply.id if is_answer else None)
    context = {
        "message": message,
        "reply": message.reply if is_answer else None,
        "models": options(message.conversation.model) if is_answer else "",
        "back": f"{message.conversation.url_through(message.id)}#{place.anchor}",
    }
    return render(request, "messages/_menu.html" if request.htmx else "messages/message.html", context)


@require_safe
@signed_in
def text(request: SignedInRequest, message_id: UUID) -> HttpResponse:
    """As it was written, Markdown mostly, to be copied: without a last line end, which would run it in a terminal."""
    message = own_message(request, message_id)
    return HttpResponse(message.text.rstrip(), content_type="text/plain; charset=utf-8")


@require_POST
@signed_in
def fork_off(request: SignedInRequest, message_id: UUID) -> HttpResponse:
    message = own_message(request, message_id)
    try:
        conversation = fork(message)
    except OutOfSpace as refusal:
        return render_page(request, message.conversation, Filled(error=str(refusal)), status=422)
    if conversation is None:
        raise Http404
    if conversation.is_temporary:
        conversations.ensure_running()
    return HttpResponseRedirect(conversation.get_absolute_url())


@require_POST
@signed_in
def delete(request: SignedInRequest, message_id: UUID) -> HttpResponse:
    message = own_message(request, message_id)
    conversation = message.conversation
    if not delete_message(message):
        return render_page(request, conversation, Filled(error=_("Stop the answer before you delete it.")), status=422)
    stays = message.id if message.id in conversation.tree() else message.parent_id
    return HttpResponseRedirect(conversation.url_through(stays) if stays else conversation.get_absolute_url())
