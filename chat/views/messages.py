"""The messages of a chat, or of a new one: list a part of them, bring a page up to date, send the next message."""

import time
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError
from django.db.models import Exists, QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import escape
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh, push_url

from chat.accounts.signed_in import SignedInRequest, VisitorRequest, redirect_to_welcome, signed_in, signed_in_to_look
from chat.conversations.page_updates import EDITED, page_updates_for, read_shown_messages
from chat.conversations.quota import OutOfSpace
from chat.conversations.transcript import newer, older
from chat.deletion import conversations
from chat.forms.send import LONGEST_TEXT, SendForm
from chat.images.checks import MAX_IMAGE_BYTES
from chat.images.processing import ImageRefused
from chat.images.upload_handler import MAX_IMAGES, received_images
from chat.input_values import uuid_or_none
from chat.models import Conversation, Message, Reply, User
from chat.models.conversation import request_facts
from chat.models.prepared_queries import prepared
from chat.new_replies.ask import Asked, NewQuestion, ask, new_conversation
from chat.new_replies.running_replies import Busy
from chat.pages.composer import Contents
from chat.pages.conversation import message_list_context, render_page
from chat.pages.draft import store_draft, store_draft_of_visitor
from chat.pages.page_updates import sent_context, updates_before, updates_context
from chat.replies.catch_up import catch_up
from chat.replies.generate import start, start_later
from chat.spending.limits import OverLimit
from chat.streaming import sse
from chat.views.access import own_conversation
from chat.views.body_limit import DEFAULT_BYTES, limit_body
from chat.views.event_stream import reply_stream

ASK_SECONDS = 0.001  # lets the thread of a reply ask OpenRouter before the response is made, which takes much longer
MOST_FORM_BYTES = MAX_IMAGES * MAX_IMAGE_BYTES + DEFAULT_BYTES  # files that are too large for that are named one by one


@limit_body(MOST_FORM_BYTES)
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: VisitorRequest, conversation_id: UUID) -> HttpResponseBase:
    """A GET lists those `before` or `after` a message, or what a page lacks; a POST sends a message."""
    if request.method == "POST":
        return send(request, conversation_id)
    is_look = request.htmx and "shown" in request.GET
    return _updates(request, conversation_id) if is_look else _list(request, conversation_id)


