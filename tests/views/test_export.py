"""/chats/<id>/export.*, /account/export.zip: taking chats along."""

import io
import json
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from markdown_it import MarkdownIt

from chat.archive.zip_writer import ZipEntry, write_zip
from chat.models import Attachment, Conversation, Image, Message, Reply
from chat.views import export
from tests.django_client import Page, Person, image_file


@pytest.fixture
def chat(alice) -> Conversation:
    alice.signs_in()
    alice.asks("Is this [[say **Bread.**]] bread?", images=[image_file()])
    return Conversation.objects.get()


def downloaded(person: Person, address: str) -> bytes:
    response: Any = person.client.get(address)
    assert response.status_code == 200
    assert response.headers["Content-Disposition"].startswith("attachment")
    return response.getvalue()


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_markdown_has_what_is_shown_and_says_that_images_are_left_out(alice, chat):
    Attachment.objects.create(message=chat.messages.get(role="user"), position=0, name="notes.md", text="a\n```\nb")
    text = downloaded(alice, f"/chats/{chat.id}/export.md").decode()

    assert text.startswith("# Is this")
    assert "## You\n" in text
    assert "Is this [[say **Bread.**]] bread?\n" in text
    assert "[image 1: 40 × 30, not in this file]" in text
    assert "\n````\na\n```\nb\n````\n" in text, "the fence is longer than any in the text"
    assert "\n**Bread.**\n" in text
    assert "$" in text.rpartition("## ")[2]


def test_markdown_has_the_tools_that_were_called(alice, chat):
    chat.settings = {"tools": ["calculator"]}
    chat.save()
    call = '[[call calculator\narguments={"expression": "6*7"}\n]]'
    alice.asks(f"What is it? {call}", chat=chat)
    text = downloaded(alice, f"/chats/{chat.id}/export.md").decode()

    assert '\n**Tool: calculator**\n\n```\n{"expression": "6*7"}\n```\n\n```\n42\n```\n' in text


def test_what_an_answer_left_open_ends_before_the_next_message(alice, chat):
    alice.asks("Thanks", chat=chat)
    chat.messages.filter(role="assistant").order_by("created_at").update(text="~~~~python\nprint(1)")
    text = downloaded(alice, f"/chats/{chat.id}/export.md").decode()

    assert MarkdownIt("commonmark").render(text).count("<h2>") == 4
    assert "print(1)\n~~~~\n\n## You" in text


@pytest.mark.parametrize("kind", ["md", "json", "zip"])
def test_it_takes_as_many_questions_for_ten_answers_as_for_two(alice, chat, kind):
    def questions() -> int:
        with CaptureQueriesContext(connection) as asked:
            downloaded(alice, f"/chats/{chat.id}/export.{kind}")
        return len(asked)

    first = Reply.objects.get()
    counts = []
    for answers in (1, 9):
        for _ in range(answers):
            message = chat.messages.create(role="assistant", parent=first.message.parent, text="More")
            Reply.objects.create(
                message=message, model="x/y", max_completion_tokens=1, state="stopped", continues=first
            )
        counts.append(questions())

    assert counts[0] == counts[1]


def test_markdown_follows_one_branch_and_json_has_them_all(alice, chat):
    first = chat.messages.get(role="assistant")
    alice.client.post(f"/replies/{first.reply.id}/retry/")
    alice.follows(alice.latest_reply())
    second = chat.messages.filter(role="assistant").latest("created_at")
    Message.objects.filter(pk=first.pk).update(text="The first")
    Message.objects.filter(pk=second.pk).update(text="The second")

    shown = downloaded(alice, f"/chats/{chat.id}/export.md").decode()
    assert "The second" in shown
    assert "The first" not in shown
    branch = downloaded(alice, f"/chats/{chat.id}/export.md?branch={first.id}").decode()
    assert "The first" in branch
    assert "The second" not in branch
    everything = json.loads(downloaded(alice, f"/chats/{chat.id}/export.json"))
    assert [message["text"] for message in everything["messages"][1:]] == ["The first", "The second"]
    assert {message["parent"] for message in everything["messages"]} == {None, str(first.parent_id)}


def test_the_menu_exports_the_branch_that_is_shown_as_markdown(alice, chat):
    first = chat.messages.get(role="assistant")
    alice.client.post(f"/replies/{first.reply.id}/retry/")
    alice.follows(alice.latest_reply())
    Message.objects.filter(pk=first.pk).update(text="The first")

    for page, is_first in ((alice.looks_at(chat, branch=first.id), True), (alice.looks_at(chat), False)):
        link = str(page.one('#chat-tools a[data-path="export.md"]')["href"])
        assert ("The first" in downloaded(alice, link).decode()) is is_first


