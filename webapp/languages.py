"""The languages of the site: English, and those that have a catalogue (docs/translating.md)."""

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
CODE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8})*")  # as Django has it
PLACES = re.compile(r"\{\w*\}|[{}<>\"]")  # what scripts and str.format fill in; and what templates do not escape


def found_in(folders: Iterable[Path]) -> list[str]:
    """The codes of the languages with a catalogue, `<folder>/<language>/LC_MESSAGES/django.po`, English first.

    Whoever drops in a catalogue need not compile it: that is done here, when it is new or has changed.
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
    for message in _unsound(catalog):
        logger.warning("%s, line %s: different {placeholders}, quotes or tags; left in English", source, message.lineno)
        catalog.delete(message.id, message.context)
    beside = compiled.with_suffix(f".{os.getpid()}")  # another process may be reading
    with beside.open("wb") as file:
        write_mo(file, catalog)
    os.utime(beside, ns=(at, at))  # of the very source: one that takes its place may be older
    beside.replace(compiled)


def _unsound(catalog: Catalog) -> list[Message]:
    """Those that would break the page they stand on, or say nothing where a name or a number should be."""
    wrong = {id(message) for message, errors in catalog.check() if errors}
    return [message for message in catalog if message.id and (id(message) in wrong or _has_other_places(message))]


def _has_other_places(message: Message) -> bool:
    return not _places(message.string or "") <= _places(message.id)


def _places(texts: str | Iterable[str]) -> set[str]:
    return set(PLACES.findall(texts if isinstance(texts, str) else " ".join(texts)))
