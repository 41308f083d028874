"""Changing one's own message: just its words, or asking again with the new ones."""

from decimal import Decimal
from uuid import UUID

from django.db.models import F
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from chat.accounts.signed_in import SignedInRequest, signed_in
from chat.catalogue import cache
from chat.conversations.quota import OutOfSpace, check_space
from chat.conversations.token_count import tokens_to_ask
from chat.conversations.transcript import pagers
from chat.forms.edit import EditForm
from chat.images.processing import ImageRefused
from chat.models import Conversation, Message
from chat.replies.create import Busy, ask_edited
from chat.replies.generate import start
from chat.views.access import own_message


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request: SignedInRequest, message_id: UUID) -> HttpResponse:
    """The form, and what it sends: `then=ask` makes a new version of the question and asks that."""
    message = own_message(request, message_id, role=Message.Role.USER)
    if request.method != "POST":
        return _form(request, EditForm(message=message))
    form = EditForm(request.POST, message=message)
    if form.is_valid():
        try:
            return _saved(request, form) if form.is_saved_only else _asked(request, form)
        except (Busy, OutOfSpace, ImageRefused) as refusal:
            form.add_error(None, str(refusal))
    return _form(request, form)


@require_safe
@signed_in
def show(request: SignedInRequest, message_id: UUID) -> HttpResponse:
    """The message as it stands: what a browser shows again when nothing is to be changed."""
    message = own_message(request, message_id, role=Message.Role.USER)
    return _back(request, message)


def _form(request: SignedInRequest, form: EditForm) -> HttpResponse:
    message = form.edited
    back = message.conversation.url_through(message.id)
    context = {
        "message": message,
        "text": form.new_text,
        "fault": form.fault,
        "was": form.version,
        "back": f"{back}#message-{message.id}",
        "price": _price_of_reading(message, _model(request, message)),
    }
    template = "messages/_edit_form.html" if request.htmx else "messages/edit.html"
    return render(request, template, context, status=422 if form.errors else 200)


def _model(request: SignedInRequest, message: Message) -> str:
    """The one that is chosen below the chat, which comes along with htmx."""
    chosen = (request.POST or request.GET).get("model", "")
    return chosen if cache.find(chosen) else message.conversation.model


def _price_of_reading(message: Message, model_id: str) -> Decimal | None:
    """US dollars for what the model is sent; the length of its answer nobody knows before."""
    model = cache.find(model_id)
    if model is None or model.prompt_price is None:
        return None
    return tokens_to_ask(message) * model.prompt_price


def _saved(request: SignedInRequest, form: EditForm) -> HttpResponse:
    text, message = form.new_text, form.edited
    if text != message.text:
        more = len(text) - len(message.text)
        check_space(request.user.pk, for_characters=more)
        message.text, message.edited_at = text, timezone.now()
        there = Message.objects.filter(pk=message.pk, deleted_at=None)
        if not there.update(text=text, edited_at=message.edited_at):  # it was deleted just now
            raise Http404
        chat = Conversation.objects.filter(pk=message.conversation_id)
        chat.update(text_characters=F("text_characters") + more)
    return _back(request, message)


def _asked(request: SignedInRequest, form: EditForm) -> HttpResponse:
    message = form.edited
    start(ask_edited(message, text=form.new_text, model=_model(request, message)))
    address = message.conversation.get_absolute_url()  # what is newest is shown
    return HttpResponseClientRedirect(address) if request.htmx else HttpResponseRedirect(address)


def _back(request: SignedInRequest, message: Message) -> HttpResponse:
    if not request.htmx:
        return HttpResponseRedirect(f"{message.conversation.url_through(message.id)}#message-{message.id}")
    pager = pagers(message.conversation, [message]).get(message.id)
    return render(request, "messages/_question.html", {"message": message, "pager": pager})
