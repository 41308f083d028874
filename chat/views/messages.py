"""Sending a message, the first of a chat or a further one."""

from collections.abc import Iterator
from dataclasses import dataclass
from mimetypes import guess_type
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect, push_url

from chat.accounts.signed_in import SignedInRequest, VisitorRequest, signed_in, to_welcome
from chat.catalogue import cache
from chat.catalogue.picker import default_model, name_of
from chat.conversations.attachments import (
    MOST_ATTACHMENTS,
    ReceivedAttachment,
    attachment_name,
    received_attachments,
    text_of,
)
from chat.conversations.page_updates import PageUpdates, page_updates_for, read_shown_messages
from chat.conversations.quota import OutOfSpace
from chat.deletion import conversations
from chat.formats import number
from chat.images.processing import MAX_IMAGE_BYTES, ImageRefused
from chat.images.storage import missing_image_sentence, store_upload
from chat.images.upload_handler import MAX_IMAGES, received_images
from chat.models import Conversation, Image, Message, Reply
from chat.pages.composer import Filled, composer_for, own_images
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
LONGEST_TEXT = 400_000  # characters, attachments included: about 100,000 tokens


@dataclass
class Sent:
    """What the composer sent, with the images that were good, and what was wrong with the rest."""

    text: str
    model: str
    images: list[Image]
    attachments: list[ReceivedAttachment]
    faults: list[str]

    @property
    def words(self) -> str:
        """What a title can be made of; of a file that is alone, its name."""
        return self.text or next((each.name if "." in each.name else each.text for each in self.attachments), "")

    @property
    def length(self) -> int:
        return len(self.text) + sum(len(each.text) for each in self.attachments)


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
    sent = _read(request, conversation)
    if sent.faults:
        return _sent_back(request, conversation, sent)
    is_new = conversation is None
    if conversation is None:
        conversation = new_conversation(user=request.user, text=sent.words, model=sent.model)
        conversation.is_temporary = _is_temporary(request)
    try:
        question, reply = ask(
            conversation=conversation,
            text=sent.text,
            images=sent.images,
            model=sent.model,
            branch=uuid_or_none(request.POST.get("branch")),
            attachments=sent.attachments,
            id_=_id_for(request),
        )
    except IntegrityError:
        if stored := _stored_before(request):  # by the first try, which was on its way when this one came
            return _led_to(request, stored.conversation)
        raise
    except (Busy, OutOfSpace, ImageRefused) as refusal:
        sent.faults.append(str(refusal))
        return _sent_back(request, None if is_new else conversation, sent)
    if conversation.is_temporary:
        conversations.ensure_running()
    if not request.htmx:
        start(reply)  # a browser without JavaScript opens no stream
        return HttpResponseRedirect(conversation.get_absolute_url())
    start_later(reply.id)
    news = _page_updates(request, conversation, question, reply)
    if news.is_another_page or "elsewhere" in request.POST:  # the page does not show what this follows
        return _led_to(request, conversation)
    return _answered(request, conversation, question, reply, news, is_new=is_new)


def _stored_before(request: SignedInRequest) -> Message | None:
    """What is sent once more, because nobody heard that it had arrived: it is not asked, and not paid for, again."""
    if (id_ := uuid_or_none(request.POST.get("id"))) is None:
        return None
    mine = Message.objects.filter(conversation__user=request.user, conversation__deleted_at=None)
    return mine.select_related("conversation").filter(pk=id_).first()


def _id_for(request: SignedInRequest) -> UUID | None:
    """The id that the page has given the message, unless there is one by that name, of whoever it may be."""
    proposed = uuid_or_none(request.POST.get("id"))
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


def _read(request: SignedInRequest, conversation: Conversation | None) -> Sent:
    """Read the form; whatever is good is kept, whatever is not becomes a sentence."""
    files, faults = received_images(request)
    kept = list(dict.fromkeys(request.POST.getlist("kept")))
    images = own_images(request.user, kept)
    if len(images) < len(kept):
        faults.append(missing_image_sentence())  # a message that lacks an image costs as much as one with it
    attachments = received_attachments(request.POST.getlist("attachment_name"), request.POST.getlist("attachment"))
    for file in files:
        try:
            if text_file := _text_file(file):
                attachments.append(text_file)
            else:
                images.append(_image_file(file, owner=request.user.id))
        except ImageRefused as refusal:
            faults.append(str(refusal))
    images = list(dict.fromkeys(images))  # the same image twice is one
    text = clean_text(request.POST.get("text", ""))
    same_as_before = conversation.model if conversation else default_model()
    model = request.POST.get("model", "").replace("\0", "")[:200] or same_as_before
    sent = Sent(text, model, images, attachments, faults)
    if not faults:
        faults.extend(_faults_of(sent))
    return sent