def test_json_says_what_an_answer_cost_in_decimals(alice, chat):
    told = json.loads(downloaded(alice, f"/chats/{chat.id}/export.json"))
    reply = chat.messages.get(role="assistant").reply

    assert (told["format"], told["version"], told["id"]) == ("potluck-chat", 1, str(chat.id))
    assert told["messages"][1]["reply"]["cost"] == f"{reply.cost:f}"
    assert told["messages"][1]["reply"]["cost_details"] == reply.cost_details
    assert set(reply.cost_details) >= {"is_byok", "upstream_inference_cost"}
    assert told["messages"][1]["reply"]["usage"]["prompt_tokens"] == reply.prompt_tokens
    assert told["messages"][0]["pictures"][0]["sha256"] == Image.objects.get().sha256


def test_what_has_come_of_a_running_answer_is_in_it(alice, chat):
    alice.sends("[[mute after=3]]", chat=chat)
    running = alice.latest_reply()
    running.pieces.all().delete()
    running.pieces.create(number=0, kind="text", content="Half a")

    told = json.loads(downloaded(alice, f"/chats/{chat.id}/export.json"))
    assert told["messages"][-1]["text"] == "Half a"
    assert told["messages"][-1]["reply"]["state"] in ("waiting", "streaming")


@pytest.mark.parametrize(
    ("title", "name"),
    [("../../etc/passwd", 'filename="etc passwd.md"'), ("Brötchen", "filename*=utf-8''Br%C3%B6tchen.md")],
)
def test_the_file_is_named_after_the_chat(alice, chat, title, name):
    Conversation.objects.update(title=title)
    response = alice.client.get(f"/chats/{chat.id}/export.md")
    response.close()

    assert response.headers["Content-Disposition"] == f"attachment; {name}"


@pytest.mark.parametrize("ending", ["md", "json", "zip"])
def test_it_is_not_there_for_others_nor_for_the_signed_out(alice, bob, chat, ending):
    address = f"/chats/{chat.id}/export.{ending}"
    bob.signs_in()
    assert bob.client.get(address).status_code == 404
    bob.client.post("/signout/")
    assert bob.client.get(address).status_code == 302
    assert alice.client.post(address).status_code == 405
    Conversation.objects.update(deleted_at=datetime.now(UTC))
    assert alice.client.get(address).status_code == 404


def test_everything_is_in_the_zip_and_each_image_once(alice, chat):
    alice.asks("The same again", images=[image_file()])
    alice.asks("Drawn [[image]]")
    Conversation.objects.create(user=alice.user, title="temporary", model="x/y", is_temporary=True)
    Conversation.objects.create(user=alice.user, title="deleted", model="x/y", deleted_at=datetime.now(UTC))
    files = unpacked(downloaded(alice, "/account/export.zip"))

    assert sorted(name for name in files if name.startswith("pictures/")) == sorted(
        f"pictures/{image.id}.png" for image in Image.objects.all()
    )
    for image in Image.objects.all():
        with image.file.open() as stored:
            assert files[f"pictures/{image.id}.png"] == stored.read()
    chats = [name for name in files if name.startswith("conversations/")]
    assert len(chats) == 6
    assert not [name for name in chats if "temporary" in name or "deleted" in name]
    (drawn,) = (content.decode() for name, content in files.items() if "Drawn" in name and name.endswith(".md"))
    assert "](../pictures/" in drawn
    assert b"3 chats, 2 images" in files["README.txt"]


@pytest.mark.parametrize("ending", ["md", "json", "zip"])
def test_no_connection_is_open_while_a_reader_takes_its_time(alice, chat, ending):
    response = alice.client.get(f"/chats/{chat.id}/export.{ending}")
    held = [connection.connection is not None for _ in response.streaming_content]
    response.close()

    assert held
    assert not any(held)


def test_a_lost_image_is_noted_and_breaks_nothing(alice, chat, settings):
    image = Image.objects.get()
    (settings.MEDIA_ROOT / image.file.name).unlink()

    files = unpacked(downloaded(alice, f"/chats/{chat.id}/export.zip"))
    assert f"pictures/{image.id}.png" in files["README.txt"].decode()
    assert len(files) == 3


def test_what_breaks_midway_is_no_zip():
    taken: list[bytes] = []
    with pytest.raises(RuntimeError):
        taken.extend(
            write_zip([ZipEntry("whole", datetime.now(UTC), [b"y" * 100_000], is_compressed=True), broken_entry()])
        )

    assert taken
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(b"".join(taken)))


def broken_entry() -> ZipEntry:
    def content() -> Iterable[bytes]:
        yield b"x" * 100_000
        raise RuntimeError("broken")

    return ZipEntry("broken", datetime.now(UTC), content(), is_compressed=True)


def test_one_person_packs_once_at_a_time_and_may_again_afterwards(alice, chat):
    response = alice.client.get("/account/export.zip")
    pieces = iter(response.streaming_content)
    next(pieces)
    refused = alice.client.get("/account/export.zip")
    response.close()

    page = Page(refused)
    assert refused.status_code == 429
    assert "Another export" in page.one(".notice[role='alert']").get_text()
    assert "download" not in page.one("a[autofocus]").attrs, "a browser would not show this page"
    assert not export._exporting
    assert unpacked(downloaded(alice, "/account/export.zip"))
