"""/account/import/: chats of an export become chats of the person who imports it."""

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from chat import models
from chat.archive import importer
from chat.archive.importer import import_chats
from chat.archive.json_reader import UnreadableFile
from chat.conversations.quota import MESSAGE_CHARACTERS
from chat.conversations.token_count import tokens_so_far
from chat.deletion.accounts import delete_account
from chat.models import Conversation, Message, Reply
from chat.reply_content.deltas import Delta, image_delta
from chat.reply_content.render import render_final_blocks
from chat.views import imports
from tests.archive.handwritten_chats import a_chat, a_question, an_answer
from tests.archive.importing import (
    CHAT_SETTINGS,
    import_file,
    import_json,
    lossy_image,
    page_text,
    pixels,
    shown_of,
    zipped,
)
from tests.archive.test_unsupported_files import CHATGPT
from tests.django_client import image_file
from tests.replies.tool_calls import BOTH, call
from tests.views.test_export import downloaded


@pytest.mark.database
def test_an_import_looks_the_same_in_another_account(alice, bob):
    alice.signs_in()
    alice.asks("Look at [[say # Bread\n\n* flour\n* `water`\n\n$x^2$]]", images=[image_file()])
    chat = Conversation.objects.get()
    alice.asks("[[say Another]] version", chat=chat, web="on")
    alice.asks("Draw [[image]]", chat=chat)
    _draws_between_two_paragraphs(alice.latest_reply())
    Conversation.objects.update(title="Bröt/chen", pinned_at=datetime.now(UTC))
    Reply.objects.update(citations=[{"url": "https://example.org/", "title": "An example"}])
    ids = set(Message.objects.values_list("pk", flat=True))
    parts = [reply.cost_details for reply in Reply.objects.order_by("asked_at")]
    before, cost = shown_of(alice, chat), Conversation.objects.get().cost
    images = [pixels(image) for image in models.Image.objects.order_by("created_at")]
    content = downloaded(alice, "/account/export.zip")
    alice.client.post("/account/deletion/", {"sure": "yes"})
    bob.signs_in()
    page = import_file(bob, content)

    assert "1 chat imported." in page_text(page)
    imported = Conversation.objects.get()
    assert shown_of(bob, imported) == before
    assert (imported.title, imported.cost, bool(imported.pinned_at)) == ("Bröt/chen", cost, True)
    assert [pixels(image) for image in bob.user.images.order_by("created_at")] == images
    assert Reply.objects.first().citations == [{"url": "https://example.org/", "title": "An example"}]
    assert [reply.cost_details for reply in Reply.objects.order_by("asked_at")] == parts
    assert [message.web for message in Message.objects.filter(role="user").order_by("created_at")] == [None, True, None]
    assert all(each and "upstream_inference_cost" in each for each in parts)
    assert ids.isdisjoint(Message.objects.values_list("pk", flat=True))
    assert bob.asks("[[say And on]]", chat=imported).text == "And on"


@pytest.mark.database
def test_the_settings_of_a_chat_are_imported_and_count_as_text(alice, bob):
    alice.signs_in()
    alice.asks("[[say Hello]]")
    Conversation.objects.update(settings=CHAT_SETTINGS)
    content = downloaded(alice, "/account/export.zip")
    bob.signs_in()
    import_file(bob, content)

    imported = bob.user.conversations.get()
    assert imported.settings == CHAT_SETTINGS
    texts = len("[[say Hello]]Hello") + len(json.dumps(CHAT_SETTINGS))
    assert texts < imported.text_characters - 3 * MESSAGE_CHARACTERS < texts + 500  # with names, ids and costs


def test_an_imported_chat_takes_up_as_many_tokens(alice, bob):
    alice.signs_in()
    alice.asks("[[say Hello]]")
    Conversation.objects.update(settings=BOTH)
    alice.asks(call(rounds=3), chat=Conversation.objects.get())
    bob.signs_in()
    import_file(bob, downloaded(alice, "/account/export.zip"))

    tokens, imported = (tokens_so_far(person.user.conversations.get()) for person in (alice, bob))
    assert alice.latest_reply().last_prompt_tokens < alice.latest_reply().prompt_tokens
    assert imported == tokens


@pytest.mark.parametrize("nonsense", [7, "x", [[]], {"temperature": [9], "system": "\ud800", "stop": {"a": 1e999}}])
def test_invalid_settings_are_not_imported(alice, nonsense):
    alice.signs_in()
    page = import_json(alice, a_chat(settings=nonsense))

    assert "1 chat imported." in page_text(page)
    assert Conversation.objects.get().settings == {}


def _draws_between_two_paragraphs(reply: Reply) -> None:
    drawn = reply.message.images[0]
    deltas = [Delta("reasoning", "I *think*"), Delta("text", "One.\n\n"), image_delta(drawn), Delta("text", "Two.")]
    Message.objects.filter(reply=reply).update(text="One.\n\nTwo.")
    Reply.objects.filter(pk=reply.pk).update(
        reasoning="I *think*", blocks=[list(block) for block in render_final_blocks(deltas)]
    )


