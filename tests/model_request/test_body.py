"""What OpenRouter is asked: the conversation so far, in the form and within the limits of the model."""

import base64
import io
import json
from datetime import timedelta
from random import Random

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as Pixels

from chat.images import request_fit, storage
from chat.images.storage import remove_unused
from chat.models import Conversation, Image, MessageImage, Reply
from tests.django_client import image_file
from tests.standin import catalogue

SEES = "anthropic/claude-haiku-4.5"
MOST_TOKENS = 20_000  # a dollar of the dearest models
BLIND = "meta-llama/llama-3.3-70b-instruct"


@pytest.fixture
def sent(alice):
    """The body of the last chat request."""
    return lambda: alice.standin.chat_requests[-1].body


def colour_of(part) -> object:
    data = part["image_url"]["url"].partition(",")[2]
    return Pixels.open(io.BytesIO(base64.b64decode(data))).convert("RGB").getpixel((0, 0))


def sizes(body) -> list[tuple[int, int]]:
    parts = [
        part for message in body["messages"] if isinstance(message["content"], list) for part in message["content"]
    ]
    urls = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
    return [Pixels.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).size for url in urls]


def ask_with_images(person, *counts: int) -> None:
    """A chat with so many images in each message, all different, and longer than 2000 pixels."""
    chat, number = None, 0
    for count in counts:
        colours = [f"rgb({number + one}, 9, 9)" for one in range(count)]
        images = [image_file(size=(2048, 100), colour=colour) for colour in colours]
        person.asks("Which?", chat=chat, model=SEES, images=images)
        chat, number = Conversation.objects.get(), number + count


def noisy_file(seed: int) -> SimpleUploadedFile:
    content = io.BytesIO()
    Pixels.frombytes("RGB", (700, 600), Random(seed).randbytes(700 * 600 * 3)).save(content, "JPEG", quality=95)
    return SimpleUploadedFile("noise.jpg", content.getvalue(), content_type="image/jpeg")


def said(body) -> list[tuple[str, str]]:
    return [(message["role"], message["content"]) for message in body["messages"]]


def test_the_history_is_sent_in_order(alice, sent):
    alice.asks("[[say One]]")
    chat = Conversation.objects.get()
    alice.asks("[[say Two]]", chat=chat)
    alice.asks("And now?", chat=chat)

    assert said(sent()) == [
        ("user", "[[say One]]"),
        ("assistant", "One"),
        ("user", "[[say Two]]"),
        ("assistant", "Two"),
        ("user", "And now?"),
    ]


def test_it_says_who_asks_and_for_a_stream(alice, sent):
    alice.asks("Hello?")

    (request,) = alice.standin.chat_requests
    assert request.headers["http-referer"] == "http://localhost:8000"
    assert request.headers["x-openrouter-title"] == "Potluck"
    assert request.headers["authorization"] == f"Bearer {next(iter(alice.standin.people.keys))}"
    assert sent()["stream"] is True


@pytest.mark.parametrize(
    "model",
    [model for model in catalogue.MODELS if model.id != "openrouter/auto" and {"text", "image"} & set(model.outputs)],
    ids=lambda model: model.id,
)
def test_the_answer_is_limited_to_what_is_sensible_and_what_the_model_can(alice, sent, model):
    alice.asks("[[say Hello]]", model=model.id)

    limit = sent()["max_completion_tokens"]
    assert sent()["model"] == model.id
    assert 0 < limit <= min(MOST_TOKENS, model.max_completion_tokens or MOST_TOKENS)


