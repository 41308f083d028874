"""Imports presets and prompts that were exported with an account; those that the person has already are skipped."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chat.archive.export_presets import FORMAT, VERSION
from chat.archive.json_reader import JsonFields, UnreadableFile
from chat.conversations.prompts import TooManyPrompts, create_prompt
from chat.conversations.settings import TooManyPresets, create_preset, make_default
from chat.models import Preset, Prompt, User
from chat.parameters.request import clean_settings

MOST_IN_FILE = 1_000  # of each; how many a person may have is another limit


@dataclass(frozen=True)
class ImportedPresets:
    presets: list[dict[str, Any]]  # columns of Preset
    prompts: list[dict[str, Any]]  # columns of Prompt


@dataclass
class StoredPresets:
    """The result: how many were stored and how many skipped, and (name, sentence) of those that could not be stored."""

    stored: int = 0
    duplicates: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)


def has_presets(parsed: object) -> bool:
    """Whether the content of a file is an export of presets and prompts."""
    return isinstance(parsed, dict) and parsed.get("format") == FORMAT


def read_presets(fields: JsonFields) -> ImportedPresets:
    """Return the valid presets and prompts in a file. Raises UnreadableFile."""
    if fields.count("version") != VERSION:
        raise UnreadableFile(_("It was exported by a newer version of Potluck."))
    presets = [_preset_columns(each) for each in fields.many("presets", most=MOST_IN_FILE)]
    prompts = [_prompt_columns(each) for each in fields.many("prompts", most=MOST_IN_FILE)]
    return ImportedPresets(presets, [columns for columns in prompts if columns["text"].strip()])


def _preset_columns(fields: JsonFields) -> dict[str, Any]:
    settings = clean_settings(fields.raw("settings"))
    settings.pop("prefill", None)  # of one message
    return {
        "name": _name(fields, Preset.LONGEST_NAME) or _("Preset"),
        "model": fields.text("model", most=200),
        "settings": settings,
        "is_default": fields.flag("is_default"),
    }


def _prompt_columns(fields: JsonFields) -> dict[str, Any]:
    columns = {
        "name": _name(fields, Prompt.LONGEST_NAME) or _("Prompt"),
        "text": fields.bounded_text("text", most=Prompt.LONGEST_TEXT),
    }
    updated_at = fields.moment("updated_at")
    return columns | ({"updated_at": updated_at} if updated_at else {})


def _name(fields: JsonFields, most: int) -> str:
    return " ".join(fields.text("name").split())[:most].strip()


@transaction.atomic
def store_presets(imported: ImportedPresets, owner: User) -> StoredPresets:
    """Store new presets and prompts at the end of the person's list. A default is set only where there is none."""
    result = StoredPresets()
    for columns in _new(imported.presets, owner.presets.values("name", "model", "settings"), result):
        is_default = columns.pop("is_default")
        try:
            preset = create_preset(owner, **columns)
        except TooManyPresets as refusal:
            result.failures.append((columns["name"], str(refusal)))
            continue
        result.stored += 1
        if is_default and not owner.presets.filter(is_default=True).exists():
            make_default(owner, preset.pk)
    for columns in _new(imported.prompts, owner.prompts.values("name", "text"), result):
        try:
            create_prompt(Prompt(user=owner, **columns))
        except TooManyPrompts as refusal:
            result.failures.append((columns["name"], str(refusal)))
            continue
        result.stored += 1
    return result


def _new(found: list[dict[str, Any]], existing: Any, result: StoredPresets) -> Iterator[dict[str, Any]]:
    """Yield those of which none of the existing ones, and none before, has the same content; count the others."""
    known = list(existing)
    for columns in found:
        if any(each.items() <= columns.items() for each in known):
            result.duplicates += 1
        else:
            known.append({name: value for name, value in columns.items() if name not in ("is_default", "updated_at")})
            yield columns
