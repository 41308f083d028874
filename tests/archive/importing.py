"""Imports files at a site, for tests."""

import io
import json
import zipfile
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from chat import models
from chat.models import Conversation
from tests.django_client import Page, Person

CHAT_SETTINGS = {  # of every kind
    **{"system": "Be brief.", "temperature": 0.2, "seed": -(2**53 - 1), "stop": ["END", "\n"], "provider_zdr": True},
    **{"provider_only": ["openai"], "provider_max_price_prompt": "0.5", "logit_bias": {"50256": -99.5}},
    **{"response_format": "json_schema", "json_schema": {"name": "dish", "schema": {"minimum": 0.5}}},
}


def import_file(person: Person, content: bytes, name: str = "chats.zip") -> Page:
    return Page(person.client.post("/account/import/", {"archive": SimpleUploadedFile(name, content)}))


def page_text(page: Page) -> str:
    return " ".join(page.one("main").get_text().split())


def shown_of(person: Person, chat: Conversation) -> list[Any]:
    """What the page shows of a chat, without ids, because an import makes new ones."""
    articles = person.looks_at(chat).soup.select("article")
    shown = []
    for article in articles:
        for image in article.select("img"):
            image["src"] = image.find_parent("a")["href"] = "picture"  # type: ignore[index]
        for button in article.select(".along"):
            button.replace_with(button.get_text())
        shown.append([part.decode_contents() for part in article.select(".text, .prose, .pictures, .facts")])
    return shown


def pixels(image: models.Image) -> bytes:
    with image.file.open() as file:
        return file.read()


def import_json(person: Person, chat: Any) -> Page:
    return import_file(person, json.dumps(chat).encode(), "chat.json")


def zipped(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in files.items():
            archive.writestr(name, file)
    return content.getvalue()


def lossy_image() -> SimpleUploadedFile:
    content = io.BytesIO()
    Image.effect_noise((200, 100), 90).convert("RGB").save(content, "WEBP", quality=85)
    return SimpleUploadedFile("noise.webp", content.getvalue(), content_type="image/webp")
