"""Reads an imported JSON file field by field, checking the type and the size of each value."""

import json
import re
from collections.abc import Collection
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from chat.sanitize import MAX_TOKENS, storable, storable_dollars

MAX_VALUES = 3_000_000  # estimated by counting commas and brackets, also those in texts: some 200 MB of memory
MAX_DIGITS = 18  # digits; no count has more
MAX_FRACTION_CHARACTERS = 40  # of a number with a fraction or an exponent
DOLLARS = re.compile(r"\d{1,12}(\.\d{1,20})?", re.ASCII)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


class UnreadableFile(Exception):
    """A chat or file that cannot be imported; `str()` says why in one sentence."""


class JsonFields:
    """One JSON object. The methods raise UnreadableFile, with the field's name, for a value of the wrong type."""

    def __init__(self, fields: Any) -> None:
        if not isinstance(fields, dict):
            raise UnreadableFile(_("This isn't a supported export."))
        self._fields: dict[str, Any] = fields

    def text(self, name: str, *, most: int | None = None) -> str:
        """Return a text, truncated to `most` characters; "" if it is missing."""
        value = self._get(name)
        return storable(self._of_type(name, str, value))[:most] if value is not None else ""

    def bounded_text(self, name: str, *, most: int) -> str:
        """Return a text. Raises UnreadableFile if it has more than `most` characters."""
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
        return bool(self._of_type(name, bool, self._get(name, default)))

    def count(self, name: str) -> int | None:
        value = self._get(name)
        number = value if value is None else int(self._of_type(name, int, value))
        return number if number is not None and 0 <= number <= MAX_TOKENS else None

    def dollars(self, name: str) -> Decimal | None:
        """Return an amount of US dollars; None if the text is not one."""
        raw = self.text(name)
        return storable_dollars(Decimal(raw)) if DOLLARS.fullmatch(raw) else None

    def moment(self, name: str) -> datetime | None:
        """Return a time in UTC, at the earliest 2000 and at the latest now; None if it is missing."""
        raw = self.text(name, most=40)
        try:
            moment = datetime.fromisoformat(raw) if raw else None
            moment = moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
            return min(max(moment.astimezone(UTC), EARLIEST), timezone.now()) if moment else None
        except (ValueError, OverflowError):
            raise UnreadableFile(_("“%(field)s” isn't a valid time.") % {"field": name}) from None

    def required_moment(self, name: str) -> datetime:
        moment = self.moment(name)
        if moment is None:
            raise UnreadableFile(_("“%(field)s” is missing.") % {"field": name})
        return moment

    def one(self, name: str) -> "JsonFields | None":
        value = self._get(name)
        return None if value is None else JsonFields(value)

    def raw(self, name: str) -> Any:
        """Return the value as it is in the file, which nobody has checked; None if it is missing."""
        return self._fields.get(name)

    def many(self, name: str, *, most: int) -> "list[JsonFields]":
        values = self._of_type(name, list, self._get(name) or [])
        if len(values) > most:
            raise UnreadableFile(_("“%(field)s” has more than %(most)d entries.") % {"field": name, "most": most})
        return [JsonFields(value) for value in values]

    def _get(self, name: str, default: Any = None) -> Any:
        """Return a value, and None for a number with a fraction: only settings have those."""
        value = self._fields.get(name, default)
        return None if isinstance(value, float) else value

    def _of_type(self, name: str, kind: type, value: Any) -> Any:
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise UnreadableFile(_("“%(field)s” has the wrong type.") % {"field": name})
        return value


def parse_json(content: bytes) -> Any:
    """Parse a JSON file. The hooks are Python functions, so other threads get the GIL in between."""
    if sum(map(content.count, (b",", b"[", b"{"))) > MAX_VALUES:
        raise UnreadableFile(_("It contains too much data."))
    try:
        return json.loads(
            content.decode("utf-8-sig"),
            object_hook=lambda fields: fields,
            parse_int=lambda digits: int(digits) if len(digits) <= MAX_DIGITS else None,
            parse_float=lambda digits: float(digits) if len(digits) <= MAX_FRACTION_CHARACTERS else None,
            parse_constant=lambda name: None,
        )
    except (ValueError, RecursionError):
        raise UnreadableFile(_("It isn't valid JSON.")) from None
