"""Sending a message, the first of a chat or a further one."""

from uuid import UUID

from django.db import IntegrityError
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import escape
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect, push_url

from chat.accounts.signed_in import SignedInRequest, VisitorRequest, signed_in, to_welcome
from chat.conversations.page_updates import PageUpdates, page_updates_for, read_shown_messages
from chat.conversations.quota import OutOfSpace
from chat.deletion import conversations
from chat.forms.send import LONGEST_TEXT, SendForm
from chat.images.processing import MAX_IMAGE_BYTES, ImageRefused
from chat.images.upload_handler import MAX_IMAGES, received_images
from chat.models import Conversation, Message, Reply, User
from chat.pages.composer import Filled, composer_for
from chat.pages.conversation import DRAFT, render_page
from chat.pages.page_updates import context_of
from chat.pages.sidebar import with_marks
from chat.params import uuid_or_none
from chat.rate_limit import RateLimit, address_of
from chat.replies.create import Busy, ask, new_conversation
from chat.replies.generate import start, start_later
from chat.streaming.presenter import answer_to_show
from chat.views.body_limit import DEFAULT_BYTES

MOST_FORM_BYTES = MAX_IMAGES * MAX_IMAGE_BYTES + DEFAULT_BYTES  # what is too much of that is named one by one
LONGEST_DRAFT = 20_000  # characters kept for somebody who is signed out, which anybody may be
DRAFT_SECONDS = 60 * 60
DRAFTS_OF_ONE_ADDRESS = RateLimit(at_once=20, seconds_each=30)


@require_POST
def create_first(request: VisitorRequest) -> HttpResponseBase:
    return _create(request, None) if request.user.is_authenticated else _draft_for_sign_in(request, "/")


def create(request: VisitorRequest, conversation_id: UUID) -> HttpResponseBase:
    if request.user.is_authenticated:
        return _create(request, conversation_id)
    return _draft_for_sign_in(request, reverse("conversation", args=[conversation_id]))


def _draft_for_sign_in(request: VisitorRequest, destination: str) -> HttpResponse:
    """The session ended while somebody wrote: the text waits for them behind the sign-in."""
    text = request.POST.get("text", "")[:LONGEST_DRAFT]
    if text and not DRAFTS_OF_ONE_ADDRESS.wait_seconds(address_of(request)):
        request.session[DRAFT] = text
        request.session.set_expiry(DRAFT_SECONDS)  # until the sign-in
    return to_welcome(request, destination)


@signed_in
def _create(request: SignedInRequest, conversation_id: UUID | None) -> HttpResponse:
    if stored := _stored_before(request):
        return _led_to(request, stored.conversation)
    conversation = _own_chat(request, conversation_id) if conversation_id else None
    refusals = received_images(request).refusals
    form = SendForm(request.POST, request.FILES, user=request.user, conversation=conversation, refusals=refusals)
    if not form.is_valid():
        return _sent_back(request, form)
    try:
        question, reply = _ask(request.user, form)
    except IntegrityError:
        if stored := _stored_before(request):  # by the first try, which was on its way when this one came
            return _led_to(request, stored.conversation)
        raise
    except (Busy, OutOfSpace, ImageRefused) as refusal:
        form.add_error(None, str(refusal))
        return _sent_back(request, form)
    if question.conversation.is_temporary:
        conversations.ensure_running()
    return _answered(request, form, question, reply)


def _ask(user: User, form: SendForm) -> tuple[Message, Reply]:
    message, conversation = form.message, form.conversation
    if conversation is None:
        conversation = new_conversation(user=user, text=message.text_for_title, model=message.model)
        conversation.is_temporary = form.cleaned_data["temporary"]
    return ask(
        conversation=conversation,
        text=message.text,
        images=message.images,
        model=message.model,
        branch=form.cleaned_data["branch"],
        attachments=message.attachments,
        id_=_unused(form.cleaned_data["id"]),
    )


def _answered(request: SignedInRequest, form: SendForm, question: Message, reply: Reply) -> HttpResponse:
    conversation = question.conversation
    if not request.htmx:
        start(reply)  # a browser without JavaScript opens no stream
        return HttpResponseRedirect(conversation.get_absolute_url())
    start_later(reply.id)
    news = _page_updates(form, question, reply)
    if news.is_another_page or form.cleaned_data["elsewhere"]:
        return _led_to(request, conversation)
    return _both_articles(request, question, reply, news, is_new=form.conversation is None)


def _stored_before(request: SignedInRequest) -> Message | None:
    """What is sent once more, because nobody heard that it had arrived: it is not asked, and not paid for, again."""
    if (id_ := uuid_or_none(request.POST.get("id"))) is None:
        return None
    mine = Message.objects.filter(conversation__user=request.user, conversation__deleted_at=None)
    return mine.select_related("conversation").filter(pk=id_).first()


def _unused(proposed: UUID | None) -> UUID | None:
    """The id that the page has given the message, unless there is a message with that id, whoever wrote it."""
    return None if proposed and Message.objects.filter(pk=proposed).exists() else proposed


def _led_to(request: SignedInRequest, conversation: Conversation) -> HttpResponse:
    address = conversation.get_absolute_url()
    return HttpResponseClientRedirect(address) if request.htmx else HttpResponseRedirect(address)


def _own_chat(request: SignedInRequest, conversation_id: UUID) -> Conversation:
    """If it was deleted in another tab, what was written waits on the next page; a script has it still."""
    conversation = request.user.conversations.filter(pk=conversation_id).first()
    if conversation is None:
        if not request.htmx:
            request.session[DRAFT] = request.POST.get("text", "")[:LONGEST_DRAFT]
        raise Http404
    return conversation


def _sent_back(request: SignedInRequest, form: SendForm) -> HttpResponse:
    """422 with the reason at the composer; the browser still has what was typed, or gets it back."""
    sentence, message = " ".join(form.faults), form.message
    if request.htmx:
        return HttpResponse(escape(sentence), status=422)
    filled = Filled(
        text=message.text,
        model=message.model,
        kept=message.images[:MAX_IMAGES],
        attachments=message.attachments if message.length <= LONGEST_TEXT else [],
        error=sentence,
        is_temporary=form.cleaned_data["temporary"],
    )
    return render_page(request, form.conversation, filled, status=422)


def _page_updates(form: SendForm, question: Message, reply: Reply) -> PageUpdates:
    """What happened before this message to a chat that another tab or device has open, too."""
    shown = read_shown_messages(form.cleaned_data["shown"])
    if not shown:
        return PageUpdates()
    news = page_updates_for(shown, question.conversation, branch=question.id)
    news.missing = [message for message in news.missing if message.id not in (question.id, reply.message_id)]
    return news


def _both_articles(
    request: SignedInRequest, question: Message, reply: Reply, news: PageUpdates, *, is_new: bool
) -> HttpResponse:
    """The question and its answer for the page that sent the question, and what else changes on it."""
    answer = answer_to_show(reply)
    conversation = question.conversation
    context = {
        **context_of(news, conversation),
        "message": question,
        "answer": answer,
        "conversation": get_object_or_404(with_marks(request.user.conversations.all()), pk=conversation.pk),
        "composer": composer_for(request.user, conversation, running=answer),
        "is_new": is_new,
    }
    response = render(request, "conversation/_message_sent.html", context)
    return push_url(response, conversation.get_absolute_url()) if is_new else response
