"""/account/import/: bringing chats in."""

import io
import json
import random
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from chat import models
from chat.archive import zip_reader
from chat.archive.importer import import_chats
from chat.archive.json_reader import UnreadableFile
from chat.deletion.accounts import delete_account
from chat.models import Conversation, Message, MessageImage, Reply
from chat.reply_content.deltas import Delta, image_delta
from chat.reply_content.render import Block, render_final_blocks
from chat.views import imports
from tests.archive.handwritten_chats import a_chat, a_question, an_answer
from tests.archive.test_unsupported_files import CHATGPT
from tests.person import Page, Person, image_file
from tests.views.test_export import downloaded


def brings(person: Person, content: bytes, name: str = "chats.zip") -> Page:
    return Page(person.client.post("/account/import/", {"archive": SimpleUploadedFile(name, content)}))


def said(page: Page) -> str:
    return " ".join(page.one("main").get_text().split())


def look_of(person: Person, chat: Conversation) -> list[Any]:
    """What the page shows of a chat, without ids, which are new."""
    articles = person.looks_at(chat).soup.select("article")
    shown = []
    for article in articles:
        for image in article.select("img"):
            image["src"] = image.find_parent("a")["href"] = "picture"  # type: ignore[index]
        for button in article.select(".along"):
            button.replace_with(button.get_text())
        shown.append([part.decode_contents() for part in article.select(".text, .prose, .pictures, .facts")])
    return shown


def pixels(picture: models.Image) -> bytes:
    with picture.file.open() as file:
        return file.read()


def brings_json(person: Person, chat: Any) -> Page:
    return brings(person, json.dumps(chat).encode(), "chat.json")


