"""People with files, at a site whose OpenRouter is the stand-in."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from chat.models import Conversation, Message
from tests.files import samples


def upload(content: bytes, name: str, content_type: str = "application/octet-stream") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type=content_type)


def pdf_upload(*texts: str, name: str = "report.pdf") -> SimpleUploadedFile:
    return upload(samples.pdf(*(texts or ("Nebuchadnezzar",))), name, "application/pdf")


def sent_message(standin, number: int = -1) -> dict[str, Any]:
    """One of the messages in the last request for an answer."""
    return standin.chat_requests[-1].body["messages"][number]


def question_of(chat: Conversation) -> Message:
    return chat.messages.filter(role="user").latest("created_at")


@pytest.fixture
def signed_in(alice):
    alice.signs_in()
    return alice
