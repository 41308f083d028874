"""Changing one's own message: just its words, or asking again with the new ones."""

from decimal import Decimal
from uuid import UUID

from django.db.models import F
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from chat.accounts.signed_in import SignedInRequest, signed_in
from chat.catalogue import cache
from chat.conversations.quota import OutOfSpace, check_space
from chat.conversations.token_count import tokens_to_ask
from chat.conversations.transcript import pagers
from chat.formats import number
from chat.images.processing import ImageRefused
from chat.models import Conversation, Message
from chat.replies.create import Busy, ask_edited
from chat.replies.generate import start
from chat.views.access import own_message
from chat.views.messages import LONGEST_TEXT, clean_text


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request: SignedInRequest, message_id: UUID) -> HttpResponse:
    """The form, and what it sends: `then=ask` makes a new version of the question and asks that."""
    message = own_message(request, message_id, role=Message.Role.USER)
    if request.method != "POST":
        return _form(request, message, message.text)
    text = clean_text(request.POST.get("text", ""))
    if fault := _fault_of(message, text):
        return _form(request, message, text, fault)
    is_saved = request.POST.get("then") != "ask"
    if is_saved and request.POST.get("was", _version(message)) != _version(message):
        sentence = _("This message was changed somewhere else. Save again to replace it with this text.")
        return _form(request, message, text, sentence)
    try:
        return _saved(request, message, text) if is_saved else _asked(request, message, text)
    except (Busy, OutOfSpace, ImageRefused) as refusal:
        return _form(request, message, text, str(refusal))


@require_safe
@signed_in
def show(request: SignedInRequest, message_id: UUID) -> HttpResponse:
    """The message as it stands: what a browser shows again when nothing is to be changed."""
    message = own_message(request, message_id, role=Message.Role.USER)
    return _back(request, message)


def _form(request: SignedInRequest, message: Message, text: str, fault: str = "") -> HttpResponse:
    back = message.conversation.url_through(message.id)
    context = {
        "message": message,
        "text": text,
        "fault": fault,
        "was": _version(message),
        "back": f"{back}#message-{message.id}",
        "price": _price_of_reading(message, _model(request, message)),
    }
    template = "messages/_edit_form.html" if request.htmx else "messages/edit.html"
    # htmx puts no error page in place, and this is one that belongs there.
    return render(request, template, context, status=422 if fault and not request.htmx else 200)


def _version(message: Message) -> str:
    return message.edited_at.isoformat() if message.edited_at else ""


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


def _fault_of(message: Message, text: str) -> str:
    if not text and not message.images_in_order.exists() and not message.attachments.exists():
        return _("Write something first.")
    if len(text) > LONGEST_TEXT:
        return _("This text is too long. The limit is %(most)s characters.") % {"most": number(LONGEST_TEXT)}
    return ""


def _saved(request: SignedInRequest, message: Message, text: str) -> HttpResponse:
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


def _asked(request: SignedInRequest, message: Message, text: str) -> HttpResponse:
    start(ask_edited(message, text=text, model=_model(request, message)))
    address = message.conversation.get_absolute_url()  # what is newest is shown
    return HttpResponseClientRedirect(address) if request.htmx else HttpResponseRedirect(address)


def _back(request: SignedInRequest, message: Message) -> HttpResponse:
    if not request.htmx:
        return HttpResponseRedirect(f"{message.conversation.url_through(message.id)}#message-{message.id}")
    pager = pagers(message.conversation, [message]).get(message.id)
    return render(request, "messages/_question.html", {"message": message, "pager": pager})
