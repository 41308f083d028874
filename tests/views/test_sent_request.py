"""/replies/<id>/request/: what was sent for an answer, as the stand-in received it."""

import base64
import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.utils import timezone

from chat.formats import number
from chat.images.storage import folder_of
from chat.model_request import reasoning_details
from chat.model_request.body import stored_request
from chat.models import Conversation, Message, MessageImage, Reply
from chat.openrouter import body_bytes
from chat.spending import cost_lookup
from tests.django_client import HTMX, Page, Person, image_file
from tests.model_request.test_body import BLIND, SEES
from tests.model_request.test_reasoning_details import CLAUDE, answered_with_details, the_chat
from tests.new_replies.continuation import continued
from tests.recorded_statements import recorded_statements

IMAGE = re.compile(r'"data:(image/\w+);base64,([^"]*)"')


@pytest.fixture(autouse=True)
def _signed_in(alice):
    alice.signs_in()


def address_of(reply: Reply) -> str:
    return f"/replies/{reply.id}/request/"


def looks_at(person: Person, reply: Reply) -> Page:
    return Page(person.client.get(address_of(reply)))


def body_on(page: Page) -> str:
    return page.soup.select("pre")[-1].get_text()


def notes_on(page: Page) -> list[str]:
    return [note.get_text().strip() for note in page.soup.select(".notice")]


def raw_of(person: Person, request: int = -1) -> bytes:
    """The body as it came: parsed and written again it has the length that its header says."""
    received = person.standin.chat_requests[request]
    raw = json.dumps(received.body, ensure_ascii=False).encode()
    assert len(raw) == int(received.headers["content-length"])
    return raw


def without_image_data(raw: bytes) -> str:
    def size(found: re.Match[str]) -> str:
        return f'"data:{found[1]};base64,[{number(len(base64.b64decode(found[2])))} bytes]"'

    return IMAGE.sub(size, raw.decode())


def is_as_received(person: Person, reply: Reply | None = None, request: int = -1) -> bool:
    """Whether the page has the request that the stand-in got, to the byte, and says how long it was."""
    reply = reply or person.latest_reply()
    received = raw_of(person, request)
    page = looks_at(person, reply)
    shown = json.loads(body_on(page))
    assert "as it was sent to OpenRouter" in page.html
    assert f"{number(len(received))} bytes" in page.one(".request-body").get_text()
    assert json.dumps(shown, ensure_ascii=False) == without_image_data(received)
    return True


def set_in(chat: Conversation, **settings) -> None:
    Conversation.objects.filter(pk=chat.pk).update(settings=settings)
    chat.refresh_from_db()


def asks_with_many_images(person: Person) -> None:
    """Three questions with so many that they are sent in smaller versions."""
    for shade in range(3):
        images = [image_file(size=(2048, 30), colour=f"rgb({number},{shade},0)") for number in range(8)]
        person.asks("Which?", chat=Conversation.objects.first(), model=SEES, images=images)


