"""Images in answers, in all forms in which models send them, and what becomes of those that are none."""

import pytest

from chat.models import Conversation, Image
from chat.reply_content.reader_html import MAX_DESCRIPTION_CHARS
from tests.standin.images import ODD

EDITS, ONLY_DRAWS = "google/gemini-2.5-flash-image", "black-forest-labs/flux.2-pro"


@pytest.fixture(autouse=True)
def _signed_in(alice):
    alice.signs_in()


def images_of(page) -> list[str]:
    return [link["href"] for link in page.answer.select(".made a")]


@pytest.mark.parametrize("form", ["", "again", "whole", "content"])
def test_several_come_in_order_and_each_once(alice, form):
    page = alice.asks(f"[[image n=3 {form}]] [[say Here]]", model=EDITS)

    made = [place.image.url for place in alice.latest_reply().message.images_in_order.all()]
    assert len(made) == 3
    assert images_of(page) == made
    assert page.text.startswith("Here")
    assert page.text.count("Here") == 1


@pytest.mark.parametrize(
    ("odd", "sentence"),
    [
        ("svg", "The model sent an SVG drawing, which this site doesn't show."),
        ("broken", "The model sent a damaged image."),
        ("cut", "The model sent an image that this site can't read."),
    ],
)
def test_what_is_no_image_is_said_and_nothing_else_is_lost(alice, odd, sentence):
    page = alice.asks(f"[[image {odd}]] [[say Here]]", model=EDITS)

    assert page.state == "complete"
    assert page.text.startswith("Here")
    assert sentence in page.text
    assert not Image.objects.exists()
    assert "<svg xmlns" not in page.html


def test_an_address_is_a_link_that_nobody_follows(alice):
    page = alice.asks("[[image address]] [[say Here]]", model=EDITS)

    assert "The model sent a link to an image, which this site doesn't load" in page.text
    link = page.answer.select_one("[id^=done-] a")
    assert link
    assert link["href"].startswith("https://images.example.org/cat.png?a=1")
    assert not page.answer.select("[id^=done-] img")


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "http://x/\n\n# Big", "https://x/)![](https://y/z.png", "//x"]
)
def test_a_hostile_address_does_nothing(alice, monkeypatch, address):
    monkeypatch.setitem(ODD, "address", address)
    page = alice.asks("[[image address]] [[say Here]]", model=EDITS)

    assert page.state == "complete"
    assert not page.answer.select("[id^=done-] :is(img, h1, h2, h3, [href^=javascript])")


def test_an_image_is_described_by_what_was_asked_for(alice):
    page = alice.asks('A "cat" & <dog>', model=EDITS)
    image = page.answer.select_one(".made img")
    assert image
    assert image["alt"] == 'Image made by the model: A "cat" & <dog>'
    reply = alice.latest_reply()
    assert 'alt="Image made by the model: A &quot;cat&quot; &amp; &lt;dog&gt;"' in alice.follows(reply)

    reply.message.parent.text = "A  very\nlong " + "tale" * 100
    reply.message.parent.save()
    long = alice.looks_at(reply.message.conversation).answer.select_one(".made img")
    assert long
    assert str(long["alt"]).startswith("Image made by the model: A very long tale")
    assert len(str(long["alt"])) < MAX_DESCRIPTION_CHARS + 40


def test_a_deleted_question_leaves_none_of_its_words(alice):
    alice.standin.answers("[[say Here]] [[image]]")
    alice.asks("A secret cat", model=EDITS)
    reply = alice.latest_reply()
    alice.client.post(f"/messages/{reply.message.parent_id}/deletion/")

    assert "secret" not in alice.looks_at(reply.message.conversation).answer.decode()


def test_an_answer_that_is_only_an_image_has_nothing_to_copy(alice):
    alice.standin.answers("[[say ]] [[image]]")
    page = alice.asks("A cat", model=ONLY_DRAWS)

    assert page.text == ""
    assert len(images_of(page)) == 1
    assert not page.answer.select("[data-copy]")
    assert "Answer complete, 1 image" in alice.follows(alice.latest_reply())
    assert alice.asks("[[image]] [[say Here]]", model=EDITS).answer.select("[data-copy]")


def test_in_a_chat_of_images_a_page_needs_no_more_queries(alice, django_assert_max_num_queries):
    alice.asks("A cat", model=EDITS)
    chat = Conversation.objects.get()
    alice.looks_at(chat)
    with django_assert_max_num_queries(60) as few:
        alice.looks_at(chat)
    count = len(few)
    for number in range(4):
        alice.asks(f"Cat {number}", chat=chat, model=EDITS)

    with django_assert_max_num_queries(count):
        alice.looks_at(chat)


def waiting_line(page) -> str:
    return page.one(".waiting > p:first-child").get_text()


def test_while_it_is_made_the_page_says_so(alice):
    alice.standin.answers("[[silence]]")
    alice.sends("A cat", model=ONLY_DRAWS)
    chat = Conversation.objects.get()
    page = alice.looks_at(chat)

    assert waiting_line(page) == "Making an image…"
    assert page.one(".waiting > p:first-child")["data-first"] == "Making an image, {seconds} s"
    alice.client.post(f"/replies/{alice.latest_reply().id}/cancellation/")


@pytest.mark.parametrize("model", ["google/gemini-3.7-flash", "openrouter/auto"])
def test_of_other_models_it_does_not(alice, model):
    alice.standin.answers("[[silence]]")
    alice.sends("A cat", model=model)

    assert waiting_line(alice.looks_at(Conversation.objects.get())) == "Waiting for the model"
    alice.client.post(f"/replies/{alice.latest_reply().id}/cancellation/")


def test_export_has_an_answer_without_text(alice):
    alice.standin.answers("[[say ]] [[image]]")
    alice.asks("A cat", model=ONLY_DRAWS)
    markdown = alice.client.get(f"{Conversation.objects.get().get_absolute_url()}export.md")
    text = b"".join(markdown.streaming_content).decode()

    assert "## FLUX.2 Pro" in text
    assert "[image 1: 96 × 64, not in this file]" in text