def _text_file(file: "UploadedFile[bytes]") -> ReceivedAttachment | None:
    """The file as a long text, if it is one; a script has read those before they are sent."""
    if _claims_to_be_an_image(file) or (text := text_of(file.read())) is None:
        return None
    name = attachment_name(file.name or "")
    if not text.strip():
        raise ImageRefused(_("“%(name)s” is empty.") % {"name": name})
    if len(text) > LONGEST_TEXT:
        sentence = _("“%(name)s” is too long: a message can have up to %(most)s characters.")
        raise ImageRefused(sentence % {"name": name, "most": number(LONGEST_TEXT)})
    return ReceivedAttachment(name, text)


def _image_file(file: "UploadedFile[bytes]", *, owner: UUID) -> Image:
    try:
        return store_upload(file, owner=owner)
    except ImageRefused as refusal:
        if _claims_to_be_an_image(file):
            raise
        sentence = _("“%(name)s” wasn't added. Only images and text files can be attached.")
        raise ImageRefused(sentence % {"name": attachment_name(file.name or "")}) from refusal


def _claims_to_be_an_image(file: "UploadedFile[bytes]") -> bool:
    told, by_name = file.content_type or "", guess_type(file.name or "")[0] or ""
    return told.startswith("image/") or by_name.startswith("image/")


def clean_text(text: str) -> str:
    """What a form sends, with the line ends that were typed and without what no database takes."""
    return text.replace("\r\n", "\n").replace("\0", "").strip()


def _faults_of(sent: Sent) -> Iterator[str]:
    model = cache.find(sent.model)
    if not sent.text and not sent.images and not sent.attachments:
        yield _("Write something or add an image.")
    if len(sent.attachments) > MOST_ATTACHMENTS:
        yield _("A message can have up to %(most)d text attachments.") % {"most": MOST_ATTACHMENTS}
    if sent.length > LONGEST_TEXT:
        yield _("This text is too long. The limit is %(most)s characters.") % {"most": number(LONGEST_TEXT)}
    if len(sent.images) > MAX_IMAGES:
        yield _("A message can have up to %(most)d images.") % {"most": MAX_IMAGES}
    if model is None and cache.models():
        yield _("“%(model)s” is no longer available. Choose another model.") % {"model": sent.model}
    if model and sent.images and not model.sees_images:
        yield _("%(model)s doesn't accept images. Choose another model or remove the images.") % {
            "model": name_of(model.id)
        }


def _is_temporary(request: SignedInRequest) -> bool:
    return bool(request.POST.get("temporary"))


def _sent_back(request: SignedInRequest, conversation: Conversation | None, sent: Sent) -> HttpResponse:
    """422 with the reason at the composer; the browser still has what was typed, or gets it back."""
    sentence = " ".join(sent.faults)
    if request.htmx:
        return HttpResponse(escape(sentence), status=422)
    filled = Filled(
        text=sent.text,
        model=sent.model,
        kept=sent.images[:MAX_IMAGES],
        attachments=sent.attachments if sent.length <= LONGEST_TEXT else [],
        error=sentence,
        is_temporary=_is_temporary(request),
    )
    return render_page(request, conversation, filled, status=422)


def _page_updates(request: SignedInRequest, conversation: Conversation, question: Message, reply: Reply) -> PageUpdates:
    """What happened before this message to a chat that another tab or device has open, too."""
    shown = read_shown_messages(request.POST.get("shown", ""))
    if not shown:
        return PageUpdates()
    news = page_updates_for(shown, conversation, branch=question.id)
    news.missing = [message for message in news.missing if message.id not in (question.id, reply.message_id)]
    return news


def _answered(
    request: SignedInRequest,
    conversation: Conversation,
    question: Message,
    reply: Reply,
    news: PageUpdates,
    *,
    is_new: bool,
) -> HttpResponse:
    """Both articles for the page that sent them, and what else changes on it."""
    answer = answer_to_show(reply)
    entry = get_object_or_404(with_marks(request.user.conversations.all()), pk=conversation.pk)
    context = {
        **context_of(news, conversation),
        "message": question,
        "answer": answer,
        "conversation": entry,
        "composer": composer_for(request.user, conversation, running=answer),
        "is_new": is_new,
    }
    response = render(request, "conversation/_message_sent.html", context)
    return push_url(response, conversation.get_absolute_url()) if is_new else response