class TestAsSent:
    @pytest.mark.database
    def test_a_chat_with_all_kinds_of_messages(self, alice):
        images = [image_file(), image_file(name="b.png", size=(1900, 1900), colour="blue")]
        alice.asks("Grüße 🍲 \u202eevil", model=SEES, images=images, attachment="Long\n", attachment_name="long.txt")
        chat = the_chat()
        alice.asks("[[error 502 provider]]", chat=chat)
        alice.asks("Draw [[image]]", chat=chat)
        set_in(chat, system="Answer “briefly”.\n", temperature=0.1, top_p=1.0, stop=["END"], provider_sort="price")
        MessageImage.objects.filter(position=0, message__role="user").update(is_sent_along=False)
        alice.asks("And now?", chat=chat)

        assert is_as_received(alice)
        roles = [each["role"] for each in json.loads(body_on(looks_at(alice, alice.latest_reply())))["messages"]]
        assert roles.count("assistant") == 2  # not the one that failed

    def test_images_in_smaller_versions(self, alice):
        asks_with_many_images(alice)

        assert "1568" in (alice.latest_reply().request or "")
        assert is_as_received(alice)

    def test_a_model_that_gets_notes_in_place_of_images(self, alice):
        alice.asks("Which?", model=SEES, images=[image_file()])
        alice.asks("And now?", chat=the_chat(), model=BLIND)

        assert "this model does not accept images" in body_on(looks_at(alice, alice.latest_reply()))
        assert is_as_received(alice)

    def test_reasoning_that_is_sent_back(self, alice):
        chat = answered_with_details(alice)
        alice.asks("[[details encrypted]] [[say No]]", chat=chat, model=CLAUDE)
        alice.asks("And now?", chat=chat, model=CLAUDE)

        assert body_on(looks_at(alice, alice.latest_reply())).count('"reasoning_details"') == 2
        assert is_as_received(alice)

    def test_reasoning_of_which_the_oldest_was_too_much(self, alice, monkeypatch):
        chat = answered_with_details(alice)
        alice.asks("[[details encrypted]] [[say No]]", chat=chat, model=CLAUDE)
        monkeypatch.setattr(reasoning_details, "MAX_CHARACTERS", len(alice.latest_reply().reasoning_details or ""))
        alice.asks("And now?", chat=chat, model=CLAUDE)
        monkeypatch.setattr(reasoning_details, "MAX_CHARACTERS", 100_000)

        assert body_on(looks_at(alice, alice.latest_reply())).count('"reasoning_details"') == 1
        assert is_as_received(alice)

    def test_a_text_to_begin_with(self, alice):
        alice.asks("[[say One]]", model=CLAUDE)
        set_in(the_chat(), prefill="Well, ")
        alice.asks("And now?", chat=the_chat(), model=CLAUDE)

        assert json.loads(body_on(looks_at(alice, alice.latest_reply())))["messages"][-1]["content"] == "Well,"
        assert is_as_received(alice)

    def test_a_continuation(self, alice):
        alice.asks("[[tokens n=40]] [[cut after=20]]", model=CLAUDE)
        continued(alice, alice.latest_reply())

        assert is_as_received(alice)

    def test_an_answer_that_failed(self, alice):
        alice.asks("[[error 402 credits]]")

        assert is_as_received(alice)

    def test_each_of_several_models(self, alice):
        alice.asks("Hello?", model=CLAUDE, compare=[BLIND])
        alice.standin.wait_for(lambda: not Reply.objects.filter(state__in=Reply.RUNNING).exists())
        received = [request.body["model"] for request in alice.standin.chat_requests]

        for reply in Reply.objects.all():
            assert is_as_received(alice, reply, received.index(reply.model))


class TestAskedTwice:
    def test_the_last_request_is_shown_when_reasoning_was_refused(self, alice):
        chat = answered_with_details(alice)
        alice.asks("[[say No]] [[error 400 signature details=1]]", chat=chat, model=CLAUDE)

        assert len(alice.standin.chat_requests) == 3
        assert notes_on(looks_at(alice, alice.latest_reply())) == [
            "The provider refused the reasoning of earlier answers. This is the request that was then sent without it."
        ]
        assert is_as_received(alice)

    def test_and_when_a_beginning_was_refused(self, alice):
        alice.asks("[[tokens n=40]] [[cut after=20]]", model=CLAUDE)
        alice.standin.answers(400, kind="prefill")
        continued(alice, alice.latest_reply())

        (note,) = notes_on(looks_at(alice, alice.latest_reply()))
        assert note.startswith("The model refused to continue a text.")
        assert is_as_received(alice)


