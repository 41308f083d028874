"""Every address at once: a stranger, a form without its token, a GET where a POST belongs. A new one is in it."""

import logging

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from chat.models import (
    Attachment,
    Charge,
    Conversation,
    File,
    Image,
    McpServer,
    McpTool,
    Message,
    MessageFile,
    Preset,
    Prompt,
    Reply,
    SpokenPart,
    StoredKey,
    User,
)
from chat.urls import urlpatterns
from tests.django_client import HTMX, Person, image_file
from tests.files.samples import pdf

READING = {  # all that a GET is for
    *(
        "home",
        "signin-callback",
        "signin-code",
        "account",
        "export-everything",
        "shortcuts",
        "manifest",
        "chats",
        "search",
    ),
    *("models", "model", "model-providers", "cheaper-model"),
    *("conversation", "messages", "context-images", "message", "edit", "article", "text", "attachment", "image"),
    *("speech", "spoken-part", "dictation"),
    *("logprobs", "request", "presets", "preset", "prompts", "prompt", "settings", "new-chat-settings"),
    *("spending", "spending-csv", "chat-spending", "tools", "tool-server", "tools-callback"),
    *("code-preview", "preview-page", "preview-scripts", "preview-diagram"),
    *("file", "thumbnail", "continue-text"),
    *("export-markdown", "export-json", "export-zip", "stream", "healthz", "readyz"),
}
WITHOUT_SIGN_IN = {
    *("home", "signin", "signin-callback", "signin-code", "signout", "appearance", "manifest", "healthz", "readyz"),
    *("preview-page", "preview-scripts", "preview-diagram"),  # empty documents
}
OF_ALL = {"model", "model-providers"}  # the list of models is nobody's own
FORM = {
    "text": "Mine",
    "name": "Mine",
    "title": "Mine",
    "along": "no",
    "then": "save",
    "sure": "yes",
    "pinned": "1",
    "has_shortcuts": "",
    "has_dictation": "on",
    "part": "0",
    "model": "google/gemini-3.7-flash",
    "starred": "1",
}
NAMES = {str(pattern.name): set(pattern.pattern.converters) for pattern in urlpatterns}


def pdf_upload() -> SimpleUploadedFile:
    return SimpleUploadedFile("paper.pdf", pdf("Words"), content_type="application/pdf")


@pytest.fixture
def chat(alice: Person) -> Conversation:
    alice.signs_in()
    alice.asks("[[say One]]", images=[image_file(), pdf_upload()], attachment="A long text", attachment_name="long.txt")
    return Conversation.objects.get()


@pytest.fixture
def addresses(alice: Person, chat: Conversation) -> dict[str, str]:
    answer = Message.objects.get(role="assistant")
    facts = {"charge": answer.id, "content_type": "audio/mpeg", "audio": b"ID3", "size_bytes": 3}
    spoken = SpokenPart.objects.create(user=alice.user, message=answer, digest="of One", **facts)
    ids = {
        "conversation_id": chat.id,
        "message_id": Message.objects.get(role="user").id,
        "reply_id": Reply.objects.get().id,
        "image_id": Image.objects.get().id,
        "file_id": File.objects.get().id,
        "position": 0,
        "number": 1,
        "preset_id": Preset.objects.create(user=alice.user, name="Tutor").id,
        "prompt_id": Prompt.objects.create(user=alice.user, name="Sum up", text="Sum up {{what}}.").id,
        "server_id": McpServer.objects.create(user=alice.user, name="Kitchen", slug="x", url="https://127.0.0.1/").id,
        "model_id": "google/gemini-3.7-flash",
        "part_id": spoken.id,
    }
    return {name: reverse(name, kwargs={each: ids[each] for each in wanted}) for name, wanted in NAMES.items()}


def all_there_is() -> list[object]:
    rows = [
        Conversation.with_deleted,
        *(
            model.objects
            for model in (
                Message,
                Reply,
                Image,
                File,
                MessageFile,
                Attachment,
                StoredKey,
                Preset,
                Prompt,
                SpokenPart,
                Charge,
                McpServer,
                McpTool,
            )
        ),
    ]
    people = User.objects.values("pk", "has_shortcuts", "starred_models", "has_dictation")
    return [list(each.order_by("pk").values()) for each in rows] + list(people)


def status(client: Client, method: str, address: str, **headers: str) -> int:
    response = client.generic(method, address, headers=headers) if method != "POST" else client.post(address, FORM)
    response.close()
    return response.status_code


