"""What is exported of files comes back with an import, at another person's account, too."""

import io
import json
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from chat.models import Conversation, File, MessageFile, Reply
from tests.django_client import HTMX
from tests.files import samples
from tests.files.conftest import pdf_upload, sent_message, upload

HEARS = "google/gemini-3.7-flash"
READS_NO_FILES = "meta-llama/llama-3.3-70b-instruct"


def exported(person, chat: Conversation, form: str = "zip") -> bytes:
    return b"".join(person.client.get(f"/chats/{chat.id}/export.{form}").streaming_content)


@pytest.fixture
def chat(signed_in) -> Conversation:
    signed_in.asks("Read", images=[pdf_upload()], model=READS_NO_FILES)
    chat = Conversation.objects.get()
    sound = upload(samples.wav(), "voice [1].wav")
    signed_in.asks("Hear", chat=chat, images=[sound], image_address="https://example.org/a.png", model=HEARS)
    return chat


@pytest.mark.database
def test_a_chat_comes_back_whole(signed_in, bob, standin, chat):
    content = exported(signed_in, chat)
    bob.signs_in()
    bob.client.post("/account/import/", {"archive": SimpleUploadedFile("chat.zip", content)})
    copy = Conversation.objects.get(user=bob.user)

    places = [list(MessageFile.objects.filter(message__conversation=each).order_by("pk")) for each in (chat, copy)]
    assert [(each.name, each.address, each.is_sent_along) for each in places[1]] == [
        ("report.pdf", "", True),
        ("voice [1].wav", "", True),
        ("a.png", "https://example.org/a.png", True),
    ]
    for old, new in zip(*places, strict=True):
        assert (old.file is None) == (new.file is None)
        if old.file and new.file:
            assert (new.file.sha256, new.file.text, new.file.pages) == (old.file.sha256, old.file.text, old.file.pages)
            assert new.file.user == bob.user
    annotations = Reply.objects.filter(file_annotations__isnull=False).values_list("file_annotations", flat=True)
    assert len(set(annotations)) == 1
    assert len(annotations) == 2
    bob.asks("And?", chat=copy, model=HEARS)
    assert [part["type"] for part in sent_message(standin, -3)["content"]] == ["text", "image_url", "input_audio"]


def test_the_zip_has_each_file_once_and_links_to_it(signed_in, chat):
    archive = zipfile.ZipFile(io.BytesIO(exported(signed_in, chat)))
    names = [name for name in archive.namelist() if name.startswith("files/")]
    assert sorted(name.rpartition(".")[2] for name in names) == ["pdf", "wav"]
    text = next(archive.read(name).decode() for name in archive.namelist() if name.endswith(".md"))

    for name in names:
        assert f"(../{name})" in text
    assert "[voice  1 .wav](" in text
    assert "Image from an address: <https://example.org/a.png>" in text
    assert "![" not in text


def test_the_markdown_alone_names_files(signed_in, chat):
    assert "[file: report.pdf, not in this file]" in exported(signed_in, chat, "md").decode()


def imported(person, messages: list[dict[str, Any]]) -> str:
    moment = "2026-01-01T00:00:00+00:00"
    common = {"created_at": moment, "role": "user", "text": "Hello", "parent": None}
    chat = {"format": "potluck-chat", "version": 1, "id": "x", "title": "Old", "created_at": moment, "model": "a/b"}
    content = json.dumps(chat | {"messages": [common | each for each in messages]}).encode()
    file = SimpleUploadedFile("chat.json", content)
    return person.client.post("/account/import/", {"archive": file}, headers=HTMX).content.decode()


@pytest.mark.parametrize(
    "file",
    [
        {"file": "files/missing.pdf", "name": "a.pdf"},
        {"file": "../../etc/passwd", "name": "a.pdf"},
        {"address": "javascript:alert(1)", "name": "a"},
        {"address": "https://user:secret@example.org/a.png"},
        {},
    ],
)
def test_what_cannot_be_had_is_left_out(signed_in, file):
    imported(signed_in, [{"id": "1", "files": [file]}])

    assert Conversation.objects.get().messages.get().text == "Hello"
    assert not MessageFile.objects.exists()
    assert not File.objects.exists()


@pytest.mark.parametrize(
    "annotations", ["[", '[{"type": "file"}]', '{"a": 1}', '[{"type":"file","file":{"hash":"é"}}]']
)
def test_odd_annotations_are_no_export_of_ours(signed_in, annotations):
    reply = {"state": "complete", "model": "a/b", "asked_at": "2026-01-01T00:00:00+00:00"}
    answer = {"id": "2", "parent": "1", "role": "assistant", "reply": reply | {"file_annotations": annotations}}
    imported(signed_in, [{"id": "1"}, answer])

    assert not Conversation.objects.exists()