@pytest.mark.database
def test_chats_that_exist_already_are_skipped(alice, bob):
    alice.signs_in()
    alice.asks("[[say Hello]]", images=[lossy_image()])
    content = downloaded(alice, "/account/export.zip")
    assert "1 duplicate was skipped." in page_text(import_file(alice, content))

    Conversation.objects.update(deleted_at=datetime.now(UTC))
    assert "1 chat imported." in page_text(import_file(alice, content)), "what was deleted comes back"
    assert "1 duplicate was skipped." in page_text(import_file(alice, content))
    assert models.Image.objects.count() == 1, "it was made worse once more"

    bob.signs_in()
    assert "1 chat imported." in page_text(import_file(bob, content)), "that a stranger has it is no reason"
    assert bob.user.conversations.count() == bob.user.images.count() == 1


def test_chats_without_an_id_are_told_apart_by_their_content(alice):
    alice.signs_in()
    chats = [a_chat(id=id_, title=title) for id_ in (None, "", " ") for title in "ab"]

    for title in "ab":
        assert "1 chat imported." in page_text(import_json(alice, a_chat(id=None, title=title)))
        assert "1 duplicate was skipped." in page_text(import_json(alice, a_chat(id=None, title=title)))
    files = {f"conversations/{number}.json": json.dumps(chat).encode() for number, chat in enumerate(chats)}
    page = page_text(import_file(alice, zipped(files)))
    assert "4 chats imported." in page
    assert "2 duplicates were skipped." in page


def test_a_chat_without_its_zip_is_imported_without_images_and_says_so(alice):
    alice.signs_in()
    alice.asks("Look", images=[image_file()])
    chat = Conversation.objects.get()
    content = downloaded(alice, f"/chats/{chat.id}/export.json")
    alice.client.post("/account/deletion/", {"sure": "yes"})
    alice.signs_in()

    page = import_file(alice, content, "chat.json")
    assert "1 chat imported." in page_text(page)
    assert "1 image was missing from the file" in page_text(page)
    assert Message.objects.count() == 2


@pytest.mark.database
def test_a_bad_chat_is_not_imported_and_the_others_are(alice):
    alice.signs_in()
    red = image_file().read()
    bad = a_chat(id="b", messages=[a_question(pictures=[{"file": "pictures/red.png"}]), an_answer(parent="9")])
    chats = {"good": a_chat(), "bad": bad, "worse": "no object"}
    files = {f"conversations/{name}.json": json.dumps(chat).encode() for name, chat in chats.items()}
    page = import_file(alice, zipped({**files, "conversations/broken.json": b"{", "pictures/red.png": red}))

    assert "1 chat imported." in page_text(page)
    assert "“bad” couldn't be imported: A message refers to a message that is missing." in page_text(page)
    assert "“broken” couldn't be imported: It isn't valid JSON." in page_text(page)
    assert "“worse” couldn't be imported" in page_text(page)
    assert Conversation.objects.count() == 1
    assert not models.Image.objects.exists()


@pytest.mark.parametrize(
    ("chats", "seconds", "heading"),
    [
        ([a_chat()], 60, "Chats imported"),
        ([a_chat(), "no object"], 60, "Chats imported"),
        ([a_chat(messages=[an_answer(parent="9")])], 60, "Import failed"),
        ([a_chat()], -1, "Import paused"),
    ],
)
def test_the_heading_and_the_title_say_how_it_went(alice, monkeypatch, chats, seconds, heading):
    alice.signs_in()
    monkeypatch.setattr(importer, "TIMEOUT_SECONDS", seconds)
    files = {f"conversations/{number}.json": json.dumps(chat).encode() for number, chat in enumerate(chats)}
    page = import_file(alice, zipped(files))

    assert [page.one(place).get_text(strip=True) for place in ("h1", "title")] == [heading, heading]


def test_the_second_time_there_is_nothing_to_import(alice):
    alice.signs_in()
    import_json(alice, a_chat())
    page = import_json(alice, a_chat())

    assert [page.one(place).get_text(strip=True) for place in ("h1", "title")] == ["Nothing to import"] * 2


@pytest.mark.database
def test_a_chat_that_the_database_refuses_is_not_stored_in_part(alice, monkeypatch):
    alice.signs_in()
    red = image_file().read()
    image = {"file": "pictures/red.png"}
    chat = a_chat(messages=[a_question(pictures=[image]), an_answer(pictures=[image])])
    monkeypatch.setattr(Reply._meta.get_field("model"), "column", "no_such_column")
    page = import_file(alice, zipped({"conversations/a.json": json.dumps(chat).encode(), "pictures/red.png": red}))
    monkeypatch.undo()

    assert "This site couldn't save it." in page_text(page)
    assert not Conversation.objects.exists()
    assert not models.Image.objects.exists()


