"""Delete chats, one or all, and restore them within some minutes (chat/deletion/conversations.py)."""

from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from chat.accounts.signed_in import SignedInRequest, signed_in
from chat.deletion import conversations
from chat.pages.sidebar import open_chat, render_list_update
from chat.pages.undo_notice import as_number, chats_with_deleted, deleted_at, deleted_one
from chat.views.access import own_conversation


@require_POST
@signed_in
def delete(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    conversation = own_conversation(request, conversation_id)
    is_open = bool(request.htmx) and open_chat(request) == conversation
    conversations.delete(request.user.conversations.filter(pk=conversation_id))
    if request.htmx and not is_open:
        return render_list_update(request, deleted=deleted_one(conversation))
    page = f"{reverse('home')}?{urlencode({'deleted': conversation_id})}"
    return HttpResponseClientRedirect(page) if request.htmx else HttpResponseRedirect(page)


@require_POST
@signed_in
def restore(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    found = conversations.restore(chats_with_deleted(request.user).filter(pk=conversation_id))
    if request.htmx:
        return render_list_update(request, is_restored=True, is_too_late=not found)
    return HttpResponseRedirect(own_conversation(request, conversation_id).get_absolute_url())


@require_POST
@signed_in
def delete_all(request: SignedInRequest) -> HttpResponse:
    moment = conversations.delete(request.user.conversations.all())
    page = reverse("home")
    return HttpResponseRedirect(f"{page}?{urlencode({'deleted': as_number(moment)})}" if moment else page)


@require_POST
@signed_in
def restore_all(request: SignedInRequest) -> HttpResponse:
    if not conversations.restore(deleted_at(request.user, request.POST.get("at", ""))):
        raise Http404
    return HttpResponseRedirect(reverse("home"))
