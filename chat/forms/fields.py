"""Fields that read what browsers send and change no more of it than a database needs."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict

from chat.input_values import uuid_or_none


class TextField(forms.CharField):
    """Text as it was typed: with \\n for line ends, and without NUL characters, which PostgreSQL cannot store."""

    def to_python(self, value: str | None) -> str:
        return super().to_python((value or "").replace("\r\n", "\n").replace("\0", "")) or ""


class IdField(forms.Field):
    """A UUID, or None for anything else."""

    def to_python(self, value: str | None) -> UUID | None:
        return uuid_or_none(value)


class ListField(forms.Field):
    """All values of a field that can be sent several times."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: list[str] | None) -> list[str]:
        return value or []


class _SeveralFiles(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Mapping[str, Any], files: MultiValueDict[str, Any], name: str) -> Any:
        return files.getlist(name)


class FilesField(forms.Field):
    """All files of a field, in their order."""

    widget = _SeveralFiles

    def to_python(self, value: "list[UploadedFile[bytes]] | None") -> "list[UploadedFile[bytes]]":
        return value or []