class TestLater:
    def test_what_changes_for_the_next_request_changes_nothing(self, alice):
        alice.asks("Which?", model=SEES, images=[image_file()])
        set_in(the_chat(), system="Be brief.")
        alice.asks("And now?", chat=the_chat())
        set_in(the_chat(), temperature=2)
        MessageImage.objects.update(is_sent_along=False)
        alice.asks("And then?", chat=the_chat())
        chat_of_earlier = Reply.objects.order_by("asked_at")

        for position, reply in enumerate(chat_of_earlier):
            assert is_as_received(alice, reply, position)
            assert notes_on(looks_at(alice, reply)) == []

    def test_deleted_and_edited_messages_are_named(self, alice):
        alice.asks("[[say One]]", images=[image_file()], model=SEES)
        alice.asks("[[say Two]]", chat=the_chat())
        alice.asks("[[say Three]]", chat=the_chat())
        first, _, second, answer, _, _ = Message.objects.order_by("created_at")
        for message in (first, answer):
            alice.client.post(f"/messages/{message.id}/deletion/")
        alice.client.post(f"/messages/{second.id}/edit/", {"text": "Changed", "then": "save"})
        page = looks_at(alice, alice.latest_reply())

        assert notes_on(page) == [
            "Message 1 has been deleted since.",
            "Message 3 has been edited since. This is its current text.",
            "Message 4 has been deleted since.",
        ]
        shown = [message["content"] for message in json.loads(body_on(page))["messages"]]
        assert shown[0][0] == {"type": "text", "text": "[deleted]"}
        assert shown[0][1]["image_url"]["url"].startswith("data:image/")
        assert shown[1:] == ["One", "Changed", "[deleted]", "[[say Three]]"]
        assert f"{number(len(raw_of(alice)))} bytes" in page.html
        assert not Message.objects.filter(text="[deleted]").exists()

    def test_what_was_edited_before_is_no_change(self, alice):
        alice.asks("[[say One]]")
        alice.client.post(f"/messages/{Message.objects.get(role='user').id}/edit/", {"text": "Changed", "then": "save"})
        alice.asks("And now?", chat=the_chat())

        assert notes_on(looks_at(alice, alice.latest_reply())) == []
        assert is_as_received(alice)

    def test_an_answer_without_a_record_has_what_would_be_sent_now(self, alice):
        alice.asks("Which?", model=SEES, images=[image_file()])
        Reply.objects.update(request=None)
        page = looks_at(alice, alice.latest_reply())

        assert "wasn't recorded" in page.html
        received = raw_of(alice)
        assert json.dumps(json.loads(body_on(page)), ensure_ascii=False) == without_image_data(received)
        assert f"Content-Length: {len(received)}" in page.html

    def test_it_makes_no_smaller_version_of_an_image(self, alice):
        asks_with_many_images(alice)
        Reply.objects.update(request=None)
        folder = folder_of(alice.user.pk)
        for name in default_storage.listdir(folder)[1]:
            if "-1568" in name:
                default_storage.delete(f"{folder}/{name}")
        files = default_storage.listdir(folder)[1]

        assert body_on(looks_at(alice, alice.latest_reply())).count("data:image/") == 24
        assert sorted(default_storage.listdir(folder)[1]) == sorted(files)

    def test_also_a_copy_in_another_chat(self, alice):
        alice.asks("[[say One]]")
        alice.client.post(f"/messages/{alice.latest_reply().message_id}/fork/")
        copy = Reply.objects.get(is_copy=True)

        assert "wasn't recorded" in looks_at(alice, copy).html


def test_the_head_is_what_was_sent_without_the_key(alice):
    alice.asks("Hello?")
    page = looks_at(alice, alice.latest_reply())
    first, *lines = page.soup.select("pre")[0].get_text().strip().split("\n")
    shown = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    received = dict(alice.standin.chat_requests[-1].headers)

    assert first == f"POST {alice.standin.url}/api/v1/chat/completions"
    key = received.pop("authorization").removeprefix("Bearer ")
    assert key not in page.html
    assert shown.pop("authorization") == "Bearer (your key)"
    assert shown.items() <= received.items()
    assert received.keys() - shown.keys() <= {"host"}


def test_long_reasoning_is_shown_by_its_size(alice, monkeypatch):
    monkeypatch.setattr("chat.streaming.sent_request.MAX_DETAILS_CHARACTERS", 50)
    chat = answered_with_details(alice)
    alice.asks("And now?", chat=chat, model=CLAUDE)

    answer = json.loads(body_on(looks_at(alice, alice.latest_reply())))["messages"][1]
    assert re.fullmatch(r"\[\d+ bytes\]", answer["reasoning_details"])


def test_the_menu_of_an_answer_leads_there_and_back(alice):
    alice.asks("[[say One]]")
    reply = alice.latest_reply()
    menu = alice.client.get(f"/messages/{reply.message_id}/", headers=HTMX).content.decode()
    page = looks_at(alice, reply)

    assert address_of(reply) in menu
    assert "What this chat sent" in menu
    assert page.one(".aside > a")["href"] == reply.message.url
    question = Message.objects.get(role="user")
    assert "What this chat sent" not in alice.client.get(f"/messages/{question.id}/").content.decode()


