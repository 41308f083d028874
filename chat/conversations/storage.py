"""Pictures on disk: one file per owner and content, written once."""

import base64
import binascii
import io
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import BinaryIO, cast
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.conversations import pictures
from chat.conversations.models import Picture
from chat.conversations.pictures import PictureRefused, prepare
from chat.offload import in_a_real_thread

FORGOTTEN = timedelta(days=1)  # a picture that no message has shown for so long was never sent
QUOTA_BYTES = 2_000_000_000  # of pictures a person
EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}


def keep(file: "BinaryIO | UploadedFile[bytes]", *, name: str, owner: UUID) -> Picture:
    """Check, clean and store an uploaded picture. Raises PictureRefused with a sentence for its owner."""
    used = Picture.objects.filter(user_id=owner).aggregate(total=Sum("size_bytes"))["total"] or 0
    if used > QUOTA_BYTES:
        raise PictureRefused(
            _("Your pictures take up all the room that you have here. Delete chats with pictures first.")
        )
    prepared = in_a_real_thread(partial(prepare, cast(BinaryIO, file), name=name))
    return _store(prepared, owner)


def keep_data_url(url: str, *, owner: UUID) -> Picture:
    """Store a picture that a model made: `data:image/png;base64,…`, checked like an uploaded one."""
    head, _, data = url.partition(",")
    if not (head.startswith("data:image/") and head.endswith(";base64")):
        raise PictureRefused(_("The model sent a picture that this site cannot read."))
    try:
        content = base64.b64decode(data, validate=True)
    except binascii.Error:
        raise PictureRefused(_("The model sent a damaged picture.")) from None
    return keep(io.BytesIO(content), name="picture", owner=owner)


def _store(prepared: pictures.Picture, owner: UUID) -> Picture:
    name = f"{folder_of(owner)}/{prepared.sha256}.{EXTENSIONS[prepared.content_type]}"
    with transaction.atomic():
        picture, is_new = Picture.objects.get_or_create(
            user_id=owner,
            sha256=prepared.sha256,
            defaults={
                "file": name,
                "content_type": prepared.content_type,
                "width": prepared.width,
                "height": prepared.height,
                "size_bytes": len(prepared.content),
            },
        )
        if is_new or not default_storage.exists(name):
            default_storage.delete(name)  # an interrupted upload may have left a part
            default_storage.save(name, ContentFile(prepared.content))
    return picture


def folder_of(owner: UUID) -> str:
    return f"pictures/{owner}"


def remove_unused(owner: UUID, *, among: Iterable[UUID]) -> None:
    """Delete those of the pictures that no message shows any more, files included; and any that nobody ever sent.

    Younger ones without a message may belong to one that is just being written.
    """
    forgotten = Q(pk__in=list(among)) | Q(created_at__lt=timezone.now() - FORGOTTEN)
    for picture in Picture.objects.filter(forgotten, user_id=owner, places=None):
        name = str(picture.file.name)
        picture.delete()
        transaction.on_commit(partial(default_storage.delete, name))
