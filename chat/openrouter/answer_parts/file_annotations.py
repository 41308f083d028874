"""Collects the `annotations` of one answer that say what OpenRouter has read in the files of the request.

Sent back with the answer, they keep the same files from being read, and paid for, once more.
Source: OpenRouter docs, "PDF Inputs", sections "Skip Parsing Costs" and "File Annotations Schema".
"""

import json
from typing import Any

from chat.openrouter.json_fields import as_list, as_object, as_text, is_sendable

MAX_CHARACTERS = 4_000_000  # of one answer, as JSON; up to eight images of each PDF are in it
TYPE = "file"

Annotation = dict[str, Any]


class FileAnnotations:
    """The annotations so far, each file once. None are kept if they are too long to be sent back."""

    def __init__(self) -> None:
        self._found: dict[str, Annotation] = {}  # by the hash of the file

    def add(self, *annotations: object) -> None:
        """Add the annotations of a delta, of a whole message or of an error."""
        for each in (each for listed in annotations for each in file_annotations_in(listed)):
            self._found.setdefault(hash_of(each), each)

    def as_json(self) -> str:
        """All of them as a JSON array in ASCII; "" if there are none to send back."""
        if not self._found:
            return ""
        encoded = json.dumps(list(self._found.values()), separators=(",", ":"))
        return encoded if len(encoded) <= MAX_CHARACTERS and is_sendable(encoded) else ""


def file_annotations_in(value: object) -> list[Annotation]:
    """The annotations in a list that are about files and have a hash."""
    found = map(as_object, as_list(value))
    return [each for each in found if each.get("type") == TYPE and hash_of(each)]


def hash_of(annotation: Annotation) -> str:
    return as_text(as_object(annotation.get("file")).get("hash"))


def name_of(annotation: Annotation) -> str:
    """The name of the file as it was sent; "" if that is not said."""
    return as_text(as_object(annotation.get("file")).get("name"))


def are_file_annotations(encoded: str) -> bool:
    """Whether this is what `as_json` returns, so that it can be sent."""
    try:
        found = json.loads(encoded)
    except (ValueError, RecursionError):
        return False
    is_sound = isinstance(found, list) and len(file_annotations_in(found)) == len(found)
    return is_sound and len(encoded) <= MAX_CHARACTERS and encoded.isascii() and is_sendable(encoded)
