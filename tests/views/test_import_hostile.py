"""/account/import/: hostile, damaged and oversized files break nothing and leave nothing."""

import io
import itertools
import json
import random
import time
import zipfile
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from chat.archive import importer, zip_reader
from chat.models import Conversation, MessageImage, Reply
from chat.reply_content.deltas import Delta
from chat.reply_content.render import Block, render_final_blocks
from tests.archive.handwritten_chats import a_chat, a_question, an_answer
from tests.archive.importing import import_file, import_json, page_text, zipped
from tests.django_client import Page, image_file


@pytest.mark.database
def test_odd_values_are_imported_as_storable_ones(alice):
    alice.signs_in()
    reply = {
        "cost_details": {"server_tool_cost": -1, "web_search_requests": "2", "is_byok": [], "x": "\0"},
        **{"state": "streaming", "cost": "1e9", "usage": {"prompt_tokens": -5, "completion_tokens": 10**15}},
        **{
            "max_completion_tokens": 10**9,
            "finished_at": "9999-12-31T23:59:59",
            "asked_at": "1492-01-01T00:00:00+14:00",
        },
        "citations": [
            *({"url": url} for url in ("javascript:alert(1)", "https://[", "https:nowhere", "https://a.b/\u202e")),
            {"url": "http://a.b/", "title": "\u202eA  b"},
        ],
    }
    answer = an_answer(
        reply=reply, text="<img src=x onerror=alert(1)><script>alert(1)</script>\0", blocks=[["text", "<b>"]]
    )
    page = import_json(alice, a_chat(title="A\0 \ud800title" + "x" * 300, messages=[a_question(), answer]))

    assert "1 chat imported." in page_text(page)
    stored = Reply.objects.get()
    assert (stored.state, stored.error_kind) == ("interrupted", "worker_died")
    assert (stored.cost, stored.prompt_tokens, stored.completion_tokens) == (None, None, None)
    assert stored.cost_details is None
    assert stored.max_completion_tokens < 100_000
    assert stored.finished_at
    assert stored.finished_at <= datetime.now(UTC)
    assert stored.citations == [{"url": "http://a.b/", "title": "A b"}]
    assert stored.blocks == [list(Block(*block)) for block in render_final_blocks([Delta("text", stored.message.text)])]
    shown = alice.looks_at(Conversation.objects.get())
    assert not shown.answer.select("img, script, b")
    assert len(Conversation.objects.get().title) == 200


@pytest.mark.database
def test_odd_texts_in_a_tool_call_break_neither_the_page_nor_an_export(alice):
    alice.signs_in()
    texts = dict.fromkeys(("tool", "arguments", "call_id", "title", "source", "result"), "\ud800\0x")
    step = {"number": 1, "state": "done", "is_cut_off": "x", "is_server_side": 1, **texts}
    log = [["text", "\udfffSo."], ["round", "{}"], ["step", json.dumps(step)]]
    import_json(alice, a_chat(messages=[a_question(), an_answer(reply={"rounds": json.dumps(log)})]))

    chat = Conversation.objects.get()
    assert alice.looks_at(chat).answer.select_one("details.step")["data-tool"] == "?x"
    for name in ("export.json", "export.md", "export.zip"):
        assert alice.client.get(f"/chats/{chat.pk}/{name}").getvalue()


@pytest.mark.database
def test_deep_nesting_and_huge_numbers_break_nothing(alice):
    alice.signs_in()
    deep = b'{"format": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    assert "valid JSON" in page_text(import_file(alice, deep, "chat.json"))
    huge = json.dumps(a_chat()).replace('"version": 1', '"version": 1' + "0" * 100_000).encode()
    assert "version" in page_text(import_file(alice, huge, "chat.json"))


@pytest.mark.parametrize(
    ("field", "entry"),
    [
        ("reasoning_details", '{"type": "reasoning.new", "data": @}'),
        ("file_annotations", '{"type": "file", "file": {"hash": "a", "content": @}}'),
    ],
)
def test_a_chat_whose_texts_are_nested_deep_is_not_imported_and_the_others_are(alice, field, entry):
    alice.signs_in()
    chats = [a_chat(id=f"{levels}", messages=_messages(field, entry, levels)) for levels in (50, 150, 900, 2_000)]
    files = {f"conversations/{chat['id']}.json": json.dumps(chat).encode() for chat in chats}
    page = page_text(import_file(alice, zipped(files)))

    assert "1 chat imported." in page
    assert page.count(f"“{field}” has the wrong type") == 3


def _messages(field: str, entry: str, levels: int) -> list[dict[str, Any]]:
    text = f"[{entry}]".replace("@", "[" * levels + "]" * levels)
    return [a_question(), an_answer(reply={field: text})]


def test_a_file_of_nothing_but_brackets_is_not_parsed(alice):
    alice.signs_in()
    many = b'{"format": [' + b"[]," * 3_000_001 + b"[]]}"

    assert "too much data" in page_text(import_file(alice, many, "chat.json"))


