"""Reads PDFs and Office documents, in a process that cannot take the site with it: reader_process.py."""

import base64
import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID
from weakref import WeakValueDictionary

from django.db import close_old_connections
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.formats import number
from chat.images.processing import ImageRefused
from chat.isolated_program import output_of

PROGRAM = Path(__file__).with_name("reader_process.py")
PATIENCE_SECONDS = 60.0  # by the clock on the wall; the process has a limit of CPU time, which is shorter
MOST_PAGES = 1_000  # as Mistral's OCR has it: https://docs.mistral.ai/capabilities/document_ai/basic_ocr
LONGEST_TEXT = 400_000  # characters of an Office document: MAX_CHARACTERS of reader_process.py

SENTENCES = {
    "encrypted": gettext_lazy("“%(name)s” is password-protected. Remove the password and attach it again."),
    "damaged": gettext_lazy("“%(name)s” is damaged or incomplete."),
    "too_much": gettext_lazy("“%(name)s” is too large when unpacked."),
    "too_long": gettext_lazy("“%(name)s” is too long: a message can have up to %(most)s characters."),
    "busy": gettext_lazy("“%(name)s” couldn't be read. Try again in a moment."),
    "unknown": gettext_lazy(
        "“%(name)s” can't be read. Supported Office documents are Word (.docx), Excel (.xlsx) and PowerPoint (.pptx)."
    ),
}

TURN_SECONDS = 30.0  # how long to wait for a turn

_turns = threading.BoundedSemaphore(2)  # of one process at a time: each may take a gigabyte
_turns_of_people: "WeakValueDictionary[UUID, threading.Lock]" = WeakValueDictionary()  # of those who read or wait


class FileRefused(ImageRefused):
    """A file, other than an image, that is not accepted; `str()` says why in one sentence that names it."""


class PdfContent(NamedTuple):
    pages: int
    text: str
    thumbnail: bytes  # a JPEG of the first page; b"" if it cannot be drawn


@contextmanager
def reading_turn(owner: UUID, *, name: str) -> Iterator[None]:
    """Wait until a file may be read; a person has one turn at a time, so that others have the next. Raises FileRefused.

    Take it before you load the file: many may wait.
    """
    own_turn = _turns_of_people.setdefault(owner, threading.Lock())
    with _taken(own_turn, name), _taken(_turns, name):
        yield


@contextmanager
def _taken(turn: "threading.Lock | threading.Semaphore", name: str) -> Iterator[None]:
    if not turn.acquire(blocking=False):
        close_old_connections()  # a process has ten on PostgreSQL, and those who wait need none
        if not turn.acquire(timeout=TURN_SECONDS):
            raise _refused("busy", name)
    try:
        yield
    finally:
        turn.release()


def read_pdf(content: bytes, *, name: str) -> PdfContent:
    """Read a PDF, in a turn: its number of pages, its text, and an image of the first page. Raises FileRefused."""
    first, _newline, second = _read("pdf", content, name).partition(b"\n")
    found = _found(first, name)
    if found["pages"] > MOST_PAGES:
        sentence = _("“%(name)s” has %(pages)s pages. The limit is %(most)s.")
        raise FileRefused(sentence % {"name": name, "pages": number(found["pages"]), "most": number(MOST_PAGES)})
    return PdfContent(found["pages"], _storable(found["text"]), _decoded(second))


def read_office(content: bytes, *, name: str) -> str:
    """The text of a Word, Excel or PowerPoint document, which is read in a turn. Raises FileRefused."""
    text = _storable(_found(_read("office", content, name), name)["text"])
    if not text.strip():
        raise FileRefused(_("“%(name)s” contains no text.") % {"name": name})
    return text


def _read(kind: str, content: bytes, name: str) -> bytes:
    """What the process writes; what it has written before it died is as good."""
    try:
        return output_of(PROGRAM, kind, str(MOST_PAGES), content=content, most_seconds=PATIENCE_SECONDS)
    except OSError:  # there is no room for another process
        raise _refused("busy", name) from None
    except subprocess.SubprocessError:
        raise _refused("too_much", name) from None


def _found(line: bytes, name: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(line)
    except ValueError:  # it took too much time or memory
        raise _refused("too_much", name) from None
    if "fault" in found:
        raise _refused(found["fault"], name)
    return found


def _refused(fault: str, name: str) -> FileRefused:
    return FileRefused(SENTENCES[fault] % {"name": name, "most": number(LONGEST_TEXT)})


def _storable(text: str) -> str:
    """Without what a database or UTF-8 cannot have: NUL, and half a character."""
    return text.replace("\0", "").encode(errors="replace").decode()


def _decoded(line: bytes) -> bytes:
    try:
        return base64.b64decode(line.strip(), validate=True)
    except ValueError:  # the process died while it wrote this
        return b""
