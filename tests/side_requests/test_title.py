"""A title written by a model: only for who wants it, once, and never in place of a person's."""

import threading
from decimal import Decimal

import pytest

from chat.models import Charge, Conversation, Reply, StoredKey
from chat.side_requests import title as title_request
from tests.conftest import THREADS
from tests.django_client import Page
from tests.standin.wire import DONE, Wire

wire = Wire("gen-1", 1_790_000_000, "openai/gpt-5.4-mini", "OpenAI")


@pytest.fixture(autouse=True)
def _wants_titles(alice):
    alice.client.post("/preferences/", {"titles_by_model": "on"})


def chat_after(alice, predicate) -> Conversation:
    """The only chat, once `predicate` is true of it."""
    return alice.standin.wait_for(lambda: next(filter(predicate, Conversation.objects.all()), None))


def is_titled(chat: Conversation) -> bool:
    return chat.title_by == "model"


def requests(alice) -> int:
    return len(alice.standin.chat_requests)


def chat_whose_title_is_on_its_way(alice) -> Conversation:
    alice.standin.answers("say", text="An answer")
    alice.standin.answers("[[slow first=1]] [[say A model's]]")
    alice.asks("Hello")
    chat = Conversation.objects.get()
    alice.standin.wait_for(lambda: requests(alice) == 2)
    return chat


def test_the_first_answer_brings_it_and_its_cost_is_shown_and_counted(alice):
    alice.asks("What about dinner? [[say **“Dinner plans.”**]]")
    chat = chat_after(alice, is_titled)
    page = alice.looks_at(chat)

    assert chat.title == "Dinner plans"
    assert chat.title_cost
    assert "AI title: " in page.one("#chat-tools").get_text()
    assert chat.cost == alice.latest_reply().cost + chat.title_cost
    body = alice.standin.chat_requests[-1].body
    assert body["model"] == alice.latest_reply().model
    assert body["max_completion_tokens"] <= title_request.MAX_TOKENS_WITH_REASONING


def test_nobody_pays_for_it_unasked(alice):
    alice.client.post("/preferences/")
    alice.asks("[[say Hello]]")
    alice.client.post("/preferences/", {"titles_by_model": "on"})
    alice.sends("[[error 402 credits]]")
    alice.asks("[[say Hello]]", temporary="1")
    assert not title_request._reply_to_title(alice.latest_reply().id)

    assert requests(alice) == 3
    assert not Conversation.objects.exclude(title_by="rule").exists()


def test_its_cost_would_be_looked_up_if_the_process_ended_meanwhile(alice):
    rest = threading.Event()
    alice.standin.answers("say", text="An answer")
    usage = {"prompt_tokens": 5, "completion_tokens": 2, "cost": 0.001}
    alice.standin.answers_raw([wire.text("A model's"), rest, wire.chunk({}, "stop", usage=usage), DONE])
    alice.asks("Hello")
    titles = Charge.objects.filter(kind="title")
    running = alice.standin.wait_for(lambda: titles.exclude(generation_id="").first())
    rest.set()
    chat_after(alice, is_titled)

    assert running.next_lookup_at
    assert (titles.get().cost, titles.get().next_lookup_at) == (Decimal("0.001"), None)


def test_what_a_person_called_it_meanwhile_stays_and_the_cost_is_noted(alice):
    chat = chat_whose_title_is_on_its_way(alice)
    alice.client.post(f"/chats/{chat.id}/title/", {"title": "Mine"})

    chat = chat_after(alice, lambda chat: chat.title_cost is not None)
    assert (chat.title, chat.title_by) == ("Mine", "person")


def test_a_chat_that_is_deleted_and_had_back_meanwhile_has_it(alice):
    chat = chat_whose_title_is_on_its_way(alice)
    alice.client.post(f"/chats/{chat.id}/deletion/")
    alice.standin.wait_for(lambda: Conversation.with_deleted.filter(title_by="model").exists())
    alice.client.post(f"/chats/{chat.id}/restoration/")

    assert Conversation.objects.get().title == "A model's"


@pytest.mark.parametrize("trouble", [402, 500, "drop", "cut"])
def test_a_failure_leaves_the_title_as_it_is(alice, trouble, caplog):
    alice.standin.answers("[[say Secret]]")
    alice.standin.answers(trouble)
    page: Page = alice.asks("Private words")
    alice.standin.wait_for(lambda: "No AI title" in caplog.text)

    assert Conversation.objects.get().title == "Private words"
    assert page.state == "complete"
    assert "Private" not in caplog.text
    assert "Secret" not in caplog.text
    alice.asks("[[say More]]", chat=Conversation.objects.get())
    alice.standin.wait_for(lambda: not any(thread.name.startswith(THREADS) for thread in threading.enumerate()))
    assert requests(alice) == 3, "it is asked for once"


@pytest.mark.parametrize(
    "trouble",
    [
        *("[[error 402 never]]", "[[error 402 credits]]", "[[error 402 afford afford=16]]", "[[error 402 in-flight]]"),
        *("[[error 403 key-daily]]", "[[error 403 workspace-monthly]]", "[[error 429 per-day]]", "[[error 401 user]]"),
    ],
)
def test_a_title_that_there_is_no_money_for_is_not_missed_and_says_nothing_about_the_key(alice, trouble, caplog):
    alice.standin.answers("[[say Secret]]")
    alice.standin.answers(trouble)
    alice.asks("Private words")
    alice.standin.wait_for(lambda: "No AI title" in caplog.text)
    page: Page = alice.looks_at(Conversation.objects.get())

    assert page.state == "complete"
    assert not page.answer.select('[role="alert"]')
    assert StoredKey.objects.get(user=alice.user).rejected_at is None
    assert requests(alice) == 2


@pytest.mark.parametrize("said", ["<think>Hm.</think>", "null", '{"title": ""}', "I'm sorry, but I can't do that."])
def test_where_a_model_says_nothing_useful_the_words_stay(alice, said):
    alice.standin.answers("say", text="An answer")
    alice.standin.answers("say", text=said)
    alice.asks("Private words")

    chat = chat_after(alice, lambda chat: chat.title_cost is not None)
    assert (chat.title, chat.title_by) == ("Private words", "rule")


def test_a_model_that_only_makes_images_is_not_asked_for_words(alice):
    alice.asks("[[say Hello]]", model="black-forest-labs/flux.2-pro")
    reply = alice.latest_reply()
    assert title_request._reply_to_title(reply.id) is None

    Reply.objects.update(model="google/gemini-2.5-flash-image")  # that writes, too
    assert title_request._reply_to_title(reply.id)
