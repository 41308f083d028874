"""Images on disk: one file per owner and content, written once.

An image is uploaded before its message is sent, so for a while no message shows it: it waits. Whoever removes such
images and whoever is about to show one lock its row, and look again.
"""

import base64
import io
import logging
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast
from uuid import UUID, uuid4

from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError, transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.images import processing
from chat.images.processing import ImageRefused, Unfit, prepare, smaller
from chat.models import Image
from chat.offload import in_a_real_thread

FOLDERS = "pictures"  # one below it for each person
FORGOTTEN = timedelta(days=1)  # an image that no message has shown for so long was never sent
QUOTA_BYTES = 2_000_000_000  # of images a person

# Of one person's images that wait for a message: the drafts of some tabs.
MOST_WAITING = 48
MOST_WAITING_BYTES = 150_000_000
MOST_AT_ONCE = 200  # removed in one transaction: on SQLite everybody waits for its end
SURELY_NEEDED = timedelta(hours=1)  # so young an image makes no room for others
EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}

logger = logging.getLogger(__name__)


class Version(NamedTuple):
    """A size in which an image may be sent: the most that it has."""

    edge: int  # pixels
    size_bytes: int


FULL_SIZE = Version(processing.LONGEST_EDGE, processing.MAX_PREPARED_BYTES)
VERSIONS = (FULL_SIZE, Version(1568, 700_000), Version(1024, 250_000), Version(768, 100_000))


def store_image(file: "BinaryIO | UploadedFile[bytes]", *, name: str, owner: UUID) -> Image:
    """Check, clean and store an uploaded image. Raises ImageRefused with a sentence for its owner."""
    used = Image.objects.filter(user_id=owner).aggregate(total=Sum("size_bytes"))["total"] or 0
    if used > QUOTA_BYTES:
        raise ImageRefused(_("You've used all the space for your images. Delete some chats with images first."))
    prepared = in_a_real_thread(partial(prepare, cast(BinaryIO, file), name=name))
    return _store(prepared, owner)


def store_upload(file: "UploadedFile[bytes]", *, owner: UUID) -> Image:
    """The same for one that waits for its message, or for the next try to send it. Not too many may."""
    _make_room(owner)
    return store_image(file, name=file.name or "", owner=owner)


def store_data_url(url: str, *, owner: UUID) -> Image:
    """Store an image that a model made: `data:image/png;base64,…`, checked like an uploaded one."""
    head, _comma, data = url.partition(",")
    if not (head.startswith("data:image/") and head.endswith(";base64")):
        raise ImageRefused(_("The model sent an image this site can't read."))
    try:
        content = base64.b64decode(data, validate=True)
    except ValueError:
        raise ImageRefused(_("The model sent a damaged image.")) from None
    return store_image(io.BytesIO(content), name="picture", owner=owner)


def lock_images(images: Iterable[Image]) -> None:
    """Lock them until the transaction ends that shows them in a message. Raises ImageRefused when one is gone."""
    wanted = {image.pk for image in images}
    locked = Image.objects.select_for_update().filter(pk__in=wanted).order_by("pk")
    if len(locked.values_list("pk")) < len(wanted):
        raise ImageRefused(missing_image_sentence())


def missing_image_sentence() -> str:
    return _("An image you added is no longer available. Remove it and add it again.")


def smaller_version(image: Image, version: Version) -> str:
    """The name of a file with the image made to fit.

    It is made once, beside the image's own file, and goes with it. Raises FileNotFoundError when that is lost.
    """
    if name := next(filter(default_storage.exists, _version_names(image, version)), None):
        return name
    with default_storage.open(str(image.file.name), "rb") as file:
        content = file.read()
    try:
        made = in_a_real_thread(partial(smaller, content, edge=version.edge, max_bytes=version.size_bytes))
        return _write_version(_version_name(image, version, EXTENSIONS[made.content_type]), made.content)
    except (Unfit, OSError) as error:  # the disk is full, say: rather refused by a provider than not asked at all
        logger.warning("A smaller version of image %s could not be made: %s", image.pk, type(error).__name__)
        return str(image.file.name)


def _write_version(name: str, content: bytes) -> str:
    """Under another name until it is whole: what a process that dies has begun is no version."""
    begun = default_storage.save(f"{name}.{uuid4().hex[:8]}", ContentFile(content))
    Path(default_storage.path(begun)).replace(default_storage.path(name))
    return name


def content_type_of(name: str) -> str:
    return next(kind for kind, extension in EXTENSIONS.items() if name.endswith(extension))


def folder_of(owner: UUID) -> str:
    return f"{FOLDERS}/{owner}"


