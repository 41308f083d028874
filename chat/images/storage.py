"""Stores images: a database row and a file per owner and content, smaller versions for requests, and their removal.

An image is uploaded before its message is sent, so for a while it is unsent: no message shows it. Code that removes
unsent images, and code that is about to show one in a message, locks its row first and then checks again.
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

from chat.images.checks import MAX_IMAGE_BYTES, InvalidImage
from chat.images.encoding import PreparedImage
from chat.images.pixels import MAX_EDGE
from chat.images.processing import MAX_PREPARED_BYTES, ImageRefused, prepare, smaller
from chat.models import File, Image
from chat.offload import in_a_real_thread

ROOT_FOLDER = "pictures"  # contains a folder for each person
DELETION_MARK = "account-deleted"  # a file in the folder of a person whose account is being deleted
MAX_UNSENT_AGE = timedelta(days=1)  # older unsent images are removed
QUOTA_BYTES = 2_000_000_000  # of images and files per person

# Unsent images of one person: the drafts of a few tabs.
MAX_UNSENT = 48
MAX_UNSENT_BYTES = 150_000_000
BATCH = 200  # removed in one transaction: on SQLite all other writers wait for its end
PROTECTED_AGE = timedelta(hours=1)  # younger unsent images are not removed in favour of new ones
MAX_DATA_CHARS = MAX_IMAGE_BYTES * 4 // 3 + 4  # in base64
EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}

logger = logging.getLogger(__name__)


class Version(NamedTuple):
    """The limits for one of the sizes in which an image can be sent."""

    max_edge: int  # pixels
    max_bytes: int


FULL_SIZE = Version(MAX_EDGE, MAX_PREPARED_BYTES)
VERSIONS = (FULL_SIZE, Version(1568, 700_000), Version(1024, 250_000), Version(768, 100_000))


def store_image(file: "BinaryIO | UploadedFile[bytes]", *, name: str, owner: UUID) -> Image:
    """Check, prepare and store an uploaded image. Raises ImageRefused with a sentence for its owner."""
    if used_bytes(owner) > QUOTA_BYTES:
        raise ImageRefused(_("You've used all the space for your images. Delete some chats with images first."))
    prepared = in_a_real_thread(partial(prepare, cast(BinaryIO, file), name=name))
    return _store(prepared, owner)


def used_bytes(owner: UUID) -> int:
    """How many bytes all images and files of a person take."""
    sums = (
        rows.filter(user_id=owner).aggregate(sum=Sum("size_bytes"))["sum"] for rows in (Image.objects, File.objects)
    )
    return sum(size or 0 for size in sums)


def store_upload(file: "UploadedFile[bytes]", *, owner: UUID) -> Image:
    """Store an image before its message is sent, like `store_image`. The number of unsent images is limited."""
    _limit_unsent(owner)
    return store_image(file, name=file.name or "", owner=owner)


def store_data_url(url: str, *, owner: UUID) -> Image:
    """Store an image that a model made, from `data:image/png;base64,…`. It is checked like an uploaded one.

    Another address is not opened: what a model names could be anything, also on this network. Raises ImageRefused.
    """
    prefix, _comma, data = url.partition(",")
    if len(data) > MAX_DATA_CHARS:  # before it is decoded, which takes as much memory again
        raise ImageRefused(_("The model sent an image that is too large."))
    if prefix.startswith("data:image/svg"):  # a program rather than pixels
        raise ImageRefused(_("The model sent an SVG drawing, which this site doesn't show."))
    if not (prefix.startswith("data:image/") and prefix.endswith(";base64")):
        raise _unreadable()
    try:
        content = base64.b64decode(data, validate=True)
    except ValueError:
        raise ImageRefused(_("The model sent a damaged image.")) from None
    try:
        return store_image(io.BytesIO(content), name="picture", owner=owner)
    except ImageRefused as refusal:  # it speaks of a file that somebody uploaded
        raise _unreadable() if isinstance(refusal.__cause__, InvalidImage) else refusal from None


def _unreadable() -> ImageRefused:
    return ImageRefused(_("The model sent an image that this site can't read."))


def lock_images(images: Iterable[Image]) -> None:
    """Lock images until the end of the transaction that adds them to a message.

    Raises ImageRefused if one of them no longer exists.
    """
    wanted = {image.pk for image in images}
    if not wanted:
        return
    locked = Image.objects.select_for_update().filter(pk__in=wanted).order_by("pk")
    if len(locked.values_list("pk")) < len(wanted):
        raise ImageRefused(missing_image_sentence())


def missing_image_sentence() -> str:
    return _("An image you attached is no longer available. Remove it and attach it again.")


def smaller_version(image: Image, version: Version) -> str:
    """Return the name of a file with the image within the limits of `version`.

    The file is made on first use, beside the image's own file, and removed together with it. If it cannot be made,
    the name is that of the image's own file. Raises FileNotFoundError if that one is lost.
    """
    if name := stored_version(image, version):
        return name
    with default_storage.open(str(image.file.name), "rb") as file:
        content = file.read()
    try:
        made = in_a_real_thread(partial(smaller, content, edge=version.max_edge, max_bytes=version.max_bytes))
        return _write_version(_version_name(image, version, EXTENSIONS[made.content_type]), made.content)
    except (InvalidImage, OSError) as error:  # for example a full disk: the provider may still accept the full size
        logger.warning("A smaller version of image %s could not be made: %s", image.pk, type(error).__name__)
        return str(image.file.name)


def stored_version(image: Image, version: Version) -> str | None:
    """The name of the file that `smaller_version` has made before, if it has."""
    return next(filter(default_storage.exists, _version_names(image, version)), None)


def _write_version(name: str, content: bytes) -> str:
    """Write the file under a temporary name and rename it, so that a process that dies leaves no partial version."""
    temporary = default_storage.save(f"{name}.{uuid4().hex[:8]}", ContentFile(content))
    Path(default_storage.path(temporary)).replace(default_storage.path(name))
    return name


def content_type_of(name: str) -> str:
    return next(kind for kind, extension in EXTENSIONS.items() if name.endswith(extension))


def folder_of(owner: UUID) -> str:
    return f"{ROOT_FOLDER}/{owner}"


def mark_folder_of(owner: UUID) -> None:
    """Note in the folder of an account that it is being deleted. Without that, `remove_orphaned_folders` leaves it."""
    if default_storage.exists(folder_of(owner)):
        write(_deletion_mark(owner), b"")


def _deletion_mark(owner: UUID | str) -> str:
    return f"{ROOT_FOLDER}/{owner}/{DELETION_MARK}"


def remove_folder_of(owner: UUID | str) -> None:
    """Delete all image files of a deleted account, also those of interrupted uploads."""
    folder = f"{ROOT_FOLDER}/{owner}"
    if default_storage.exists(folder):
        names = default_storage.listdir(folder)[1]
        for name in sorted(names, key=lambda name: name == DELETION_MARK):  # the mark last: this may be interrupted
            default_storage.delete(f"{folder}/{name}")
        with suppress(OSError):  # not empty: an upload is just ending, and fails because its owner is gone
            default_storage.delete(folder)


def remove_orphaned_folders() -> None:
    """Delete the folders of accounts whose deletion was interrupted before it came to the files.

    That the database does not know an account is not enough: it may be the wrong database, or a new one.
    """
    found = default_storage.listdir(ROOT_FOLDER)[0] if default_storage.exists(ROOT_FOLDER) else []
    folders = [name for name in found if _is_uuid(name)]  # others were not made by this site
    for begin in range(0, len(folders), BATCH):
        batch = folders[begin : begin + BATCH]
        owners = get_user_model()._default_manager.in_bulk(batch)
        for folder in set(batch) - {str(pk) for pk in owners}:
            if default_storage.exists(_deletion_mark(folder)):
                remove_folder_of(folder)
        time.sleep(0)  # let other greenlets run


def _is_uuid(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False


def remove_unused(owner: UUID, *, among: Iterable[UUID]) -> None:
    """Delete the images, files included, that no message shows: those of `among`, and all old unsent ones of `owner`.

    Younger unsent images may belong to a message that is just being written.
    """
    _remove(Image.objects.filter(Q(pk__in=list(among)) | _is_old(), user_id=owner))


def remove_unsent() -> None:
    """Delete old unsent images of all people, because their owners may not come back."""
    _remove(Image.objects.filter(_is_old()), limit=BATCH)


def _is_old() -> Q:
    return Q(created_at__lt=timezone.now() - MAX_UNSENT_AGE)


def _remove(candidates: QuerySet[Image], *, limit: int | None = None) -> None:
    """Delete the candidates that no message shows. Locked rows are skipped: a message is about to show them."""
    with transaction.atomic():
        unused = list(candidates.filter(places=None).values_list("pk", flat=True)[:limit])
        unlocked = Image.objects.select_for_update(skip_locked=True).filter(pk__in=unused).order_by("pk")
        # Filter again now that the rows are locked: meanwhile a message may have added one of the images.
        for image in candidates.filter(pk__in=list(unlocked.values_list("pk", flat=True)), places=None):
            names = _file_names(image)
            image.delete()
            transaction.on_commit(partial(delete_files, names))


def _version_name(image: Image, version: Version, extension: str) -> str:
    return f"{folder_of(image.user_id)}/{image.pk}-{version.max_edge}.{extension}"


def _version_names(image: Image, version: Version) -> list[str]:
    """Return the possible file names: the format is known only once the version is made."""
    return [_version_name(image, version, extension) for extension in EXTENSIONS.values()]


def _file_names(image: Image) -> list[str]:
    versions = [name for version in VERSIONS for name in _version_names(image, version)]
    return [*versions, str(image.file.name)]


def delete_files(names: list[str]) -> None:
    """Delete files from the storage, as far as they exist."""
    for name in names:
        default_storage.delete(name)


def _limit_unsent(owner: UUID) -> None:
    """Remove older unsent images if there are too many. Raises ImageRefused if that is not enough."""
    unsent = Image.objects.filter(user_id=owner, places=None)
    if _are_too_many(unsent):
        _remove(Image.objects.filter(user_id=owner, created_at__lt=timezone.now() - PROTECTED_AGE))
        if _are_too_many(unsent):
            raise ImageRefused(_("You have too many unsent images. Send some, or try again in an hour."))


def _are_too_many(unsent: QuerySet[Image]) -> bool:
    sums = unsent.aggregate(count=Count("pk"), size=Sum("size_bytes"))
    return sums["count"] >= MAX_UNSENT or (sums["size"] or 0) >= MAX_UNSENT_BYTES


def _store(prepared: PreparedImage, owner: UUID) -> Image:
    """Store one row per owner and content, with a file of its own.

    The file's name is the row's id, so that removing an old row never deletes the file of a new one.
    """
    id_ = uuid4()
    name = f"{folder_of(owner)}/{id_}.{EXTENSIONS[prepared.content_type]}"
    try:
        return _get_or_create(prepared, owner, id_, name)
    except DatabaseError:  # for example if the owner's account has just been deleted
        default_storage.delete(name)
        raise


def _get_or_create(prepared: PreparedImage, owner: UUID, id_: UUID, name: str) -> Image:
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
        if not is_new:  # an unsent image becomes young again
            Image.objects.filter(pk=image.pk).update(created_at=timezone.now())
        write(str(image.file.name), prepared.content)
    return image


def write(name: str, content: bytes) -> None:
    """Write a file into the storage unless it exists."""
    if default_storage.exists(name):
        return
    try:
        default_storage.save(name, ContentFile(content))
    except OSError:  # do not leave a partial image
        default_storage.delete(name)
        raise
