"""What a tool returned, as text for a model and images as `data:` URLs."""

import binascii
import json
from base64 import b64decode
from dataclasses import dataclass, field

from mcp import types

from chat.mcp.process.tool_list import clean, one_line

MAX_TEXT_CHARS = 1_000_000
MAX_IMAGES = 4
MAX_IMAGE_BYTES = 5 * 1024 * 1024
IMAGE_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")  # what models accept


@dataclass
class Content:
    texts: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)

    def add(self, block: types.ContentBlock) -> None:
        match block:
            case types.TextContent():
                self.texts.append(block.text)
            case types.ImageContent():
                self._add_file(block.mime_type, block.data)
            case types.AudioContent():
                self.texts.append(f"[Audio of the type {one_line(block.mime_type, 60)}, which is not shown]")
            case types.ResourceLink():
                self.texts.append(
                    f"[Link: {one_line(block.title or block.name, 200)} {one_line(str(block.uri), 2000)}]"
                )
            case types.EmbeddedResource(resource=types.TextResourceContents() as resource):
                self.texts.append(f"[{one_line(str(resource.uri), 2000)}]\n{resource.text}")
            case types.EmbeddedResource(resource=types.BlobResourceContents() as resource):
                self._add_file(resource.mime_type or "", resource.blob)

    def _add_file(self, mime_type: str, data: str) -> None:
        if (problem := self._problem_with(mime_type, data)) is None:
            self.images.append(f"data:{mime_type};base64,{data}")
            self.texts.append(f"[Image {len(self.images)}]")
        else:
            self.texts.append(
                f"[A file of the type {one_line(mime_type, 60) or 'unknown'}, which is not shown: {problem}]"
            )

    def _problem_with(self, mime_type: str, data: str) -> str | None:
        if mime_type not in IMAGE_TYPES:
            return "only PNG, JPEG, GIF and WebP images are"
        if len(self.images) == MAX_IMAGES:
            return f"a result can have {MAX_IMAGES} images"
        try:
            size = len(b64decode(data, validate=True))
        except binascii.Error:
            return "it is not valid Base64"
        return None if 0 < size <= MAX_IMAGE_BYTES else f"an image can have {MAX_IMAGE_BYTES // 1024**2} MB"


def read(result: types.CallToolResult) -> dict[str, object]:
    """`{"text": …, "images": […]}`. Text is cut after a million characters, and says so."""
    content = Content()
    for block in result.content:
        content.add(block)
    if not content.texts and result.structured_content is not None:
        content.texts.append(json.dumps(result.structured_content, ensure_ascii=False))
    text = "\n\n".join(content.texts) or "The tool returned nothing."
    if len(text) > MAX_TEXT_CHARS:
        text = f"{text[:MAX_TEXT_CHARS]}\n\n[Cut here: the result has {len(text)} characters.]"
    return {"text": clean(text), "images": content.images}