def statuses(client: Client, addresses: dict[str, str], *methods: str) -> dict[str, set[int]]:
    return {name: {status(client, method, where) for method in methods} for name, where in addresses.items()}


def test_what_is_somebody_elses_is_not_there(alice, bob, addresses):
    bob.signs_in()
    theirs = {name: where for name, where in addresses.items() if NAMES[name] and name not in OF_ALL}
    before = all_there_is()

    seen = statuses(bob.client, theirs, "GET", "HEAD", "POST")
    assert {name: found for name, found in seen.items() if 404 not in found or found - {404, 405}} == {}
    assert all_there_is() == before


def test_nor_by_its_id_in_a_form_or_an_address(alice, bob, chat, addresses):
    bob.signs_in()
    bob.asks("[[say Two]]")
    own = Conversation.objects.get(user=bob.user)
    alices = {"message": str(Message.objects.get(conversation=chat, role="user").id), "answer": str(chat.path()[-1].id)}
    before = all_there_is()

    for kept in (Image.objects.get().id, File.objects.get().id):
        refused = bob.sends("Mine", chat=own, kept=str(kept))
        assert (refused.status_code, "no longer available" in refused.content.decode()) == (422, True)
    assert all_there_is() == before
    for id_ in alices.values():
        for query in ("branch", "around", "before", "after", "deleted", "was"):
            for address in (f"/chats/{own.id}/", f"/chats/{own.id}/messages/", f"/chats/{own.id}/export.md", "/chats/"):
                response = bob.client.get(address, {query: [id_, str(chat.id)]}, headers=HTMX)
                assert b"One" not in b"".join(response)
    bob.asks("[[say Three]]", chat=own, branch=alices["answer"])
    assert [message.text for message in own.path()] == ["[[say Two]]", "Two", "[[say Three]]", "Three"]


def test_nor_is_what_was_deleted(alice, addresses):
    alice.client.post(addresses["delete-all"])
    of_no_chat = {
        "restore",
        *OF_ALL,
        *(name for name in NAMES if NAMES[name] & {"preset_id", "prompt_id", "server_id"}),
    }
    theirs = {name: where for name, where in addresses.items() if NAMES[name] and name not in of_no_chat}
    before = all_there_is()

    seen = statuses(alice.client, theirs, "GET", "HEAD", "POST")
    assert {name: found for name, found in seen.items() if 404 not in found or found - {404, 405}} == {}
    assert all_there_is() == before


def test_a_form_without_its_token_changes_nothing(alice, addresses):
    strict = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    strict.cookies = alice.client.cookies
    before = all_there_is()

    seen = {name: status(strict, "POST", where) for name, where in addresses.items()}
    assert {name for name, code in seen.items() if code not in (403, 405)} == set()
    assert all_there_is() == before


def test_looking_changes_nothing(alice, addresses):
    alice.client.get("/")
    before = all_there_is()

    seen = {name: status(alice.client, "GET", where) for name, where in addresses.items()}
    assert {name for name, code in seen.items() if code == 405} == set(NAMES) - READING
    assert all_there_is() == before


def test_visitors_are_sent_to_the_sign_in_and_change_nothing(addresses):
    before = all_there_is()
    closed = {name: where for name, where in addresses.items() if name not in WITHOUT_SIGN_IN}
    anybody = Client(SERVER_NAME="localhost")

    seen = statuses(anybody, closed, "GET", "POST")
    assert {name: found for name, found in seen.items() if found - {302, 405}} == {
        "images": {401, 405},
        "dictation": {302, 401},
    }
    assert all_there_is() == before


@pytest.mark.parametrize("trouble", ["", "[[error 500]]", "[[drop]]"])
def test_no_log_has_a_word_of_a_chat(alice, addresses, caplog, trouble):
    caplog.set_level(logging.DEBUG)
    alice.asks(f"Secret {trouble}[[say Secret]]", attachment="Secret", attachment_name="Secret.txt")
    statuses(alice.client, {name: where for name, where in addresses.items() if name != "leave"}, "GET")
    for where in ("/search/?q=Secret", f"{addresses['conversation']}?around=Secret", "/nowhere/?q=Secret"):
        alice.client.get(where)
    alice.client.post(addresses["rename"], {"title": "Secret"})
    alice.client.post(addresses["edit"], {"text": "Secret", "then": "save"})
    alice.client.post(addresses["import"], {"archive": SimpleUploadedFile("Secret.json", b'{"Secret": 1}')})

    assert caplog.records
    assert "Secret" not in caplog.text
