"""What a stranger's JSON says, read field by field: each of its type, in its bounds, and storable."""

import json
import re
from collections.abc import Collection
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from chat.replies.sanitize import MAX_TOKENS, storable, storable_dollars

MOST_VALUES = 3_000_000  # as many as signs that part them, those in texts included: some 200 MB of memory
LONGEST_NUMBER = 18  # digits; more than any that counts something
DOLLARS = re.compile(r"\d{1,12}(\.\d{1,20})?", re.ASCII)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


class UnreadableFile(Exception):
    """A chat, or a file, that is not taken in; `str()` says why in one sentence."""


class JsonFields:
    """One JSON object. Each reader raises Unreadable, with the field's name, when it is of another type."""

    def __init__(self, fields: Any) -> None:
        if not isinstance(fields, dict):
            raise UnreadableFile(_("This isn't a supported export."))
        self._fields: dict[str, Any] = fields

    def text(self, name: str, *, most: int | None = None) -> str:
        """Cut to `most` characters; "" when it is missing."""
        value = self._fields.get(name)
        return storable(self._of_type(name, str, value))[:most] if value is not None else ""

    def bounded_text(self, name: str, *, most: int) -> str:
        """What is not to be cut."""
        text = self.text(name)
        if len(text) > most:
            raise UnreadableFile(_("“%(field)s” is too long.") % {"field": name})
        return text

    def choice(self, name: str, among: Collection[str], default: str = "") -> str:
        value = self.text(name) or default
        if value not in among:
            raise UnreadableFile(_("“%(field)s” has an unknown value.") % {"field": name})
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        return bool(self._of_type(name, bool, self._fields.get(name, default)))

    def count(self, name: str) -> int | None:
        value = self._fields.get(name)
        number = value if value is None else int(self._of_type(name, int, value))
        return number if number is not None and 0 <= number <= MAX_TOKENS else None

    def dollars(self, name: str) -> Decimal | None:
        """What cannot be a price is not known."""
        raw = self.text(name)
        return storable_dollars(Decimal(raw)) if DOLLARS.fullmatch(raw) else None

    def moment(self, name: str) -> datetime | None:
        raw = self.text(name, most=40)
        try:
            told = datetime.fromisoformat(raw) if raw else None
            told = told.replace(tzinfo=UTC) if told and told.tzinfo is None else told
            return min(max(told.astimezone(UTC), EARLIEST), timezone.now()) if told else None
        except (ValueError, OverflowError):
            raise UnreadableFile(_("“%(field)s” isn't a valid time.") % {"field": name}) from None

    def certain_moment(self, name: str) -> datetime:
        moment = self.moment(name)
        if moment is None:
            raise UnreadableFile(_("“%(field)s” is missing.") % {"field": name})
        return moment

    def one(self, name: str) -> "JsonFields | None":
        value = self._fields.get(name)
        return None if value is None else JsonFields(value)

    def many(self, name: str, *, most: int) -> "list[JsonFields]":
        values = self._of_type(name, list, self._fields.get(name) or [])
        if len(values) > most:
            raise UnreadableFile(_("“%(field)s” has more than %(most)d entries.") % {"field": name, "most": most})
        return [JsonFields(value) for value in values]

    def _of_type(self, name: str, kind: type, value: Any) -> Any:
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise UnreadableFile(_("“%(field)s” has the wrong type.") % {"field": name})
        return value


def parsed(content: bytes) -> Any:
    """What a JSON file holds. The hooks also let others have the interpreter in between."""
    if sum(map(content.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise UnreadableFile(_("It contains too much data."))
    try:
        return json.loads(
            content.decode("utf-8-sig"),
            object_hook=lambda fields: fields,
            parse_int=lambda digits: int(digits) if len(digits) <= LONGEST_NUMBER else None,
            parse_float=lambda digits: None,  # the format has none
            parse_constant=lambda name: None,
        )
    except (ValueError, RecursionError):
        raise UnreadableFile(_("It isn't valid JSON.")) from None
