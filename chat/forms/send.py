"""The message that somebody sends with the composer."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from mimetypes import guess_type
from uuid import UUID

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from chat.catalogue import cache
from chat.catalogue.alternatives import successor
from chat.catalogue.picker import default_model, name_of
from chat.catalogue.pseudo_models import can_be_asked
from chat.conversations.attachments import (
    MAX_ATTACHMENTS,
    ReceivedAttachment,
    clean_attachment_name,
    decode_text,
    received_attachments,
)
from chat.conversations.files import ReceivedFiles
from chat.files.image_addresses import image_address
from chat.files.storage import MAX_FILE_BYTES, Document
from chat.files.storage import store_upload as store_file
from chat.formats import number
from chat.forms.fields import FilesField, IdField, ListField, TextField
from chat.images.processing import ImageRefused
from chat.images.storage import missing_image_sentence, store_upload
from chat.images.upload_handler import MAX_IMAGES
from chat.input_values import uuid_or_none
from chat.models import Conversation, File, Image, Preset, User

LONGEST_TEXT = 400_000  # characters, attachments included: about 100,000 tokens
LONGEST_MODEL_ID = 200
MOST_MODELS = 4  # that one message can be sent to


@dataclass
class NewMessage:
    """A message that is not stored yet."""

    text: str
    model: str
    images: list[Image]
    attachments: list[ReceivedAttachment]
    files: ReceivedFiles = field(default_factory=ReceivedFiles)
    compare: list[str] = field(default_factory=list)  # ids of models that are asked as well, side by side
    web: bool = False  # the answers may search the web

    @property
    def text_for_title(self) -> str:
        """What a title can be made of; for a file without a text, its name."""
        names = [each.name if "." in each.name else each.text for each in self.attachments]
        return self.text or next(iter([*names, *(file.name for file in self.files.files)]), "")

    @property
    def length(self) -> int:
        return len(self.text) + sum(len(each.text) for each in self.attachments)


class SendForm(forms.Form):
    """What the composer sends. `message` has all of it that is good, also when something else is wrong.

    Validating stores the images and files that come with it, so that the next try can name them in `kept`. `refusals`
    are the sentences for files that the upload handler did not accept.
    """

    id = IdField(required=False)
    text = TextField(required=False)
    model = TextField(required=False, strip=False)
    compare = ListField(required=False)
    web = forms.BooleanField(required=False)  # the answers may search the web
    images = FilesField(required=False)
    kept = ListField(required=False)  # ids of images and files that were uploaded before
    image_address = ListField(required=False)  # of images that only providers fetch
    attachment = ListField(required=False)
    attachment_name = ListField(required=False)
    branch = IdField(required=False)
    temporary = forms.BooleanField(required=False)
    elsewhere = forms.BooleanField(required=False)  # the page does not show the message that this one follows
    shown = TextField(required=False)
    preset = IdField(required=False)  # whose settings the new chat has
    over_limit = forms.BooleanField(required=False)  # send it although a spending limit of the person forbids it
    stream = forms.BooleanField(required=False)  # the page reads the answer's stream in the same response

    message: NewMessage

    def __init__(
        self,
        data: QueryDict,
        files: "MultiValueDict[str, UploadedFile[bytes]]",
        *,
        user: User,
        conversation: Conversation | None,
        refusals: Iterable[str] = (),
    ) -> None:
        super().__init__(data, files)
        self.user, self.conversation, self.refusals = user, conversation, refusals

    @cached_property
    def chosen_preset(self) -> Preset | None:
        """The preset with which the new chat begins; one that was deleted meanwhile is None."""
        id_ = self.cleaned_data["preset"]
        return self.user.presets.filter(pk=id_).first() if id_ and self.conversation is None else None

    @property
    def faults(self) -> list[str]:
        """A sentence for each thing that is wrong."""
        return [str(sentence) for sentence in self.non_field_errors()]

    def clean_model(self) -> str:
        chosen: str = self.cleaned_data["model"][:LONGEST_MODEL_ID]
        return chosen or (self.conversation.model if self.conversation else default_model())

    def clean_compare(self) -> list[str]:
        """The further models, each once. One that is too many stays, so that a sentence can say so."""
        ids = (id_.replace("\0", "")[:LONGEST_MODEL_ID] for id_ in self.cleaned_data["compare"] if id_.strip())
        further = dict.fromkeys(id_ for id_ in ids if id_ != self.cleaned_data["model"])
        return list(further)[:MOST_MODELS]

    def clean(self) -> None:
        data = self.cleaned_data
        attachments = received_attachments(data["attachment_name"], data["attachment"])
        found = {"compare": data["compare"], "web": data["web"]}
        self.message = NewMessage(data["text"], data["model"], [], attachments, **found)
        self._add_faults(self.refusals)
        self._add_uploaded(data["kept"])
        self._add_files(data["images"])
        self._add_addresses(data["image_address"])
        self.message.images = list(dict.fromkeys(self.message.images))  # the same image twice is one
        self.message.files.files = list(dict.fromkeys(self.message.files.files))
        if not self.faults:
            self._add_faults(_faults_of(self.message))

    def _add_uploaded(self, ids: list[str]) -> None:
        wanted = list(dict.fromkeys(ids))
        found = [*_own_images(self.user, wanted), *_own_files(self.user, wanted)]
        self.message.images = [each for each in found if isinstance(each, Image)]
        self.message.files.files = [each for each in found if isinstance(each, File)]
        if len(found) < len(wanted):  # without it the message would cost as much as with it
            self._add_faults([missing_image_sentence()])

    def _add_addresses(self, addresses: list[str]) -> None:
        for text in dict.fromkeys(each for each in addresses if each.strip()):
            if address := image_address(text):
                self.message.files.addresses.append(address)
            else:
                sentence = _("“%(address)s” isn't an image address. It has to start with https:// or http://.")
                self._add_faults([sentence % {"address": text.strip()[:100]}])

    def _add_files(self, files: "list[UploadedFile[bytes]]") -> None:
        for file in files:
            try:
                self._add_file(file)
            except ImageRefused as refusal:
                self._add_faults([str(refusal)])

    def _add_file(self, file: "UploadedFile[bytes]") -> None:
        stored = store_file(file, name=clean_attachment_name(file.name or ""), owner=self.user.id)
        if isinstance(stored, File):
            self.message.files.files.append(stored)
        elif isinstance(stored, Document):
            self.message.attachments.append(ReceivedAttachment(*stored))
        elif text := _text_file(file):
            self.message.attachments.append(text)
        else:
            self.message.images.append(_image_file(file, owner=self.user.id))

    def _add_faults(self, sentences: Iterable[str]) -> None:
        for sentence in sentences:
            self.add_error(None, sentence)  # an error of a field would remove what the field has


def _own_images(user: User, ids: list[str]) -> list[Image]:
    """Those of `ids` that are images of this person, in the order asked for."""
    wanted = [id_ for value in ids if (id_ := uuid_or_none(value))]
    if not wanted:
        return []
    found = user.images.in_bulk(wanted)  # also what a deleted chat shows: it may have been uploaded again since
    return [found[image_id] for image_id in wanted if image_id in found]


def _own_files(user: User, ids: list[str]) -> list[File]:
    wanted = [id_ for value in ids if (id_ := uuid_or_none(value))]
    found = user.files.in_bulk(wanted) if wanted else {}
    return [found[file_id] for file_id in wanted if file_id in found]


def _text_file(file: "UploadedFile[bytes]") -> ReceivedAttachment | None:
    """The file as a long text, if it is one. Where scripts run, they send its text instead."""
    if _claims_to_be_an_image(file) or (text := decode_text(file.read())) is None:
        return None
    name = clean_attachment_name(file.name or "")
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
        sentence = _("“%(name)s” wasn't attached. You can attach images, PDFs, audio, Office documents and text files.")
        raise ImageRefused(sentence % {"name": clean_attachment_name(file.name or "")}) from refusal


def _claims_to_be_an_image(file: "UploadedFile[bytes]") -> bool:
    declared, by_name = file.content_type or "", guess_type(file.name or "")[0] or ""
    return declared.startswith("image/") or by_name.startswith("image/")


def _faults_of(message: NewMessage) -> Iterator[str]:
    if not (message.text or message.images or message.attachments or message.files):
        yield _("Write something or attach a file.")
    if len(message.attachments) > MAX_ATTACHMENTS:
        yield _("A message can have up to %(most)d text attachments.") % {"most": MAX_ATTACHMENTS}
    if message.length > LONGEST_TEXT:
        yield too_long_sentence()
    if len(message.images) > MAX_IMAGES:
        yield _("A message can have up to %(most)d images.") % {"most": MAX_IMAGES}
    elif len(message.images) + len(message.files) > MAX_IMAGES:
        yield _("A message can have up to %(most)d images and files.") % {"most": MAX_IMAGES}
    if sum(file.size_bytes for file in message.files.files) > MAX_FILE_BYTES:
        yield _("A message can have up to %(most)d MB of files.") % {"most": MAX_FILE_BYTES // 1_000_000}
    if len(message.compare) >= MOST_MODELS:
        yield _("You can ask up to %(most)d models at once.") % {"most": MOST_MODELS}
    for model_id in (message.model, *message.compare):
        yield from _faults_of_model(model_id, message)


def _faults_of_model(model_id: str, message: NewMessage) -> Iterator[str]:
    model = cache.find(model_id)
    if not can_be_asked(model_id) and cache.models():
        yield _gone_sentence(model_id)
    if model and (message.images or message.files.addresses) and not model.sees_images:
        yield _("%(model)s doesn't accept images. Choose another model or remove the images.") % {
            "model": name_of(model.id)
        }

    if model and any(file.is_audio for file in message.files.files) and not model.hears_audio:
        yield _("%(model)s doesn't accept audio. Choose another model or remove the audio file.") % {
            "model": name_of(model.id)
        }


def _gone_sentence(model_id: str) -> str:
    """Name the model to use instead, if there is one."""
    words = {"model": name_of(model_id)}
    if instead := successor(model_id):
        sentence = _("“%(model)s” is no longer available. Choose another model. The closest is %(successor)s.")
        return sentence % (words | {"successor": name_of(instead.id)})
    return _("“%(model)s” is no longer available. Choose another model.") % words


def too_long_sentence() -> str:
    return _("This text is too long. The limit is %(most)s characters.") % {"most": number(LONGEST_TEXT)}
