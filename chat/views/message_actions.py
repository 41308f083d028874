"""One message and what can be done with it: show it, copy its text, edit it, branch into a new chat, delete it."""

from decimal import Decimal
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from chat.accounts.signed_in import SignedInRequest, signed_in
from chat.catalogue import cache
from chat.catalogue.personal_models import presets_of
from chat.catalogue.picker import options
from chat.catalogue.pseudo_models import can_be_asked
from chat.conversations.cost_estimate import cost_of
from chat.conversations.delete_message import delete_message
from chat.conversations.edit_message import edit_message
from chat.conversations.fork import fork as fork_conversation
from chat.conversations.quota import OutOfSpace
from chat.conversations.token_count import tokens_to_ask
from chat.conversations.transcript import Version, pagers
from chat.deletion import conversations
from chat.forms.edit import EditForm
from chat.images.processing import ImageRefused
from chat.models import Message
from chat.new_replies.edit import ask_edited
from chat.new_replies.running_replies import Busy
from chat.pages.composer import Contents
from chat.pages.conversation import render_page
from chat.pages.speech import price_of_reading
from chat.replies.generate import start
from chat.spending.limits import OverLimit
from chat.streaming.code_blocks import code_blocks_of
from chat.views.access import own_message, own_question


@require_safe
@signed_in
def menu(request: SignedInRequest, message_id: UUID) -> HttpResponse:
    """All that can be done, as a page of its own; for htmx just the list."""
    message = own_message(request, message_id)
    is_answer = message.role == Message.Role.ASSISTANT
    place = Version(message.id, message.reply.id if is_answer else None)
    context = {
        "message": message,
        "reply": message.reply if is_answer else None,
        "code_blocks": [] if request.htmx else code_blocks_of(message),  # there its buttons do that
        "models": options(message.conversation.model, presets=presets_of(request.user)) if is_answer else "",
        "reading_price": _reading_price(request, message),
        "back": f"{message.conversation.url_through(message.id)}#{place.anchor}",
    }
    return render(request, "messages/_menu.html" if request.htmx else "messages/message.html", context)


def _reading_price(request: SignedInRequest, message: Message) -> str:
    is_over = message.role == Message.Role.ASSISTANT and not message.reply.is_running
    return price_of_reading(request.user, message) if is_over else ""


@require_safe
@signed_in
def text(request: SignedInRequest, message_id: UUID) -> HttpResponse:
    """The text as it was written, Markdown mostly. Without a last line end: pasted into a terminal, that runs it."""
    message = own_message(request, message_id)
    return HttpResponse(message.text.rstrip(), content_type="text/plain; charset=utf-8")


@require_safe
@signed_in
def article(request: SignedInRequest, message_id: UUID) -> HttpResponse:
    """A question as the chat shows it, which takes the place of the edit form when somebody cancels that."""
    return _article(request, own_question(request, message_id))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request: SignedInRequest, message_id: UUID) -> HttpResponse:
    """The edit form, and what it sends: a new text to save, or with `then=ask` to send as another version."""
    message = own_question(request, message_id)
    if request.method != "POST":
        return _edit_form(request, EditForm(message=message))
    form = EditForm(request.POST, message=message)
    if form.is_valid():
        try:
            return _save(request, form) if form.is_saved_only else _send(request, form)
        except (Busy, OutOfSpace, ImageRefused, OverLimit) as refusal:
            form.add_error(None, str(refusal))
            form.is_over_limit = isinstance(refusal, OverLimit)
    return _edit_form(request, form)


@require_POST
@signed_in
def fork(request: SignedInRequest, message_id: UUID) -> HttpResponse:
    """Branch into a new chat, which has the messages up to this one."""
    message = own_message(request, message_id)
    try:
        conversation = fork_conversation(message)
    except OutOfSpace as refusal:
        return render_page(request, message.conversation, Contents(error=str(refusal)), status=422)
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
        contents = Contents(error=_("Stop the answer before you delete it."))
        return render_page(request, conversation, contents, status=422)
    next_shown = message.id if message.id in conversation.tree() else message.parent_id
    return HttpResponseRedirect(conversation.url_through(next_shown) if next_shown else conversation.get_absolute_url())


def _edit_form(request: SignedInRequest, form: EditForm) -> HttpResponse:
    message = form.edited
    context = {
        "message": message,
        "text": form.new_text,
        "fault": form.fault,
        "is_over_limit": form.is_over_limit,
        "was": form.version,
        "back": _address(message),
        "price": _price_of_reading(message, _model(request, message)),
    }
    template = "messages/_edit_form.html" if request.htmx else "messages/edit.html"
    return render(request, template, context, status=422 if form.errors else 200)


def _save(request: SignedInRequest, form: EditForm) -> HttpResponse:
    if not edit_message(form.edited, form.new_text):
        raise Http404
    return _article(request, form.edited)


def _send(request: SignedInRequest, form: EditForm) -> HttpResponse:
    message, over_limit = form.edited, form.cleaned_data["over_limit"]
    start(ask_edited(message, text=form.new_text, model=_model(request, message), over_limit=over_limit))
    address = message.conversation.get_absolute_url()  # it shows the newest version
    return HttpResponseClientRedirect(address) if request.htmx else HttpResponseRedirect(address)


def _article(request: SignedInRequest, message: Message) -> HttpResponse:
    if not request.htmx:
        return HttpResponseRedirect(_address(message))
    pager = pagers(message.conversation, [message]).get(message.id)
    return render(request, "messages/_question.html", {"message": message, "pager": pager})


def _address(question: Message) -> str:
    return f"{question.conversation.url_through(question.id)}#message-{question.id}"


def _model(request: SignedInRequest, message: Message) -> str:
    """The model chosen in the composer, which htmx sends with the edit form; else the model of the chat."""
    chosen = (request.POST or request.GET).get("model", "")
    return chosen if can_be_asked(chosen) else message.conversation.model


def _price_of_reading(message: Message, model_id: str) -> Decimal | None:
    """US dollars for the input of the model. What its output costs cannot be known before."""
    return cost_of(cache.find(model_id), tokens_to_ask(message, model_id), 0)