@pytest.mark.database
def test_no_image_stays_of_an_import_that_breaks(alice, monkeypatch):
    alice.signs_in()
    red = image_file().read()
    chat = a_chat(messages=[a_question(pictures=[{"file": "pictures/red.png"}]), an_answer()])
    monkeypatch.setattr(importer, "ROWS", 0)
    with pytest.raises(ValueError, match="zero"):
        import_file(alice, zipped({"conversations/a.json": json.dumps(chat).encode(), "pictures/red.png": red}))

    assert not models.Image.objects.exists()


def test_nothing_stays_of_an_account_deleted_during_an_import(alice, settings):
    alice.signs_in()
    alice.asks("Look [[say Hello]]", images=[image_file()])
    content, owner = downloaded(alice, "/account/export.zip"), alice.user
    delete_account(alice.user)

    with pytest.raises(UnreadableFile, match="been deleted"):
        import_chats(io.BytesIO(content), name="chats.zip", owner=owner)
    assert not Conversation.with_deleted.exists()
    assert not models.Image.objects.exists()
    assert not [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]


def test_images_are_cleaned_like_uploaded_ones(alice):
    alice.signs_in()
    bad = [{"file": "pictures/a.png"}, {"file": "pictures/b.svg"}]
    chat = json.dumps(a_chat(messages=[a_question(pictures=bad), an_answer()])).encode()
    hidden = image_file().read() + b"<script>a hidden tail</script>"
    files = {"conversations/a.json": chat, "pictures/a.png": hidden, "pictures/b.svg": b"<svg/>"}
    page = import_file(alice, zipped(files))

    assert "1 image was missing from the file or couldn't be read." in page_text(page)
    assert b"hidden" not in pixels(models.Image.objects.get())


def test_an_import_needs_a_token_and_a_session(alice):
    alice.signs_in()
    strict = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
    strict.cookies = alice.client.cookies
    assert strict.get("/account/").status_code == 200
    token = strict.cookies[settings.CSRF_COOKIE_NAME].value
    content = json.dumps(a_chat()).encode()

    def sends(**fields: str) -> Any:
        return strict.post("/account/import/", {"archive": SimpleUploadedFile("a.json", content), **fields})

    assert sends().status_code == 403
    assert not Conversation.objects.exists()
    assert sends(csrfmiddlewaretoken=token).status_code == 200
    alice.client.post("/signout/")
    assert sends(csrfmiddlewaretoken=token).status_code == 302
    assert strict.get("/account/import/").status_code == 405


@pytest.mark.database
def test_one_person_imports_one_file_at_a_time(alice, monkeypatch):
    alice.signs_in()
    monkeypatch.setattr(imports, "_importing", {alice.user.id})
    response = alice.client.post("/account/import/", {"archive": SimpleUploadedFile("a.json", b"{}")})

    assert response.status_code == 429


def test_an_import_that_takes_too_long_goes_on_next_time(alice, monkeypatch):
    alice.signs_in()
    monkeypatch.setattr("chat.archive.importer.TIMEOUT_SECONDS", -1)
    content = zipped({f"conversations/{id_}.json": json.dumps(a_chat(id=id_)).encode() for id_ in "abc"})
    assert "too long" in page_text(import_file(alice, content))
    monkeypatch.undo()

    assert "3 chats imported." in page_text(import_file(alice, content))


@pytest.mark.database
def test_a_deleted_chat_can_be_imported_again(alice):
    alice.signs_in()
    alice.asks("[[say Hello]]")
    content = downloaded(alice, "/account/export.zip")
    first = Conversation.objects.get()
    for _ in range(2):  # what came the first time has the id that is made of the old one
        alice.client.post(f"/chats/{Conversation.objects.get().id}/deletion/")
        import_file(alice, content)

    assert Conversation.with_deleted.count() == 3
    assert Conversation.objects.get() != first


def test_an_export_of_another_program_is_named_and_not_imported(alice):
    alice.signs_in()
    chats = json.dumps([CHATGPT] * 3).encode()
    for content, name in [
        (chats, "conversations.json"),
        (zipped({"a.json": b"{}", "conversations.json": chats, "user.json": b"{}", "chat.html": b"<p>"}), "export.zip"),
        (chats.rstrip(b"]") + b"," + b" " * 21_000_000 + b"{}]", "conversations.json"),
    ]:
        page = import_file(alice, content, name)
        assert page.status == 422
        assert "This is an export from ChatGPT, which can't be imported yet." in page_text(page)
        assert "zip or JSON files exported from this or another Potluck site" in page_text(page)
    assert not Conversation.objects.exists()


def test_a_zip_without_chats_is_not_a_supported_export(alice):
    alice.signs_in()

    assert "This isn't a supported export." in page_text(
        import_file(alice, zipped({"word/document.xml": b"<w>"}), "a.docx")
    )


def test_a_refused_file_is_asked_for_again_where_the_reason_is(alice):
    """The form is far down the page: without the focus it would open at its top, with no word of a refusal."""
    alice.signs_in()
    page = import_file(alice, b"{}", "other.json")

    (field,) = page.soup.select("main [autofocus]")
    assert field["name"] == "archive"
    assert "supported export" in page.one(f"#{field['aria-describedby']}").get_text()