def remove_folder_of(owner: UUID | str) -> None:
    """All files of somebody who is gone, also what an interrupted upload left there."""
    folder = f"{FOLDERS}/{owner}"
    if default_storage.exists(folder):
        for name in default_storage.listdir(folder)[1]:
            default_storage.delete(f"{folder}/{name}")
        with suppress(OSError):  # an image is just coming in, and goes again: nobody is there to own it
            default_storage.delete(folder)


def remove_ownerless() -> None:
    """The folders of those whose account was deleted by a process that died before it came to the files."""
    found = default_storage.listdir(FOLDERS)[0] if default_storage.exists(FOLDERS) else []
    folders = [name for name in found if _is_uuid(name)]  # others are not ours
    for begin in range(0, len(folders), MOST_AT_ONCE):
        some = folders[begin : begin + MOST_AT_ONCE]
        known = get_user_model()._default_manager.in_bulk(some)
        for folder in set(some) - {str(pk) for pk in known}:
            remove_folder_of(folder)
        time.sleep(0)  # others have their turn


def _is_uuid(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False


def remove_unused(owner: UUID, *, among: Iterable[UUID]) -> None:
    """Delete those of the images that no message shows any more, files included; and any that nobody ever sent.

    Younger ones without a message may belong to one that is just being written.
    """
    _remove(Image.objects.filter(Q(pk__in=list(among)) | _forgotten(), user_id=owner))


def remove_forgotten() -> None:
    """The same for everybody's that were never sent: their owners may not come back."""
    _remove(Image.objects.filter(_forgotten()), most=MOST_AT_ONCE)


def _forgotten() -> Q:
    return Q(created_at__lt=timezone.now() - FORGOTTEN)


def _remove(candidates: QuerySet[Image], *, most: int | None = None) -> None:
    """Delete those that no message shows. A row that is locked belongs to who is just showing it."""
    with transaction.atomic():
        unused = list(candidates.filter(places=None).values_list("pk", flat=True)[:most])
        free = Image.objects.select_for_update(skip_locked=True).filter(pk__in=unused).order_by("pk")
        # Once more, now that the rows are locked: a message that came first has shown its images by now.
        for image in candidates.filter(pk__in=list(free.values_list("pk", flat=True)), places=None):
            names = _files_of(image)
            image.delete()
            transaction.on_commit(partial(_delete_files, names))


def _version_name(image: Image, version: Version, extension: str) -> str:
    return f"{folder_of(image.user_id)}/{image.pk}-{version.edge}.{extension}"


def _version_names(image: Image, version: Version) -> list[str]:
    """What it may be called: which format it has shows when it is made."""
    return [_version_name(image, version, extension) for extension in EXTENSIONS.values()]


def _files_of(image: Image) -> list[str]:
    versions = [name for version in VERSIONS for name in _version_names(image, version)]
    return [*versions, str(image.file.name)]


def _delete_files(names: list[str]) -> None:
    for name in names:
        default_storage.delete(name)


def _make_room(owner: UUID) -> None:
    """For one more that waits: those of yesterday's tabs make way, or there is a sentence."""
    waiting = Image.objects.filter(user_id=owner, places=None)
    if _is_full(waiting):
        _remove(Image.objects.filter(user_id=owner, created_at__lt=timezone.now() - SURELY_NEEDED))
        if _is_full(waiting):
            raise ImageRefused(_("You have too many unsent images. Send some, or try again in an hour."))


def _is_full(waiting: QuerySet[Image]) -> bool:
    sums = waiting.aggregate(count=Count("pk"), size=Sum("size_bytes"))
    return sums["count"] >= MOST_WAITING or (sums["size"] or 0) >= MOST_WAITING_BYTES


def _store(prepared: processing.PreparedImage, owner: UUID) -> Image:
    """One row per owner and content; a file per row, so that one who removes an old row takes no new one's file."""
    id_ = uuid4()
    name = f"{folder_of(owner)}/{id_}.{EXTENSIONS[prepared.content_type]}"
    try:
        return _stored(prepared, owner, id_, name)
    except DatabaseError:  # its owner has left meanwhile, say
        default_storage.delete(name)
        raise


def _stored(prepared: processing.PreparedImage, owner: UUID, id_: UUID, name: str) -> Image:
    with transaction.atomic():
        image, is_new = Image.objects.select_for_update().get_or_create(
            user_id=owner,
            sha256=prepared.sha256,
            defaults={
                "id": id_,
                "file": name,
                "content_type": prepared.content_type,
                "width": prepared.width,
                "height": prepared.height,
                "size_bytes": len(prepared.content),
            },
        )
        if not is_new:  # it waits anew, if it does
            Image.objects.filter(pk=image.pk).update(created_at=timezone.now())
        _write(str(image.file.name), prepared.content)
    return image


def _write(name: str, content: bytes) -> None:
    """Unless it is there already."""
    if default_storage.exists(name):
        return
    try:
        default_storage.save(name, ContentFile(content))
    except OSError:  # a part of an image is none
        default_storage.delete(name)
        raise
