"""Files in a request: PDFs and sound, checked as OpenRouter checks them, and what it says it has read in a PDF."""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from tests.standin.model import Model
from tests.standin.refusal import Refused
from tests.standin.wire import Json

OCR = "mistral-ocr"
OCR_DOLLARS_A_PAGE = 0.002
AUDIO_FORMATS = {
    "wav": b"RIFF", "mp3": b"", "flac": b"fLaC", "ogg": b"OggS", "m4a": b"", "aac": b"\xff",
}  # fmt: skip
PAGE = re.compile(rb"/Type\s*/Page\b")
TOKENS_PER_PAGE, BYTES_PER_TOKEN = 500, 500


@dataclass(frozen=True)
class Document:
    """A PDF that came as a data URL. One at an address is not fetched: it has no pages."""

    name: str
    hash: str = ""
    pages: int = 1

    @property
    def tokens(self) -> int:
        return self.pages * TOKENS_PER_PAGE

    def annotation(self) -> Json:
        """The annotation with what was read in the PDF."""
        text = {"type": "text", "text": f"All {self.pages} pages of {self.name}"}
        return {"type": "file", "file": {"hash": self.hash, "name": self.name, "content": [text]}}


@dataclass(frozen=True)
class Sound:
    format: str
    bytes: int

    @property
    def tokens(self) -> int:
        return self.bytes // BYTES_PER_TOKEN + 1


def document(file: Any) -> Document:
    name, data = str(file.get("filename") or "document"), file.get("file_data")
    if isinstance(data, str) and data.startswith(("https://", "http://")):
        return Document(name, sha256(data.encode()).hexdigest())
    if not isinstance(data, str) or not data.startswith("data:application/pdf;base64,"):
        raise Refused(400, "bad-request")
    content = _decoded(data.partition(",")[2])
    if not content.startswith(b"%PDF-"):
        raise Refused(400, "bad-request")
    return Document(name, sha256(content).hexdigest(), len(PAGE.findall(content)) or 1)


def sound(audio: Any) -> Sound:
    data, form = audio.get("data"), audio.get("format")
    content = _decoded(data if isinstance(data, str) else "")
    if form not in AUDIO_FORMATS or not content.startswith(AUDIO_FORMATS[form]):
        raise Refused(400, "bad-request")
    return Sound(form, len(content))


def engine(body: Json, model: Model) -> str:
    """The engine that reads the PDFs of a request. Source: docs, "PDF Inputs", section "Pricing"."""
    chosen = [
        plugin.get("pdf", {}).get("engine") for plugin in body.get("plugins") or () if plugin["id"] == "file-parser"
    ]
    named = next(filter(None, chosen), "native" if "file" in model.inputs else OCR)
    return "cloudflare-ai" if named == "pdf-text" else str(named)


def unread(documents: Iterable[Document], messages: Iterable[Json]) -> list[Document]:
    """The documents of which no earlier message has the annotations."""
    known = {hash_ for message in messages for hash_ in _hashes(message)}
    return list({each.hash: each for each in documents if each.hash not in known}.values())


def _hashes(message: Json) -> Iterator[str]:
    for each in message.get("annotations") or ():
        if each.get("type") == "file":
            yield each["file"]["hash"]


def _decoded(encoded: str) -> bytes:
    try:
        content = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise Refused(400, "bad-request") from None
    if not content:
        raise Refused(400, "bad-request")
    return content