def zipped(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in files.items():
            archive.writestr(name, file)
    return content.getvalue()


def lossy_picture() -> SimpleUploadedFile:
    content = io.BytesIO()
    Image.effect_noise((200, 100), 90).convert("RGB").save(content, "WEBP", quality=85)
    return SimpleUploadedFile("noise.webp", content.getvalue(), content_type="image/webp")


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
    before, cost = look_of(alice, chat), Conversation.objects.get().cost
    pictures = [pixels(picture) for picture in models.Image.objects.order_by("created_at")]
    content = downloaded(alice, "/account/export.zip")
    alice.client.post("/account/deletion/", {"sure": "yes"})
    bob.signs_in()
    page = brings(bob, content)

    assert "1 chat imported." in said(page)
    came = Conversation.objects.get()
    assert look_of(bob, came) == before
    assert (came.title, came.cost, bool(came.pinned_at)) == ("Bröt/chen", cost, True)
    assert [pixels(picture) for picture in bob.user.images.order_by("created_at")] == pictures
    assert Reply.objects.first().citations == [{"url": "https://example.org/", "title": "An example"}]
    assert [reply.cost_details for reply in Reply.objects.order_by("asked_at")] == parts
    assert [message.web for message in Message.objects.filter(role="user").order_by("created_at")] == [None, True, None]
    assert all(each and "upstream_inference_cost" in each for each in parts)
    assert ids.isdisjoint(Message.objects.values_list("pk", flat=True))
    assert bob.asks("[[say And on]]", chat=came).text == "And on"


EVERY_KIND = {
    **{"system": "Be brief.", "temperature": 0.2, "seed": -(2**53 - 1), "stop": ["END", "\n"], "provider_zdr": True},
    **{"provider_only": ["openai"], "provider_max_price_prompt": "0.5", "logit_bias": {"50256": -99.5}},
    **{"response_format": "json_schema", "json_schema": {"name": "dish", "schema": {"minimum": 0.5}}},
}


@pytest.mark.database
def test_the_settings_of_a_chat_come_with_it_and_count_as_text(alice, bob):
    alice.signs_in()
    alice.asks("[[say Hello]]")
    Conversation.objects.update(settings=EVERY_KIND)
    content = downloaded(alice, "/account/export.zip")
    bob.signs_in()
    brings(bob, content)

    imported = bob.user.conversations.get()
    assert imported.settings == EVERY_KIND
    assert imported.text_characters == len("[[say Hello]]Hello") + len(json.dumps(EVERY_KIND))


@pytest.mark.parametrize("nonsense", [7, "x", [[]], {"temperature": [9], "system": "\ud800", "stop": {"a": 1e999}}])
def test_settings_that_are_none_are_left_out(alice, nonsense):
    alice.signs_in()
    page = brings_json(alice, a_chat(settings=nonsense))

    assert "1 chat imported." in said(page)
    assert Conversation.objects.get().settings == {}


def _draws_between_two_paragraphs(reply: Reply) -> None:
    drawn = reply.message.images[0]
    deltas = [Delta("reasoning", "I *think*"), Delta("text", "One.\n\n"), image_delta(drawn), Delta("text", "Two.")]
    Message.objects.filter(reply=reply).update(text="One.\n\nTwo.")
    Reply.objects.filter(pk=reply.pk).update(
        reasoning="I *think*", blocks=[list(block) for block in render_final_blocks(deltas)]
    )


@pytest.mark.database
def test_what_is_here_already_is_passed_over(alice, bob):
    alice.signs_in()
    alice.asks("[[say Hello]]", images=[lossy_picture()])
    content = downloaded(alice, "/account/export.zip")
    assert "1 duplicate was skipped." in said(brings(alice, content))

    Conversation.objects.update(deleted_at=datetime.now(UTC))
    assert "1 chat imported." in said(brings(alice, content)), "what was deleted comes back"
    assert "1 duplicate was skipped." in said(brings(alice, content))
    assert models.Image.objects.count() == 1, "it was made worse once more"

    bob.signs_in()
    assert "1 chat imported." in said(brings(bob, content)), "that a stranger has it is no reason"
    assert bob.user.conversations.count() == bob.user.images.count() == 1


def test_a_chat_alone_comes_without_its_pictures_and_says_so(alice):
    alice.signs_in()
    alice.asks("Look", images=[image_file()])
    chat = Conversation.objects.get()
    content = downloaded(alice, f"/chats/{chat.id}/export.json")
    alice.client.post("/account/deletion/", {"sure": "yes"})
    alice.signs_in()

    page = brings(alice, content, "chat.json")
    assert "1 chat imported." in said(page)
    assert "1 image was missing from the file" in said(page)
    assert Message.objects.count() == 2


@pytest.mark.database
def test_one_bad_chat_leaves_the_others_alone_and_nothing_of_itself(alice):
    alice.signs_in()
    red = image_file().read()
    bad = a_chat(id="b", messages=[a_question(pictures=[{"file": "pictures/red.png"}]), an_answer(parent="9")])
    chats = {"good": a_chat(), "bad": bad, "worse": "no object"}
    files = {f"conversations/{name}.json": json.dumps(chat).encode() for name, chat in chats.items()}
    page = brings(alice, zipped({**files, "conversations/broken.json": b"{", "pictures/red.png": red}))

    assert "1 chat imported." in said(page)
    assert "“bad” couldn't be imported: A message refers to a message that is missing." in said(page)
    assert "“broken” couldn't be imported: It isn't valid JSON." in said(page)
    assert "“worse” couldn't be imported" in said(page)
    assert Conversation.objects.count() == 1
    assert not models.Image.objects.exists()


@pytest.mark.database
def test_what_the_database_refuses_leaves_no_half_of_a_chat(alice, monkeypatch):
    alice.signs_in()
    red = image_file().read()
    picture = {"file": "pictures/red.png"}
    chat = a_chat(messages=[a_question(pictures=[picture]), an_answer(pictures=[picture])])
    monkeypatch.setattr(Reply._meta.get_field("model"), "column", "no_such_column")
    page = brings(alice, zipped({"conversations/a.json": json.dumps(chat).encode(), "pictures/red.png": red}))
    monkeypatch.undo()

    assert "This site couldn't save it." in said(page)
    assert not Conversation.objects.exists()
    assert not models.Image.objects.exists()


@pytest.mark.database
def test_odd_values_are_made_storable(alice):
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
    page = brings_json(alice, a_chat(title="A\0 \ud800title" + "x" * 300, messages=[a_question(), answer]))

    assert "1 chat imported." in said(page)
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
def test_deep_nesting_and_huge_numbers_break_nothing(alice):
    alice.signs_in()
    deep = b'{"format": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    assert "valid JSON" in said(brings(alice, deep, "chat.json"))
    huge = json.dumps(a_chat()).replace('"version": 1', '"version": 1' + "0" * 100_000).encode()
    assert "version" in said(brings(alice, huge, "chat.json"))


def test_a_file_of_nothing_but_brackets_is_not_unfolded(alice):
    alice.signs_in()
    many = b'{"format": [' + b"[]," * 3_000_001 + b"[]]}"

    assert "too much data" in said(brings(alice, many, "chat.json"))


@pytest.mark.database
def test_nothing_stays_of_somebody_who_leaves_while_it_is_read(alice, settings):
    alice.signs_in()
    alice.asks("Look [[say Hello]]", images=[image_file()])
    content, owner = downloaded(alice, "/account/export.zip"), alice.user
    delete_account(alice.user)

    with pytest.raises(UnreadableFile, match="been deleted"):
        import_chats(io.BytesIO(content), name="chats.zip", owner=owner)
    assert not Conversation.with_deleted.exists()
    assert not models.Image.objects.exists()
    assert not [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]


def test_bombs_are_not_unpacked(alice, monkeypatch):
    alice.signs_in()
    bomb = zipped({"conversations/a.json": b" " * 25_000_000})
    assert "larger than 20 MB" in said(brings(alice, bomb))

    monkeypatch.setattr(zip_reader, "ALLOWED_BYTES", 3_000_000)
    many = zipped({f"conversations/{number}.json": b" " * 2_000_000 for number in range(4)})
    assert said(brings(alice, many)).count("too large when unpacked") == 2

    monkeypatch.setattr(zip_reader, "MAX_DIRECTORY_BYTES", 100)
    assert "damaged or isn't a zip file" in said(brings(alice, many))
    monkeypatch.undo()
    monkeypatch.setattr(zip_reader, "MAX_ENTRIES", 3)
    assert "too many files" in said(brings(alice, many))


def test_a_lying_or_damaged_zip_breaks_nothing(alice):
    alice.signs_in()
    good = zipped({"conversations/a.json": json.dumps(a_chat()).encode(), "pictures/a.png": image_file().read()})
    luck = random.Random(7)
    for _ in range(60):
        damaged = bytearray(good)
        for _ in range(luck.randint(1, 4)):
            damaged[luck.randrange(2, len(damaged))] = luck.randrange(256)
        brings(alice, bytes(damaged[: luck.randint(30, len(damaged))] if luck.random() < 0.3 else damaged))
    assert Conversation.objects.count() <= 1


def test_names_are_looked_up_and_never_paths(alice, tmp_path):
    alice.signs_in()
    (tmp_path / "secret.png").write_bytes(image_file().read())
    pictures = [{"file": str(tmp_path / "secret.png")}, {"file": "../../pictures/red.png"}]
    chat = json.dumps(a_chat(messages=[a_question(pictures=pictures), an_answer()])).encode()
    page = brings(alice, zipped({"../../conversations/a.json": chat, "/etc/pictures/red.png": image_file().read()}))

    assert "1 chat imported." in said(page)
    assert "1 image was missing from the file" in said(page)
    assert MessageImage.objects.count() == 1


def test_pictures_are_cleaned_like_uploaded_ones(alice):
    alice.signs_in()
    bad = [{"file": "pictures/a.png"}, {"file": "pictures/b.svg"}]
    chat = json.dumps(a_chat(messages=[a_question(pictures=bad), an_answer()])).encode()
    hidden = image_file().read() + b"<script>a hidden tail</script>"
    files = {"conversations/a.json": chat, "pictures/a.png": hidden, "pictures/b.svg": b"<svg/>"}
    page = brings(alice, zipped(files))

    assert "1 image was missing from the file or couldn't be read." in said(page)
    assert b"hidden" not in pixels(models.Image.objects.get())


def test_a_file_that_is_too_large_is_not_kept(alice, monkeypatch):
    monkeypatch.setattr("chat.archive.upload_handler.MAX_BYTES", 100_000)
    alice.signs_in()

    assert "larger than" in said(brings(alice, b"PK" + bytes(200_000)))
    assert "Choose a file" in said(Page(alice.client.post("/account/import/")))
    assert "damaged" in said(brings(alice, b"PK"))
    assert "valid JSON" in said(brings(alice, b"\x89PNG"))


def test_it_needs_a_token_and_somebody_who_is_signed_in(alice):
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
def test_one_person_brings_one_file_at_a_time(alice, monkeypatch):
    alice.signs_in()
    monkeypatch.setattr(imports, "_importing", {alice.user.id})
    response = alice.client.post("/account/import/", {"archive": SimpleUploadedFile("a.json", b"{}")})

    assert response.status_code == 429


def test_what_takes_too_long_goes_on_next_time(alice, monkeypatch):
    alice.signs_in()
    monkeypatch.setattr("chat.archive.importer.TIMEOUT_SECONDS", -1)
    content = zipped({f"conversations/{id_}.json": json.dumps(a_chat(id=id_)).encode() for id_ in "abc"})
    assert "too long" in said(brings(alice, content))
    monkeypatch.undo()

    assert "3 chats imported." in said(brings(alice, content))


@pytest.mark.database
def test_a_deleted_chat_can_be_imported_again(alice):
    alice.signs_in()
    alice.asks("[[say Hello]]")
    content = downloaded(alice, "/account/export.zip")
    first = Conversation.objects.get()
    for _ in range(2):  # what came the first time has the id that is made of the old one
        alice.client.post(f"/chats/{Conversation.objects.get().id}/deletion/")
        brings(alice, content)

    assert Conversation.with_deleted.count() == 3
    assert Conversation.objects.get() != first


def test_chats_that_are_too_much_are_named_and_the_others_come_in(alice, monkeypatch):
    alice.signs_in()
    monkeypatch.setattr("chat.conversations.quota.MAX_CHARACTERS", 2000)
    long = a_chat(title="Long", messages=[a_question(text="x" * 3000)])
    short = a_chat(title="Short", id="b")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number, chat in enumerate((long, short)):
            archive.writestr(f"{number}.json", json.dumps(chat))

    page = brings(alice, file.getvalue())

    assert "used all the space" in said(page)
    assert [chat.title for chat in Conversation.objects.all()] == ["Short"]


def test_an_export_of_another_program_is_named_and_no_chat_is_read_of_it(alice):
    alice.signs_in()
    chats = json.dumps([CHATGPT] * 3).encode()
    for content, name in [
        (chats, "conversations.json"),
        (zipped({"a.json": b"{}", "conversations.json": chats, "user.json": b"{}", "chat.html": b"<p>"}), "export.zip"),
        (chats.rstrip(b"]") + b"," + b" " * 21_000_000 + b"{}]", "conversations.json"),
    ]:
        page = brings(alice, content, name)
        assert page.status == 422
        assert "This is an export from ChatGPT, which can't be imported yet." in said(page)
        assert "zip or JSON files exported from this or another Potluck site" in said(page)
    assert not Conversation.objects.exists()


def test_a_zip_without_chats_says_what_is_taken(alice):
    alice.signs_in()

    assert "This isn't a supported export." in said(brings(alice, zipped({"word/document.xml": b"<w>"}), "a.docx"))


def test_a_large_chat_in_a_zip_is_not_taken_for_damaged(alice):
    alice.signs_in()
    texts = [random.Random(seed).randbytes(900_000).hex() for seed in range(6)]
    chat = a_chat(messages=[a_question(id=str(number), text=text) for number, text in enumerate(texts)])
    content = json.dumps(chat).encode()
    assert len(content) > 10_000_000
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("conversations/large.json", content)

    assert "1 chat imported." in said(brings(alice, file.getvalue()))