class TestImages:
    def test_the_text_comes_first_and_the_images_are_what_they_say(self, alice, sent):
        alice.asks("Which?", model=SEES, images=[image_file(), image_file(name="b.png", colour="blue")])

        (message,) = sent()["messages"]
        text, *images = message["content"]
        assert text == {"type": "text", "text": "Which?"}
        assert len(images) == 2
        for image in images:
            head, _, data = image["image_url"]["url"].partition(",")
            image = Pixels.open(io.BytesIO(base64.b64decode(data, validate=True)))
            assert head == f"data:image/{image.format.lower()};base64"

    def test_a_image_needs_no_text(self, alice, sent):
        page = alice.asks("", model=SEES, images=[image_file()])

        (message,) = sent()["messages"]
        assert [part["type"] for part in message["content"]] == ["image_url"]
        assert page.state == "complete"

    def test_they_are_resent_with_every_later_question(self, alice, sent):
        alice.asks("Which?", model=SEES, images=[image_file()])
        alice.asks("And now?", chat=Conversation.objects.get())

        assert [part["type"] for part in sent()["messages"][0]["content"]] == ["text", "image_url"]

    def test_a_model_that_cannot_see_gets_a_note_instead_of_old_ones(self, alice, sent):
        alice.asks("Which?", model=SEES, images=[image_file()])
        page = alice.asks("[[say Blue]]", chat=Conversation.objects.get(), model=BLIND)

        note = "[1 image of this message is not included: this model does not accept images]"
        assert said(sent())[0] == ("user", f"Which?\n\n{note}")
        assert (page.state, page.text) == ("complete", "Blue")

    def test_those_that_are_left_behind_are_said_to_be(self, alice, sent):
        colours = ("red", "blue", "tan")
        alice.asks("Which?", model=SEES, images=[image_file(colour=colour) for colour in colours])
        MessageImage.objects.exclude(position=1).update(is_sent_along=False)
        alice.asks("And now?", chat=Conversation.objects.get())
        (text, image) = sent()["messages"][0]["content"]
        assert text["text"] == "Which?\n\n[2 images of this message are not included]"
        assert colour_of(image) == (0, 0, 255)

        MessageImage.objects.update(is_sent_along=False)
        alice.asks("And now?", chat=Conversation.objects.get())
        assert said(sent())[0] == ("user", "Which?\n\n[3 images of this message are not included]")

    def test_a_question_that_is_asked_again_has_all_of_its_own(self, alice, sent):
        alice.asks("Which? [[cut]]", model=SEES, images=[image_file()])
        MessageImage.objects.update(is_sent_along=False)
        alice.client.post(f"/replies/{alice.latest_reply().id}/retry/")
        alice.follows(alice.latest_reply())

        assert [part["type"] for part in sent()["messages"][-1]["content"]] == ["text", "image_url"]
        assert len(alice.standin.chat_requests) == 2

    def test_what_the_model_drew_goes_back_unless_it_is_left_behind(self, alice, sent):
        alice.asks("[[say Here]] [[image n=2]]", model=SEES)
        chat = Conversation.objects.get()
        alice.asks("Bluer", chat=chat)
        assert len(sent()["messages"][1]["images"]) == 2
        MessageImage.objects.filter(message__role="assistant", position=0).update(is_sent_along=False)
        alice.asks("Bluer", chat=chat)

        (answer,) = [message for message in sent()["messages"] if message.get("images")]
        assert len(answer["images"]) == 1
        assert answer["content"] == "Here\n\n[1 image of this message is not included]"

    def test_many_are_sent_smaller_than_providers_refuse(self, alice, sent, settings):
        """Anthropic refuses more than 20 when one is above 2000 pixels."""
        ask_with_images(alice, 8, 8, 8)
        assert len(sizes(sent())) == 24
        assert all(max(size) <= 2000 for size in sizes(sent()))
        files = {path.name: path.stat().st_mtime_ns for path in settings.MEDIA_ROOT.rglob("*-1568.*")}
        assert len(files) == 24

        alice.asks("And now?", chat=Conversation.objects.get())
        assert len(sizes(sent())) == 24
        assert {path.name: path.stat().st_mtime_ns for path in settings.MEDIA_ROOT.rglob("*-1568.*")} == files

    def test_few_are_sent_as_they_are(self, alice, sent, settings):
        ask_with_images(alice, 8, 8, 4)

        assert {max(size) for size in sizes(sent())} == {2048}
        assert not list(settings.MEDIA_ROOT.rglob("*-1568.*"))

    def test_smaller_ones_go_with_their_chat(self, alice, settings):
        ask_with_images(alice, 8, 8, 8)
        chat = Conversation.objects.get()
        Image.objects.update(created_at=chat.created_at - timedelta(days=2))
        chat.delete()
        remove_unused(alice.user.id, among=[])

        assert not [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]

    def test_the_oldest_are_left_out_when_they_do_not_fit(self, alice, sent, monkeypatch):
        monkeypatch.setattr(request_fit, "MAX_IMAGES", 3)
        ask_with_images(alice, 2, 2)

        first, *_, last = [message for message in sent()["messages"] if message["role"] == "user"]
        assert first["content"][0]["text"] == "Which?\n\n[1 image of this message is not included]"
        assert len(first["content"]) == 2
        assert len(last["content"]) == 3
        page = alice.looks_at(Conversation.objects.get())
        assert "3 earlier" in page.one(".earlier").get_text()
        assert "1 older image doesn't fit" in page.one(".earlier").get_text()

    def test_a_request_stays_small_enough(self, alice, sent, monkeypatch):
        monkeypatch.setattr(request_fit, "MAX_BODY_BYTES", 1_100_000)
        noise = [noisy_file(seed) for seed in range(3)]
        assert all((file.size or 0) > 400_000 for file in noise)
        alice.asks("Which?", model=SEES, images=noise)

        assert len(sizes(sent())) == 3
        assert len(json.dumps(sent())) <= 1_100_000

    def test_one_that_cannot_be_made_smaller_goes_as_it_is(self, alice, sent, monkeypatch, caplog):
        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(request_fit, "MAX_FULL_SIZE_IMAGES", 0)
        monkeypatch.setattr(storage, "_write_version", full)
        alice.asks("Which?", model=SEES, images=[image_file(size=(2048, 100))])

        assert sizes(sent()) == [(2048, 100)]
        assert "could not be made: OSError" in caplog.text

    @pytest.mark.parametrize("is_htmx", [True, False])
    def test_a_new_one_is_refused_before_it_is_sent_there(self, alice, is_htmx):
        send = alice.sends_with_htmx if is_htmx else alice.sends
        response = send("Which?", model=BLIND, images=[image_file()])

        assert response.status_code == 422
        assert "accept images. Choose another model" in response.content.decode()
        assert not Reply.objects.exists()
        assert not alice.standin.chat_requests


class TestAnswersThatFailed:
    def test_an_empty_one_is_left_out(self, alice, sent):
        alice.asks("[[error 500 server]]")
        alice.asks("Hello?", chat=Conversation.objects.get())

        assert said(sent()) == [("user", "[[error 500 server]]"), ("user", "Hello?")]

    def test_the_text_of_a_broken_one_is_sent(self, alice, sent):
        alice.asks("[[tokens n=4]] [[cut]]")
        alice.asks("Hello?", chat=Conversation.objects.get())

        assert said(sent())[1] == ("assistant", "1 2 ")

    def test_thoughts_do_not(self, alice, sent):
        alice.asks("[[reasoning]] [[say Yes]]")
        alice.asks("Hello?", chat=Conversation.objects.get())

        assert said(sent())[1] == ("assistant", "Yes")