@signed_in
def _list(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    conversation = own_conversation(request, conversation_id)
    before, after, branch = (uuid_or_none(request.GET.get(name)) for name in ("before", "after", "branch"))
    if not request.htmx or not (before or after):
        return HttpResponseRedirect(reverse("conversation", args=[conversation_id]))
    if before:
        shown = older(conversation, before=before, branch=branch)
        shown.has_newer = False  # is on the page
    else:
        assert after
        shown = newer(conversation, after=after, branch=branch)
        shown.has_older = False
    return render(request, "conversation/_message_list.html", message_list_context(conversation, shown))


@signed_in_to_look
def _updates(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    """What an old page lacks. It is mostly nothing: then the status is 204."""
    conversation, branch = own_conversation(request, conversation_id), uuid_or_none(request.GET.get("branch"))
    catch_up(request.user, conversation)
    shown = read_shown_messages(request.GET["shown"])
    updates = page_updates_for(shown, conversation, branch=branch)
    is_edited = any(each.fingerprint == EDITED for each in shown)  # what is typed there would be lost
    if not updates or (updates.needs_reload and is_edited):
        return HttpResponse(status=204)
    if updates.needs_reload:
        return HttpResponseClientRefresh()
    return render(request, "conversation/_update.html", updates_context(updates, conversation))


def send(request: VisitorRequest, conversation_id: UUID | None) -> HttpResponseBase:
    """Send a message; without `conversation_id` it is the first one of a new chat."""
    if request.user.is_authenticated:
        return _send(request, conversation_id)
    store_draft_of_visitor(request)
    address = reverse("conversation", args=[conversation_id]) if conversation_id else reverse("home")
    branch = uuid_or_none(request.POST.get("branch"))
    return redirect_to_welcome(request, f"{address}?branch={branch}" if branch else address)


@signed_in
def _send(request: SignedInRequest, conversation_id: UUID | None) -> HttpResponseBase:
    conversation = _conversation_or_draft(request, conversation_id) if conversation_id else None
    same_id = _message_with_id(request) if conversation is None or conversation.has_same_id else None
    if same_id and _is_visible_to(request.user, same_id):
        return _redirect(request, same_id.conversation)
    refusals = received_images(request).refusals
    form = SendForm(request.POST, request.FILES, user=request.user, conversation=conversation, refusals=refusals)
    if not form.is_valid():
        return _refused(request, form)
    try:
        asked = _ask(request.user, form, id_=None if same_id else form.cleaned_data["id"])
    except IntegrityError:
        same_id = _message_with_id(request)  # of the first try, which was on its way when this one came
        if same_id and _is_visible_to(request.user, same_id):
            return _redirect(request, same_id.conversation)
        raise
    except (Busy, OutOfSpace, ImageRefused, OverLimit) as refusal:
        form.add_error(None, str(refusal))
        return _refused(request, form, is_over_limit=isinstance(refusal, OverLimit))
    if asked.question.conversation.is_temporary:
        conversations.ensure_running()
    return _sent(request, form, asked)


def _message_with_id(request: SignedInRequest) -> Message | None:
    """The message with the id that is sent, whoever wrote it.

    A page that heard no answer sends a message twice, and pays for it once.
    """
    id_ = uuid_or_none(request.POST.get("id"))
    return next(iter(_messages_with_chat(id_)), None) if id_ else None


@prepared
def _messages_with_chat(id_: UUID) -> QuerySet[Message]:
    return Message.objects.select_related("conversation").filter(pk=id_)


def _is_visible_to(user: User, message: Message) -> bool:
    return message.conversation.user_id == user.pk and message.conversation.deleted_at is None


def _redirect(request: SignedInRequest, conversation: Conversation) -> HttpResponse:
    address = conversation.get_absolute_url()
    return HttpResponseClientRedirect(address) if request.htmx else HttpResponseRedirect(address)


def _conversation_or_draft(request: SignedInRequest, conversation_id: UUID) -> Any:
    """The chat, with `has_same_id`: whether there is a message with the id that is sent, in any chat.

    If it was deleted in another tab, the text waits for the next page; where scripts run, they have it.
    """
    same_id = uuid_or_none(request.POST.get("id")) or uuid4()
    for conversation in _own_conversations(request.user.pk, conversation_id, same_id):
        conversation.user = request.user
        return conversation
    if not request.htmx:
        store_draft(request)
    raise Http404


@prepared
def _own_conversations(user: UUID, id_: UUID, message: UUID) -> QuerySet[Conversation]:
    chats = Conversation.objects.filter(pk=id_, user=user)
    return chats.annotate(**request_facts(), has_same_id=Exists(Message.objects.filter(pk=message)))


def _ask(user: User, form: SendForm, *, id_: UUID | None) -> Asked:
    message, conversation = form.message, form.conversation
    if conversation is None:
        settings = form.chosen_preset.settings if form.chosen_preset else {}
        conversation = new_conversation(user=user, text=message.text_for_title, model=message.model, settings=settings)
        conversation.is_temporary = form.cleaned_data["temporary"]
    question = NewQuestion(
        text=message.text,
        images=message.images,
        attachments=message.attachments,
        files=message.files,
        web=message.web,
        id=id_ or uuid4(),
    )
    return ask(
        conversation,
        question,
        models=[message.model, *message.compare],
        branch=form.cleaned_data["branch"],
        over_limit=form.cleaned_data["over_limit"],
    )


def _refused(request: SignedInRequest, form: SendForm, *, is_over_limit: bool = False) -> HttpResponse:
    """422 with the reason at the composer. With htmx the page still has what was typed, else it gets it back."""
    sentence, message = " ".join(form.faults), form.message
    if request.htmx and is_over_limit:
        return render(request, "composer/_over_limit.html", {"sentence": sentence}, status=422)
    if request.htmx:
        return HttpResponse(escape(sentence), status=422)
    contents = Contents(
        text=message.text,
        model=message.model,
        compare=message.compare,
        web=message.web,
        images=message.images[:MAX_IMAGES],
        files=message.files,
        attachments=message.attachments if message.length <= LONGEST_TEXT else [],
        error=sentence,
        is_over_limit=is_over_limit,
        is_temporary=form.cleaned_data["temporary"],
        preset=form.chosen_preset,
    )
    return render_page(request, form.conversation, contents, branch=form.cleaned_data.get("branch"), status=422)


def _sent(request: SignedInRequest, form: SendForm, asked: Asked) -> HttpResponseBase:
    conversation, is_new = asked.question.conversation, form.conversation is None
    wants_stream = form.cleaned_data["stream"]
    for reply in asked.replies:
        if request.htmx and not wants_stream:
            start_later(reply.id)
        else:
            start(reply)
    if not request.htmx or wants_stream:
        time.sleep(ASK_SECONDS)
    if not request.htmx:
        return _redirect(request, conversation)
    updates = updates_before(asked, shown=form.cleaned_data["shown"])
    if updates.needs_reload or form.cleaned_data["elsewhere"]:
        return _redirect(request, conversation)
    context = sent_context(asked, updates, user=request.user, is_new=is_new)
    html = render_to_string("conversation/_message_sent.html", context, request)
    response = _with_stream(request, html, asked.reply) if wants_stream else HttpResponse(html)
    return push_url(response, conversation.get_absolute_url()) if is_new else response


def _with_stream(request: SignedInRequest, html: str, reply: Reply) -> HttpResponseBase:
    """The HTML as the first event of the answer's stream (static/js/lib/stream-connection.js takes them apart)."""
    request.POST = QueryDict()  # the request stays in memory as long as the stream
    return reply_stream(request, Reply(pk=reply.pk), first=sse.named("html", html), after=0)
