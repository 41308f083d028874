"""One's own chats: list them, begin one, show one, rename it, pin it, turn a temporary one into an ordinary one."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from chat.accounts.signed_in import SignedInRequest, VisitorRequest, signed_in, signed_in_to_look
from chat.forms.title import TitleForm
from chat.input_values import uuid_or_none
from chat.models import TitleBy
from chat.pages.composer import Contents, models_to_compare
from chat.pages.conversation import render_page
from chat.pages.image_edit import put_image_to_edit
from chat.pages.sidebar import Place, list_of_chats, open_chat, render_list_update
from chat.replies.catch_up import catch_up
from chat.views.access import own_conversation, own_image
from chat.views.body_limit import limit_body
from chat.views.messages import MOST_FORM_BYTES, send


@limit_body(MOST_FORM_BYTES)
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: VisitorRequest) -> HttpResponseBase:
    """A GET lists the chats; a POST begins one with its first message."""
    if request.method == "POST":
        return send(request, None)
    return _look(request) if request.htmx and "after" not in request.GET else _list(request)


@signed_in
def _list(request: SignedInRequest) -> HttpResponse:
    after = Place.parse(request.GET.get("after", ""))
    catch_up(request.user)
    if not request.htmx:
        return render(request, "sidebar/chats.html", list_of_chats(request, None, after=after))
    current = open_chat(request)
    context = {"conversation": current, **list_of_chats(request, current, after=after)}
    return render(request, "sidebar/_chat_rows.html", context)


@signed_in_to_look
def _look(request: SignedInRequest) -> HttpResponse:
    """The list as it is now, for a page that is open."""
    catch_up(request.user)
    return render_list_update(request)


@require_safe
@signed_in
def show(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    conversation = own_conversation(request, conversation_id)
    catch_up(request.user, conversation)
    contents = Contents(compare=models_to_compare(request.GET.getlist("compare")))
    if image_id := uuid_or_none(request.GET.get("image")):
        put_image_to_edit(contents, own_image(request, image_id), conversation)
    return render_page(request, conversation, contents)


@require_POST
@signed_in
def rename(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    conversation = own_conversation(request, conversation_id)
    form = TitleForm(request.POST)
    if form.is_valid() and form.cleaned_data["title"]:
        conversation.title, conversation.title_by = form.cleaned_data["title"], TitleBy.PERSON
        conversation.save(update_fields=["title", "title_by"])
    return render_list_update(request) if request.htmx else HttpResponseRedirect(conversation.get_absolute_url())


@require_POST
@signed_in
def pin(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    """Put a chat at the head of the list, or with an empty `pinned` back among the others."""
    conversation = own_conversation(request, conversation_id)
    conversation.pinned_at = (conversation.pinned_at or timezone.now()) if request.POST.get("pinned") else None
    conversation.save(update_fields=["pinned_at"])
    return render_list_update(request) if request.htmx else HttpResponseRedirect(conversation.get_absolute_url())


@require_POST
@signed_in
def keep(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    """Turn a temporary chat into an ordinary one."""
    conversation = own_conversation(request, conversation_id)
    conversation.is_temporary = False
    conversation.save(update_fields=["is_temporary"])
    return HttpResponseRedirect(conversation.get_absolute_url())
