"""`?image=<id>`: "Edit this image" without scripts opens the composer with it, and with a model that can edit it."""

from typing import Any

import pytest

from chat.catalogue import cache
from chat.models import Conversation, Image, MessageImage
from tests.django_client import Page, image_file
from tests.standin import catalogue
from tests.stored_models import store_models, stored_items

EDITS = "google/gemini-2.5-flash-image"
SEES = "anthropic/claude-haiku-4.5"


@pytest.fixture(autouse=True)
def _signed_in(alice):
    alice.signs_in()


@pytest.fixture
def chat(alice) -> Conversation:
    alice.asks("A cat", model=EDITS)
    return Conversation.objects.get()


def link_of(page: Page) -> str:
    return str(page.one("[data-edit-image]")["href"])


def follows(person, page: Page) -> Page:
    return Page(person.client.get(link_of(page)))


def chosen_model(page: Page) -> str:
    return str(page.one("#model option[selected]")["value"])


def is_sent(person, page: Page, chat: Conversation, text: str) -> None:
    """What the browser posts: the fields of the composer as the page has them."""
    kept = [box["value"] for box in page.soup.select("[name=kept][checked]")]
    branch = [field["value"] for field in page.soup.select("#composer [name=branch]")]
    person.asks(text, chat=chat, kept=kept, model=chosen_model(page), **({"branch": branch[0]} if branch else {}))


def shape(message) -> list[str]:
    """Its parts: of content, then the images of an answer."""
    content = message["content"]
    parts = [part["type"] for part in content] if isinstance(content, list) else [content]
    return [*parts, *(part["type"] for part in message.get("images", ()))]


def test_the_link_below_the_image_puts_it_into_the_composer(alice, chat):
    page = follows(alice, alice.looks_at(chat))

    image = MessageImage.objects.get().image
    assert page.one("#chips [name=kept]")["value"] == str(image.id)
    assert page.one("#chips .name").get_text(strip=True) == "Image to edit"
    assert page.one("#text")["placeholder"] == "Describe the change"
    assert page.composer_error == ""
    assert chosen_model(page) == EDITS


def test_it_is_the_input_of_the_next_question_and_sent_once(alice, chat):
    is_sent(alice, follows(alice, alice.looks_at(chat)), chat, "Make it blue")

    question, answer, edit = alice.standin.chat_requests[-1].body["messages"]
    assert shape(question) == ["A cat"]
    assert shape(answer)[1:] == []
    assert answer["content"].endswith("[1 image of this message: see a later message]")
    assert shape(edit) == ["text", "image_url"]
    page = alice.looks_at(chat)
    assert page.one(".earlier > a").get_text(strip=True) == "2 earlier images will be resent"


def test_later_it_stays_with_the_question_about_it(alice, chat):
    is_sent(alice, follows(alice, alice.looks_at(chat)), chat, "Make it blue")
    alice.asks("[[say Thanks]]", chat=chat, model=EDITS)

    messages = alice.standin.chat_requests[-1].body["messages"]
    assert [len(shape(message)) for message in messages] == [1, 1, 2, 2, 1]


def test_where_that_question_leaves_it_out_it_stays_with_the_answer(alice, chat):
    is_sent(alice, follows(alice, alice.looks_at(chat)), chat, "Make it blue")
    MessageImage.objects.filter(message__text="Make it blue").update(is_sent_along=False)
    alice.asks("[[say Thanks]]", chat=chat, model=EDITS)

    messages = alice.standin.chat_requests[-1].body["messages"]
    assert [len(shape(message)) for message in messages] == [1, 2, 1, 2, 1]


def test_an_uploaded_image_that_is_sent_twice_stays_twice(alice):
    alice.asks("Look", model=SEES, images=[image_file()])
    chat = Conversation.objects.get()
    alice.asks("Again", chat=chat, model=SEES, images=[image_file()])

    messages = alice.standin.chat_requests[-1].body["messages"]
    assert [len(shape(message)) for message in messages] == [2, 1, 2]


def test_the_model_that_made_it_is_chosen_although_the_chat_went_on_with_another(alice, chat):
    alice.asks("[[say Nice]]", chat=chat, model=SEES)

    assert chosen_model(follows(alice, alice.looks_at(chat))) == EDITS


@pytest.fixture
def blind_painter(alice) -> dict[str, Any]:
    """A model that makes images and accepts none."""
    model = next(each for each in catalogue.MODELS if each.id == "black-forest-labs/flux.2-pro")
    listed = model.item() | {"id": "a/painter", "canonical_slug": "a/painter", "name": "A: Painter"}
    listed["architecture"] = listed["architecture"] | {"input_modalities": ["text"]}
    return listed


@pytest.fixture
def painted(alice, chat, blind_painter) -> Conversation:
    """The chat, as if that model had made its image."""
    store_models(*stored_items(), blind_painter)
    reply = alice.latest_reply()
    reply.model = "a/painter"
    reply.save()
    chat.model = "a/painter"
    chat.save()
    return chat


def test_where_the_maker_accepts_none_a_sentence_names_one_that_does(alice, painted):
    page = follows(alice, alice.looks_at(painted))

    assert "Painter doesn't accept images. Choose another model, like " in page.composer_error
    assert chosen_model(page) == "a/painter"
    offered = cache.find(str(page.one("#image-warning button")["value"]))
    assert offered is not None
    assert offered.edits_images


def test_a_model_of_the_chat_that_can_edit_stays(alice, painted):
    painted.model = EDITS
    painted.save()
    page = follows(alice, alice.looks_at(painted))

    assert chosen_model(page) == EDITS
    assert page.composer_error == ""


def test_on_an_older_branch_the_question_follows_that_answer(alice, chat):
    first = alice.latest_reply()
    alice.client.post(f"/replies/{first.id}/retry/", {"model": EDITS})
    alice.follows(alice.latest_reply())
    old = alice.looks_at(chat, branch=first.message_id)
    is_sent(alice, follows(alice, old), chat, "Make it blue")

    assert alice.latest_reply().message.parent.parent_id == first.message_id


def test_a_new_chat_can_begin_with_it(alice, chat):
    image = Image.objects.get()
    page = Page(alice.client.get(f"/?image={image.id}"))

    assert page.one("#chips [name=kept]")["value"] == str(image.id)
    assert chosen_model(page) == EDITS


def test_nobody_elses(alice, bob, chat):
    image = Image.objects.get()
    bob.signs_in()
    bob.asks("[[say Hello]]")
    own = bob.latest_reply().message.conversation

    assert bob.client.get(f"/?image={image.id}").status_code == 404
    assert bob.client.get(f"{own.get_absolute_url()}?image={image.id}").status_code == 404
    assert bob.client.get(f"{own.get_absolute_url()}?image=x").status_code == 200