def test_zip_bombs_are_not_unpacked(alice, monkeypatch):
    alice.signs_in()
    bomb = zipped({"conversations/a.json": b" " * 25_000_000})
    assert "larger than 20 MB" in page_text(import_file(alice, bomb))

    monkeypatch.setattr(zip_reader, "ALLOWED_BYTES", 3_000_000)
    many = zipped({f"conversations/{number}.json": b" " * 2_000_000 for number in range(4)})
    assert page_text(import_file(alice, many)).count("too large when unpacked") == 2

    monkeypatch.setattr(zip_reader, "MAX_DIRECTORY_BYTES", 100)
    assert "damaged or isn't a zip file" in page_text(import_file(alice, many))
    monkeypatch.undo()
    monkeypatch.setattr(zip_reader, "MAX_ENTRIES", 3)
    assert "too many files" in page_text(import_file(alice, many))


def test_a_lying_or_damaged_zip_breaks_nothing(alice):
    alice.signs_in()
    good = zipped({"conversations/a.json": json.dumps(a_chat()).encode(), "pictures/a.png": image_file().read()})
    luck = random.Random(7)
    for _ in range(60):
        damaged = bytearray(good)
        for _ in range(luck.randint(1, 4)):
            damaged[luck.randrange(2, len(damaged))] = luck.randrange(256)
        import_file(alice, bytes(damaged[: luck.randint(30, len(damaged))] if luck.random() < 0.3 else damaged))
    assert Conversation.objects.count() <= 1


def test_names_in_a_zip_are_never_used_as_paths(alice, tmp_path):
    alice.signs_in()
    (tmp_path / "secret.png").write_bytes(image_file().read())
    images = [{"file": str(tmp_path / "secret.png")}, {"file": "../../pictures/red.png"}]
    chat = json.dumps(a_chat(messages=[a_question(pictures=images), an_answer()])).encode()
    red = image_file().read()
    page = import_file(alice, zipped({"../../conversations/a.json": chat, "/etc/pictures/red.png": red}))

    assert "1 chat imported." in page_text(page)
    assert "1 image was missing from the file" in page_text(page)
    assert MessageImage.objects.count() == 1


def test_a_file_that_many_paths_name_is_read_once(alice):
    alice.signs_in()
    paths = [{"file": f"{number}/a.bin"} for number in range(9)]
    chat = json.dumps(a_chat(messages=[a_question(pictures=paths, files=paths), an_answer()])).encode()
    no_media = dict.fromkeys(("pictures/a.bin", "files/a.bin"), b"neither an image nor a file")
    page = import_file(alice, zipped({"conversations/a.json": chat, **no_media}))

    assert "2 images were missing from the file or couldn't be read" in page_text(page)


@pytest.mark.parametrize("kind", ["pictures", "files"])
def test_one_chat_may_not_take_longer_than_all(alice, monkeypatch, kind):
    clock = itertools.count()
    monkeypatch.setattr(importer, "time", SimpleNamespace(monotonic=clock.__next__, sleep=time.sleep))
    monkeypatch.setattr(importer, "TIMEOUT_SECONDS", 9)
    alice.signs_in()
    chat = a_chat(messages=[a_question(**{kind: [{"file": f"{number}.png"} for number in range(20)]}), an_answer()])

    assert "too long" in page_text(import_json(alice, chat))
    assert not Conversation.objects.exists()


def test_a_file_that_is_too_large_is_not_kept(alice, monkeypatch):
    monkeypatch.setattr("chat.archive.upload_handler.MAX_BYTES", 100_000)
    alice.signs_in()

    assert "larger than" in page_text(import_file(alice, b"PK" + bytes(200_000)))
    assert "Choose a file" in page_text(Page(alice.client.post("/account/import/")))
    assert "damaged" in page_text(import_file(alice, b"PK"))
    assert "valid JSON" in page_text(import_file(alice, b"\x89PNG"))


def test_chats_over_the_quota_are_named_and_the_others_imported(alice, monkeypatch):
    alice.signs_in()
    monkeypatch.setattr("chat.conversations.quota.MAX_CHARACTERS", 2000)
    long = a_chat(title="Long", messages=[a_question(text="x" * 3000)])
    short = a_chat(title="Short", id="b")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number, chat in enumerate((long, short)):
            archive.writestr(f"{number}.json", json.dumps(chat))

    page = import_file(alice, file.getvalue())

    assert "used all the space" in page_text(page)
    assert [chat.title for chat in Conversation.objects.all()] == ["Short"]


def test_a_large_chat_in_a_zip_is_not_called_damaged(alice):
    alice.signs_in()
    texts = [random.Random(seed).randbytes(900_000).hex() for seed in range(6)]
    chat = a_chat(messages=[a_question(id=str(number), text=text) for number, text in enumerate(texts)])
    content = json.dumps(chat).encode()
    assert len(content) > 10_000_000
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("conversations/large.json", content)

    assert "1 chat imported." in page_text(import_file(alice, file.getvalue()))
