"""One's own chats."""

from uuid import UUID

from django.db import transaction
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from chat.conversations.storage import remove_unused
from chat.replies.models import Reply
from chat.replies.reap import reap
from chat.replies.stop import stop
from chat.signin.access import SignedInRequest, VisitorRequest, signed_in
from chat.views.messages import create_first
from chat.views.page import list_of_chats, own_chat, render_page


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: VisitorRequest) -> HttpResponseBase:
    """The list beside the page, which looks again while something runs; a POST begins a chat."""
    return create_first(request) if request.method == "POST" else _list(request)


@signed_in
def _list(request: SignedInRequest) -> HttpResponse:
    if not request.htmx:
        return HttpResponseRedirect("/")
    reap(Reply.objects.filter(message__conversation__user=request.user))
    current = own_chat(request.user, request.GET.get("current", ""))
    context = {"conversation": current, **list_of_chats(request.user, current)}
    return render(request, "chat/_chat_list.html", context)


@require_safe
@signed_in
def show(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    conversation = get_object_or_404(request.user.conversations, pk=conversation_id)
    return render_page(request, conversation)


@require_POST
@signed_in
def rename(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    conversation = get_object_or_404(request.user.conversations, pk=conversation_id)
    title = " ".join(request.POST.get("title", "").replace("\0", "").split())[:200]
    if title:  # an empty one leaves the old
        conversation.title = title
        conversation.save(update_fields=["title"])
    return HttpResponseRedirect(conversation.get_absolute_url())


@require_POST
@signed_in
def delete(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    conversation = get_object_or_404(request.user.conversations, pk=conversation_id)
    for reply in Reply.objects.filter(message__conversation=conversation, state__in=Reply.RUNNING):
        stop(reply)  # or the person would go on paying for what nobody can read
    with transaction.atomic():
        # Nobody may store a piece of a reply between its pieces' end and its own.
        list(Reply.objects.select_for_update().filter(message__conversation=conversation).values_list("pk"))
        pictures = set(conversation.messages.values_list("pictures_in_order__picture", flat=True)) - {None}
        conversation.delete()
        remove_unused(request.user.id, among=pictures)
    return HttpResponseRedirect("/")