def test_the_json_alone_can_be_copied(alice):
    alice.asks("[[say One]]")
    reply = alice.latest_reply()
    page = looks_at(alice, reply)
    response = alice.client.get(address_of(reply) + str(page.one("a[data-copy]")["href"]))

    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    assert response.content.decode() == body_on(page)


def test_nobody_else_sees_it_nor_of_a_deleted_answer(alice, bob):
    alice.asks("[[say One]]")
    reply = alice.latest_reply()
    bob.signs_in()

    assert looks_at(bob, reply).status == 404
    assert bob.client.post(address_of(reply)).status_code == 405
    assert alice.client.get(f"/replies/{uuid4()}/request/").status_code == 404
    alice.client.post(f"/messages/{reply.message_id}/deletion/")
    assert looks_at(alice, reply).status == 404
    assert Reply.objects.filter(request=None).exists()


def test_without_the_images_of_the_site_it_says_so(alice, monkeypatch):
    alice.asks("Which?", model=SEES, images=[image_file()])
    Reply.objects.update(request=None)
    monkeypatch.setattr("chat.upkeep.installation.has_media", lambda: False)
    default_storage.delete(str(MessageImage.objects.get().image.file.name))
    page = looks_at(alice, alice.latest_reply())

    assert page.status == 200
    assert notes_on(page) == ["This site can't load the images of this chat right now, so it can't show the request."]


def test_no_image_is_read(alice, monkeypatch):
    alice.asks("Which?", model=SEES, images=[image_file()])

    def opened(*_args):
        raise AssertionError("an image was opened")

    monkeypatch.setattr(FileSystemStorage, "open", opened)
    assert is_as_received(alice)


def test_what_is_stored_has_no_words_of_messages_and_is_small(alice):
    alice.asks("My secret [[say And mine]]", images=[image_file()], model=SEES, attachment="Long", attachment_name="A")
    alice.asks("More secrets", chat=the_chat())
    stored = alice.latest_reply().request or ""

    assert stored.isascii()
    assert len(stored) < 1000
    assert not [word for word in ("secret", "mine", "Long") if word in stored]


def test_a_long_chat_takes_as_many_statements_as_a_short_one(alice):
    def statements() -> int:
        with recorded_statements() as seen:
            assert looks_at(alice, reply).status == 200
        return len(seen)

    alice.asks("[[say One]]")
    alice.asks("[[say Two]]", chat=the_chat())
    reply = alice.latest_reply()
    few = statements()
    first = Message.objects.earliest("created_at")
    begin = timezone.now() - timedelta(days=1)
    parent = None
    for position in range(300):  # before the others
        role = ["user", "assistant"][position % 2]
        at = begin + timedelta(seconds=position)
        parent = Message.objects.create(
            conversation=the_chat(), parent=parent, role=role, text="Hm " * 300, created_at=at
        )
        if role == "assistant":
            Reply.objects.create(message=parent, model=CLAUDE, max_completion_tokens=1, state="complete")
    Message.objects.filter(pk=first.pk).update(parent=parent)

    assert statements() == few
    assert len(json.loads(body_on(looks_at(alice, reply)))["messages"]) == 303


def test_the_length_is_that_of_the_body_as_it_is_built_again(alice):
    alice.asks("Which?", model=SEES, images=[image_file()])
    request = stored_request(alice.latest_reply())

    assert request
    assert body_bytes(request.body()) == request.outline.size_bytes == len(raw_of(alice))


def test_an_answer_that_is_being_written_says_so(alice, monkeypatch):
    monkeypatch.setattr(cost_lookup, "DELAYS_SECONDS", ())
    alice.sends_with_htmx("[[tokens n=400 rate=20]]")
    reply = alice.latest_reply()
    page = looks_at(alice, reply)

    assert "The answer is still being written." in page.html
    assert json.loads(body_on(page))["messages"] == [{"role": "user", "content": "[[tokens n=400 rate=20]]"}]
    alice.client.post(f"/replies/{reply.id}/cancellation/")
    alice.follows(reply)
