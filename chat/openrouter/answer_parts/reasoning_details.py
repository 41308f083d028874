"""Collects the `reasoning_details` of one answer, which go back to the model unchanged with the next question.

They are the model's reasoning as its provider wants to see it again: texts with a signature, summaries, encrypted data.
Source: OpenRouter docs, "Reasoning Tokens", section "Preserving Reasoning Blocks"; recorded streams.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from chat.openrouter.json_fields import as_int, as_list, as_object, as_text, is_sendable

MAX_CHARACTERS = 1_000_000  # of one answer; some have 10,000, so more is no reasoning
ENTRY_CHARACTERS = 100  # counted for the names and brackets of an entry
# The field whose fragments are joined, by type. Of other types nothing is known, so each stays as it came.
JOINED_FIELDS = {"reasoning.text": "text", "reasoning.summary": "summary", "reasoning.encrypted": "data"}

Detail = dict[str, Any]


class ReasoningDetails:
    """The details so far. `is_too_long` once they had more than MAX_CHARACTERS: none are kept then."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._newest: dict[tuple[str, int | None], _Entry] = {}  # by type and index
        self._characters = 0
        self.is_too_long = False

    def add(self, fragments: object) -> None:
        """Take what one delta has: whole details, or the next fragments of earlier ones."""
        for fragment in _details_in(fragments):
            if self.is_too_long:
                return
            key = as_text(fragment.get("type")), as_int(fragment.get("index"))
            entry = self._newest.get(key)
            if entry and entry.continues_with(fragment):
                self._count(entry.join(fragment))
            else:
                self._newest[key] = self._append(fragment)

    def replace(self, details: object) -> None:
        """Take those of a whole message in place of what its deltas had, which it repeats."""
        if whole := _details_in(details):
            self._entries, self._newest, self._characters = [], {}, 0
            for detail in whole:
                self._append(detail)

    def as_json(self) -> str:
        """All of them as a JSON array in ASCII, which a database stores as it is; "" if there are none to send back."""
        entries = [] if self.is_too_long else [entry.whole() for entry in self._entries]
        encoded = json.dumps(entries, separators=(",", ":")) if entries else ""
        self.is_too_long |= len(encoded) > MAX_CHARACTERS
        return "" if self.is_too_long or not is_sendable(encoded or "[]") else encoded

    def _append(self, detail: Detail) -> "_Entry":
        entry = _Entry(dict(detail))
        self._entries.append(entry)
        self._count(ENTRY_CHARACTERS + sum(len(str(value)) for value in detail.values()))
        return entry

    def _count(self, characters: int) -> None:
        self._characters += characters
        if self._characters > MAX_CHARACTERS:
            self.is_too_long, self._entries, self._newest = True, [], {}


@dataclass
class _Entry:
    """A detail, and the pieces that its text continues with."""

    detail: Detail
    _pieces: list[str] = field(default_factory=list)

    @property
    def _joined_field(self) -> str:
        return JOINED_FIELDS.get(as_text(self.detail.get("type")), "")

    def continues_with(self, fragment: Detail) -> bool:
        """Whether a fragment of the same type and index is more of this.

        A signed text is complete, and two ids are two details: if those were joined, no provider would take them.
        """
        mine, other = self.detail.get("id"), fragment.get("id")
        is_complete = self.detail.get("signature") and fragment.get(self._joined_field)
        return bool(self._joined_field) and not is_complete and not (mine and other and mine != other)

    def join(self, fragment: Detail) -> int:
        """Add a fragment; return by how many characters its text became longer."""
        piece = as_text(fragment.get(self._joined_field))
        if piece:
            self._pieces.append(piece)
        for name, value in fragment.items():
            if name not in self.detail or (value not in (None, "") and name != self._joined_field):
                self.detail[name] = "" if name == self._joined_field and piece else value
        return len(piece)

    def whole(self) -> Detail:
        """The detail with all of its text."""
        if not self._pieces:
            return self.detail
        return {
            **self.detail,
            self._joined_field: "".join([as_text(self.detail.get(self._joined_field)), *self._pieces]),
        }


def are_details(encoded: str) -> bool:
    """Whether this is what `as_json` returns: a JSON array of objects, in ASCII, all of which can be sent."""
    try:
        details = json.loads(encoded)
    except (ValueError, RecursionError):
        return False
    is_sound = isinstance(details, list) and all(isinstance(detail, dict) for detail in details)
    return is_sound and encoded.isascii() and is_sendable(encoded)


def _details_in(value: object) -> list[Detail]:
    return [detail for detail in map(as_object, as_list(value)) if detail]
