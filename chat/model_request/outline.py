"""The outline of a request: all of it but the texts of the chat's messages, which the database has already.

It is stored with the answer (`Reply.request`), so that the request can be shown as it was sent although settings,
prices and images to resend have changed since.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

DETAILS, PREFILL = "reasoning_details", "prefill"  # what a provider may refuse


class SentImage(NamedTuple):
    """The file in which an image was sent: its name in the storage, and its size."""

    name: str
    size_bytes: int


class SentFile(NamedTuple):
    """A PDF or an audio file: its name in the storage, its size and type, and the name that the model gets."""

    file: str
    size_bytes: int
    content_type: str
    name: str
    tokens: int  # about


@dataclass(frozen=True)
class Addition:
    """What a request has of a message besides its text."""

    images: tuple[SentImage | None, ...] = ()  # None for one whose file was lost
    addresses: tuple[str, ...] = ()  # of images that the provider fetches
    files: tuple[SentFile | None, ...] = ()  # None as above
    note: str = ""  # for the model, about images and files that it does not get
    is_left_out: bool = False  # because it has no content, like an answer that failed

    @property
    def is_plain(self) -> bool:
        """Whether the message is sent as the database has it."""
        return self == PLAIN


PLAIN = Addition()


@dataclass(frozen=True)
class Outline:
    """`body` is that of the request; of its messages it has those that are not the chat's, like the system prompt."""

    made_at: datetime
    body: dict[str, Any]
    additions: dict[UUID, Addition] = field(default_factory=dict)  # by the ids of messages; none for plain ones
    details_from: UUID | None = None  # the first message that is sent with its reasoning details
    size_bytes: int | None = None  # of the whole body, images included
    rounds: int = 0  # how many earlier requests for the same answer it has, with what tools returned
    beginning: str = ""  # the text after them that the model is to continue
    api: str = "chat"  # a value of the setting `transport`; `body` is that of a chat completion in any case
    refused: tuple[str, ...] = ()  # what earlier attempts at the same answer had and this has not

    @property
    def sent_files(self) -> list[SentFile]:
        """The files of all messages, without those that were lost."""
        return [file for addition in self.additions.values() for file in addition.files if file]

    def addition(self, message: UUID) -> Addition:
        return self.additions.get(message, PLAIN)

    def as_json(self) -> str:
        """ASCII, which a database stores as it is, with the order of names."""
        stored = {
            "made_at": self.made_at.isoformat(),
            "body": self.body,
            "additions": {str(id_): _addition_as_json(each) for id_, each in self.additions.items()},
            "details_from": self.details_from and str(self.details_from),
            "size_bytes": self.size_bytes,
            "rounds": self.rounds,
            "beginning": self.beginning,
            "api": self.api,
            "refused": self.refused,
        }
        return json.dumps(stored, separators=(",", ":"))

    @classmethod
    def from_json(cls, encoded: str) -> "Outline":
        stored = json.loads(encoded)
        return cls(
            made_at=datetime.fromisoformat(stored["made_at"]),
            body=stored["body"],
            additions={UUID(id_): _read_addition(each) for id_, each in stored["additions"].items()},
            details_from=UUID(stored["details_from"]) if stored["details_from"] else None,
            size_bytes=stored["size_bytes"],
            rounds=stored.get("rounds", 0),
            beginning=stored.get("beginning", ""),
            api=stored.get("api", "chat"),
            refused=tuple(stored["refused"]),
        )


def _addition_as_json(addition: Addition) -> dict[str, Any]:
    values = {
        "images": addition.images,
        "addresses": addition.addresses,
        "files": addition.files,
        "note": addition.note,
        "is_left_out": addition.is_left_out,
    }
    return {name: value for name, value in values.items() if value}


def _read_addition(stored: Mapping[str, Any]) -> Addition:
    images = tuple(SentImage(*each) if each else None for each in stored.get("images", ()))
    return Addition(
        images=images,
        addresses=tuple(stored.get("addresses", ())),
        files=tuple(SentFile(*each) if each else None for each in stored.get("files", ())),
        note=stored.get("note", ""),
        is_left_out=stored.get("is_left_out", False),
    )
