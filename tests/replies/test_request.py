"""What OpenRouter is asked: the conversation so far, in the form and within the limits of the model."""

import base64
import io

import pytest
from PIL import Image

from chat.conversations.models import Conversation, MessagePicture
from chat.replies.models import Reply
from tests.person import picture_file
from tests.standin import models

SEES = "anthropic/claude-haiku-4.5"
MOST_TOKENS = 20_000  # a dollar of the dearest models
BLIND = "meta-llama/llama-3.3-70b-instruct"


@pytest.fixture
def sent(alice):
    """The body of the last chat request."""
    return lambda: alice.standin.chat_requests[-1].body


def colour_of(part) -> object:
    data = part["image_url"]["url"].partition(",")[2]
    return Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB").getpixel((0, 0))


def said(body) -> list[tuple[str, str]]:
    return [(message["role"], message["content"]) for message in body["messages"]]


def test_the_history_goes_along_in_order(alice, sent):
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
    "model", [model for model in models.MODELS if model.id != "openrouter/auto"], ids=lambda model: model.id
)
def test_the_answer_is_limited_to_what_is_sensible_and_what_the_model_can(alice, sent, model):
    alice.asks("[[say Hello]]", model=model.id)

    limit = sent()["max_completion_tokens"]
    assert sent()["model"] == model.id
    assert 0 < limit <= min(MOST_TOKENS, model.max_completion_tokens or MOST_TOKENS)


class TestPictures:
    def test_the_text_comes_first_and_the_pictures_are_what_they_say(self, alice, sent):
        alice.asks("Which?", model=SEES, images=[picture_file(), picture_file(name="b.png", colour="blue")])

        (message,) = sent()["messages"]
        text, *pictures = message["content"]
        assert text == {"type": "text", "text": "Which?"}
        assert len(pictures) == 2
        for picture in pictures:
            head, _, data = picture["image_url"]["url"].partition(",")
            image = Image.open(io.BytesIO(base64.b64decode(data, validate=True)))
            assert head == f"data:image/{image.format.lower()};base64"

    def test_a_picture_needs_no_text(self, alice, sent):
        page = alice.asks("", model=SEES, images=[picture_file()])

        (message,) = sent()["messages"]
        assert [part["type"] for part in message["content"]] == ["image_url"]
        assert page.state == "complete"

    def test_they_go_along_with_every_later_question(self, alice, sent):
        alice.asks("Which?", model=SEES, images=[picture_file()])
        alice.asks("And now?", chat=Conversation.objects.get())

        assert [part["type"] for part in sent()["messages"][0]["content"]] == ["text", "image_url"]

    def test_a_model_that_cannot_see_gets_a_note_instead_of_old_ones(self, alice, sent):
        alice.asks("Which?", model=SEES, images=[picture_file()])
        page = alice.asks("[[say Blue]]", chat=Conversation.objects.get(), model=BLIND)

        note = "[1 picture of this message is not sent along: this model cannot see pictures]"
        assert said(sent())[0] == ("user", f"Which?\n\n{note}")
        assert (page.state, page.text) == ("complete", "Blue")

    def test_those_that_are_left_behind_are_said_to_be(self, alice, sent):
        colours = ("red", "blue", "tan")
        alice.asks("Which?", model=SEES, images=[picture_file(colour=colour) for colour in colours])
        MessagePicture.objects.exclude(position=1).update(is_sent_along=False)
        alice.asks("And now?", chat=Conversation.objects.get())
        (text, picture) = sent()["messages"][0]["content"]
        assert text["text"] == "Which?\n\n[2 pictures of this message are not sent along]"
        assert colour_of(picture) == (0, 0, 255)

        MessagePicture.objects.update(is_sent_along=False)
        alice.asks("And now?", chat=Conversation.objects.get())
        assert said(sent())[0] == ("user", "Which?\n\n[3 pictures of this message are not sent along]")

    def test_a_question_that_is_asked_again_has_all_of_its_own(self, alice, sent):
        alice.asks("Which? [[cut]]", model=SEES, images=[picture_file()])
        MessagePicture.objects.update(is_sent_along=False)
        alice.client.post(f"/replies/{alice.latest_reply().id}/retry/")
        alice.follows(alice.latest_reply())

        assert [part["type"] for part in sent()["messages"][-1]["content"]] == ["text", "image_url"]
        assert len(alice.standin.chat_requests) == 2

    def test_what_the_model_drew_goes_back_unless_it_is_left_behind(self, alice, sent):
        alice.asks("[[say Here]] [[image n=2]]", model=SEES)
        chat = Conversation.objects.get()
        alice.asks("Bluer", chat=chat)
        assert len(sent()["messages"][1]["images"]) == 2
        MessagePicture.objects.filter(message__role="assistant", position=0).update(is_sent_along=False)
        alice.asks("Bluer", chat=chat)

        (answer,) = [message for message in sent()["messages"] if message.get("images")]
        assert len(answer["images"]) == 1
        assert answer["content"] == "Here\n\n[1 picture of this message is not sent along]"

    @pytest.mark.parametrize("is_htmx", [True, False])
    def test_a_new_one_is_refused_before_it_is_sent_there(self, alice, is_htmx):
        send = alice.sends_with_htmx if is_htmx else alice.sends
        response = send("Which?", model=BLIND, images=[picture_file()])

        assert response.status_code == 422
        assert "cannot see pictures" in response.content.decode()
        assert not Reply.objects.exists()
        assert not alice.standin.chat_requests


class TestAnswersThatFailed:
    def test_an_empty_one_is_left_out(self, alice, sent):
        alice.asks("[[error 500 server]]")
        alice.asks("Hello?", chat=Conversation.objects.get())

        assert said(sent()) == [("user", "[[error 500 server]]"), ("user", "Hello?")]

    def test_what_came_of_a_broken_one_goes_along(self, alice, sent):
        alice.asks("[[tokens n=4]] [[cut]]")
        alice.asks("Hello?", chat=Conversation.objects.get())

        assert said(sent())[1] == ("assistant", "1 2 ")

    def test_thoughts_do_not(self, alice, sent):
        alice.asks("[[reasoning]] [[say Yes]]")
        alice.asks("Hello?", chat=Conversation.objects.get())

        assert said(sent())[1] == ("assistant", "Yes")
