"""Finds the languages that the site can be shown in, and compiles their catalogues (docs/translating.md)."""

import logging
import os
import re
from collections.abc import Iterable
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from django.utils.translation import to_language

logger = logging.getLogger(__name__)

ENGLISH = "en"
CODE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8})*")  # a language code as Django writes it
PLACEHOLDERS = re.compile(r"\{\w*\}|[{}<>\"]")  # of scripts and str.format, and what templates do not escape


def find_languages(folders: Iterable[Path]) -> list[str]:
    """Return the codes of the languages with a catalogue, `<folder>/<language>/LC_MESSAGES/django.po`, English first.

    New and changed catalogues are compiled, so that an operator only has to copy a file.
    """
    catalogues = [path for folder in folders for path in sorted(folder.glob("*/LC_MESSAGES"))]
    codes = [to_language(path.parent.name) for path in catalogues if _is_ready(path)]
    return list(dict.fromkeys([ENGLISH, *filter(CODE.fullmatch, codes)]))


def _is_ready(folder: Path) -> bool:
    source, compiled = folder / "django.po", folder / "django.mo"
    try:
        if source.exists() and _changed_at(source) != _changed_at(compiled):
            _compile(source, compiled)
    except (PoFileError, ValueError, OSError) as error:
        logger.warning("%s could not be loaded: %s", source, error)
    return compiled.exists()


def _changed_at(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


def _compile(source: Path, compiled: Path) -> None:
    at = _changed_at(source)
    with source.open("rb") as file:
        catalog = read_po(file, abort_invalid=True)
    for message in _broken_messages(catalog):
        logger.warning("%s, line %s: different {placeholders}, quotes or tags; left in English", source, message.lineno)
        catalog.delete(message.id, message.context)
    temporary = compiled.with_suffix(f".{os.getpid()}")  # another process may be reading the compiled file
    with temporary.open("wb") as file:
        write_mo(file, catalog)
    os.utime(temporary, ns=(at, at))  # exactly the source's: a replaced source may be older, so times must be equal
    temporary.replace(compiled)


def _broken_messages(catalog: Catalog) -> list[Message]:
    """Return the messages whose translation would break the page, or lack a name or a number."""
    wrong = {id(message) for message, errors in catalog.check() if errors}
    return [message for message in catalog if message.id and (id(message) in wrong or _adds_placeholders(message))]


def _adds_placeholders(message: Message) -> bool:
    return not _placeholders(message.string or "") <= _placeholders(message.id)


def _placeholders(texts: str | Iterable[str]) -> set[str]:
    return set(PLACEHOLDERS.findall(texts if isinstance(texts, str) else " ".join(texts)))
