"""Stores PDFs and audio files: a database row and a file per owner and content, beside the owner's images.

Like an image (chat/images/storage.py), a file is uploaded before its message is sent, so for a while it is unsent.
"""

from collections.abc import Iterable
from contextlib import nullcontext
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import BinaryIO, NamedTuple, cast
from uuid import UUID, uuid4

from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError, transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.files.kinds import HEAD_BYTES, OFFICE, PDF, STORED, Kind, kind_of
from chat.files.reading import FileRefused, PdfContent, read_office, read_pdf, reading_turn
from chat.images.storage import (
    BATCH,
    MAX_UNSENT,
    MAX_UNSENT_AGE,
    MAX_UNSENT_BYTES,
    PROTECTED_AGE,
    QUOTA_BYTES,
    delete_files,
    folder_of,
    used_bytes,
    write,
)
from chat.models import File

# Of one file, and of all files of a message: as base64 they have to fit into a request beside its texts and images.
MAX_FILE_BYTES = 13_000_000
MAX_OFFICE_BYTES = 20_000_000  # of one that is read and not stored


class Document(NamedTuple):
    """An Office document, of which only the text is kept."""

    name: str
    text: str


def store_upload(upload: "UploadedFile[bytes]", *, name: str, owner: UUID) -> "File | Document | None":
    """Store a file before its message is sent, or read the text of an Office document; None if it is neither.

    The number of unsent files is limited. Raises FileRefused.
    """
    upload.seek(0)
    kind = kind_of(upload.read(HEAD_BYTES))
    upload.seek(0)
    if kind is None:
        return None
    if kind == OFFICE:
        with reading_turn(owner, name=name):
            return Document(name, read_office(_read(upload, MAX_OFFICE_BYTES, name), name=name))
    _limit_unsent(owner)
    return store_file(cast(BinaryIO, upload), kind, name=name, owner=owner)


def store_file(file: BinaryIO, kind: Kind, *, name: str, owner: UUID) -> File:
    """Store a PDF or an audio file; one that the owner has already gets the new name. Raises FileRefused."""
    with reading_turn(owner, name=name) if kind == PDF else nullcontext():
        return _store_content(file, kind, name=name, owner=owner)


def _store_content(file: BinaryIO, kind: Kind, *, name: str, owner: UUID) -> File:
    content = _read(file, MAX_FILE_BYTES, name)
    digest = sha256(content).hexdigest()
    if known := File.objects.filter(user_id=owner, sha256=digest).first():
        return _renewed(known, content, name)
    if used_bytes(owner) + len(content) > QUOTA_BYTES:
        raise FileRefused(_("You've used all the space for your files. Delete some chats with files first."))
    found = read_pdf(content, name=name) if kind == PDF else None
    return _store(content, kind, found, digest=digest, name=name, owner=owner)


def lock_files(files: Iterable[File]) -> None:
    """Lock files until the end of the transaction that adds them to a message. Raises FileRefused if one is gone."""
    wanted = {file.pk for file in files}
    if not wanted:
        return
    locked = File.objects.select_for_update().filter(pk__in=wanted).order_by("pk")
    if len(locked.values_list("pk")) < len(wanted):
        raise FileRefused(missing_file_sentence())


def missing_file_sentence() -> str:
    return _("A file you attached is no longer available. Remove it and attach it again.")


def remove_unused_files(owner: UUID, *, among: Iterable[UUID]) -> None:
    """Delete the files that no message has: those of `among`, and all old unsent ones of `owner`."""
    _remove(File.objects.filter(Q(pk__in=list(among)) | _is_old(MAX_UNSENT_AGE), user_id=owner))


def remove_unsent_files() -> None:
    """Delete old unsent files of all people."""
    _remove(File.objects.filter(_is_old(MAX_UNSENT_AGE)))


def audio_format_of(content_type: str) -> str:
    """OpenRouter's name for the format of an audio file."""
    return STORED[content_type].audio_format


def _read(file: "BinaryIO | UploadedFile[bytes]", max_bytes: int, name: str) -> bytes:
    content: bytes = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        sentence = _("“%(name)s” is larger than %(most)d MB.")
        raise FileRefused(sentence % {"name": name, "most": max_bytes // 1_000_000})
    return content


def _renewed(known: File, content: bytes, name: str) -> File:
    """An unsent file becomes young again; one whose content was lost gets it back."""
    known.name, known.created_at = name, timezone.now()
    known.save(update_fields=["name", "created_at"])
    write(str(known.file.name), content)
    return known


def _store(content: bytes, kind: Kind, found: PdfContent | None, *, digest: str, name: str, owner: UUID) -> File:
    id_ = uuid4()
    file = File(
        id=id_,
        user_id=owner,
        sha256=digest,
        file=f"{folder_of(owner)}/{id_}.{kind.extension}",
        name=name,
        content_type=kind.content_type,
        size_bytes=len(content),
    )
    if found:
        file.pages, file.text, file.characters = found.pages, found.text, len(found.text)
        file.has_thumbnail = bool(found.thumbnail)
    try:
        write(str(file.file.name), content)
        if found and found.thumbnail:
            write(file.thumbnail_name, found.thumbnail)
        return _get_or_create(file)
    except (OSError, DatabaseError):  # for example if the owner's account has just been deleted
        delete_files(_file_names(file))
        raise


def _get_or_create(file: File) -> File:
    """The file, now saved; or the one that another upload of the same content has saved in the meantime."""
    with transaction.atomic():
        values = {field.attname: getattr(file, field.attname) for field in File._meta.concrete_fields}
        stored, is_new = File.objects.get_or_create(user_id=file.user_id, sha256=file.sha256, defaults=values)
    if not is_new:
        delete_files(_file_names(file))
    return stored


def _is_old(age: timedelta) -> Q:
    return Q(created_at__lt=timezone.now() - age)


def _remove(candidates: QuerySet[File]) -> None:
    """Delete the candidates that no message has. Locked rows are skipped: a message is about to have them."""
    with transaction.atomic():
        unused = list(candidates.filter(places=None).values_list("pk", flat=True)[:BATCH])
        unlocked = File.objects.select_for_update(skip_locked=True).filter(pk__in=unused).order_by("pk")
        # Filter again now that the rows are locked: meanwhile a message may have got one of the files.
        for file in candidates.filter(pk__in=list(unlocked.values_list("pk", flat=True)), places=None):
            names = _file_names(file)
            file.delete()
            transaction.on_commit(partial(delete_files, names))


def _file_names(file: File) -> list[str]:
    return [str(file.file.name), file.thumbnail_name]


def _limit_unsent(owner: UUID) -> None:
    """Remove older unsent files if there are too many. Raises FileRefused if that is not enough."""
    unsent = File.objects.filter(user_id=owner, places=None)
    if _are_too_many(unsent):
        _remove(File.objects.filter(_is_old(PROTECTED_AGE), user_id=owner))
        if _are_too_many(unsent):
            raise FileRefused(_("You have too many unsent files. Send some, or try again in an hour."))


def _are_too_many(unsent: QuerySet[File]) -> bool:
    sums = unsent.aggregate(count=Count("pk"), size=Sum("size_bytes"))
    return sums["count"] >= MAX_UNSENT or (sums["size"] or 0) >= MAX_UNSENT_BYTES
