"""POST /replies/<id>/retry/: the question is asked once more."""

import pytest

from chat.models import Conversation, Reply
from chat.new_replies.running_replies import MAX_RUNNING_REPLIES
from tests.django_client import Page, Person, image_file


def retries(person, reply, **fields):
    """Ask again and follow it to its end; returns the chat's page."""
    chat = reply.message.conversation
    response = person.client.post(f"/replies/{reply.id}/retry/", fields)
    assert response.headers["Location"] == chat.get_absolute_url()
    person.follows(person.latest_reply())
    return person.looks_at(chat)


def test_an_attempt_that_holds_nothing_gives_way(alice):
    alice.standin.answers(500)
    alice.asks("[[say Hello]]")
    page = retries(alice, alice.latest_reply())

    assert (page.state, page.text) == ("complete", "Hello")
    assert len(page.soup.select("article")) == 2
    assert page.version == ""


def test_one_that_holds_text_is_kept_beside_the_new_one(alice):
    alice.standin.answers("[[tokens n=4]] [[cut]]")
    alice.asks("[[say Hello]]")
    page = retries(alice, alice.latest_reply())

    assert (page.state, page.text) == ("complete", "Hello")
    assert page.version == "2 / 2"
    assert [message.role for message in Conversation.objects.get().path()] == ["user", "assistant"]


def test_one_that_cost_something_is_kept_for_its_cost(alice):
    alice.asks("[[onlyreasoning]]")
    cost = alice.latest_reply().cost
    alice.standin.answers("[[say Hello]]")
    retries(alice, alice.latest_reply())

    assert Conversation.objects.get().cost == cost + alice.latest_reply().cost


def test_the_same_question_is_asked_and_not_the_first_answer(alice):
    alice.standin.answers("[[tokens n=4]] [[cut]]")
    alice.asks("[[say Hello]]")
    retries(alice, alice.latest_reply())
    first, second = (request.body for request in alice.standin.chat_requests)

    assert first == second


def test_with_as_many_tokens_as_can_be_afforded(alice):
    page = alice.asks("[[error 402 afford afford=840]]")
    button = page.answer.select_one('button[name="max_completion_tokens"]')
    assert (button["value"], button.get_text().strip()) == ("840", "Ask for a shorter answer")

    page = retries(alice, alice.latest_reply(), **{button["name"]: button["value"]})
    assert page.state == "complete"
    assert alice.standin.chat_requests[-1].body["max_completion_tokens"] == 840


FLASH, SONNET, HAIKU = "google/gemini-3.7-flash", "anthropic/claude-sonnet-5", "anthropic/claude-haiku-4.5"
GEMMA = "google/gemma-4-31b-it:free"


def button_of(page, value):
    button = page.answer.select_one(f'button[name="model"][value="{value}"]')
    return " ".join(button.get_text().split()) if button else None


def test_with_another_model_that_is_named_with_its_price(alice):
    page = alice.asks("[[error 404 retired]]", model=SONNET)
    assert button_of(page, HAIKU) == ("Retry with Claude Haiku 4.5 $1.00 in, $5.00 out per million tokens")
    alice.standin.answers("[[say Hello]]")
    retries(alice, alice.latest_reply(), model=HAIKU)

    assert alice.standin.chat_requests[-1].body["model"] == HAIKU


def test_which_changes_neither_the_model_of_the_chat_nor_of_the_next(alice):
    alice.asks("[[say Earlier]]", model=HAIKU)
    earlier = alice.latest_reply()
    alice.asks("[[error 404 retired]]", model=SONNET)
    chat = Conversation.objects.get(model=SONNET)
    alice.standin.answers("[[tokens n=4]] [[cut]]")
    retries(alice, alice.latest_reply(), model=FLASH)
    alice.client.post(f"/replies/{alice.latest_reply().id}/continuation/")
    alice.follows(alice.latest_reply())
    retries(alice, earlier, model=FLASH)

    for page in (alice.looks_at(chat), Page(alice.client.get("/"))):
        assert page.one('select[name="model"] option[selected]')["value"] == SONNET
    assert set(Conversation.objects.values_list("model", flat=True)) == {HAIKU, SONNET}


@pytest.mark.parametrize(
    ("error", "model", "offered"),
    [
        ("400 context", HAIKU, SONNET),  # which reads more
        ("403 moderation", SONNET, "x-ai/grok-4.5"),  # whose rules are others
        ("503 unavailable", SONNET, "x-ai/grok-4.5"),
        ("404 model-deprecated", FLASH, HAIKU),  # as OpenRouter says
        ("429 capacity-exhausted", FLASH, HAIKU),
        ("404 free-variant-ended", GEMMA, "meta-llama/llama-3.3-70b-instruct"),
        ("429 per-day", GEMMA, FLASH),  # the limit is that of all free models
    ],
)
def test_which_one_it_is_depends_on_what_went_wrong(alice, error, model, offered):
    assert button_of(alice.asks(f"[[error {error}]]", model=model), offered)


def test_it_accepts_images_where_the_chat_has_some(alice):
    fields = {"images": image_file(), "model": FLASH}
    page = alice.asks("[[error 404 free-variant-ended]]", **fields)

    assert button_of(page, "meta-llama/llama-3.3-70b-instruct") is None
    assert button_of(page, "openai/gpt-5.4-mini")


@pytest.mark.parametrize(
    "kind", ["credits", "never", "afford", "afford-none", "prompt", "key-limit", "key-none", "key-prompt", "weight"]
)
def test_without_credits_a_free_model_is_one_press_away(alice, kind):
    page = alice.asks(f"[[error 402 {kind}]]", model=SONNET)
    free = page.answer.select('button[name="model"]')[0]
    assert " ".join(free.get_text().split()).endswith(" free")
    assert "(free)" not in free.get_text()
    assert page.answer.select(f'a[href^="{alice.standin.url}/settings/credits"], a[href^="{alice.standin.url}/keys/"]')

    alice.standin.answers("[[say Hello]]")
    page = retries(alice, alice.latest_reply(), model=free["value"])
    assert (page.state, alice.latest_reply().cost) == ("complete", 0)


def test_a_newcomer_gets_an_answer_with_one_press(standin, site):
    newcomer = Person("newcomer", standin)
    newcomer.signs_in()
    page = newcomer.asks("[[say Hello]]")
    assert page.error == "Your OpenRouter account has no credits yet. You can use free models without any."
    assert page.action("Add credits") == f"{standin.url}/settings/credits"
    (free,) = page.answer.select('.actions button[name="model"]')

    assert retries(newcomer, newcomer.latest_reply(), model=free["value"]).text == "Hello"


@pytest.mark.parametrize(("kind", "model"), [("debt", SONNET), ("credits", GEMMA)])
def test_no_free_model_is_offered_where_it_would_not_answer_either(alice, kind, model):
    page = alice.asks(f"[[error 402 {kind}]]", model=model)

    assert not page.answer.select('button[name="model"]')
    assert page.action("Add credits")


def test_a_model_that_is_unknown_changes_nothing(alice):
    alice.standin.answers(500)
    alice.asks("[[say Hello]]")
    first = alice.latest_reply().model
    retries(alice, alice.latest_reply(), model="nobody/nothing")

    assert alice.latest_reply().model == first


def test_not_while_it_runs(alice):
    alice.sends("[[mute]]")
    reply = alice.latest_reply()
    alice.client.post(f"/replies/{reply.id}/retry/")

    assert Reply.objects.get() == reply


def test_another_model_instead_of_waiting(alice):
    alice.sends("[[mute]]", model=FLASH)
    first = alice.latest_reply()
    button = alice.looks_at(first.message.conversation).answer.select_one('.waiting button[name="model"]')
    alice.standin.answers("[[say Hello]]")
    alice.client.post(button["formaction"], {button["name"]: button["value"]})
    alice.follows(alice.latest_reply())

    first.refresh_from_db()
    second = alice.latest_reply()
    assert (first.state, second.state, second.message.text) == ("stopped", "complete", "Hello")
    assert alice.standin.chat_requests[-1].body["model"] == button["value"] == "openai/gpt-5.4-mini"
    assert "$0.75 in, $4.50 out" in button.get_text()
    alice.standin.wait_for(lambda: alice.standin.closed_early)


def test_but_not_when_the_answer_came_while_the_button_was_pressed(alice):
    """Nobody pays for a second one unasked."""
    alice.asks("[[say Hello]]")
    alice.client.post(f"/replies/{alice.latest_reply().id}/retry/?instead", {"model": "openrouter/auto"})

    assert len(alice.standin.chat_requests) == 1


@pytest.mark.parametrize("first", ["[[error 500 server]]", "[[tokens n=4]] [[cut]]"])
def test_a_second_click_leads_to_the_attempt_that_runs(alice, first):
    alice.standin.answers(first)
    alice.asks("[[mute]]")
    failed = alice.latest_reply()
    chat = failed.message.conversation
    for _ in range(2):
        response = alice.client.post(f"/replies/{failed.id}/retry/")
        assert response.headers["Location"] == chat.get_absolute_url()

    assert Reply.objects.count() == 2


def test_not_while_too_many_others_run(alice):
    alice.asks("[[error 500 server]]")
    failed = alice.latest_reply()
    for number in range(MAX_RUNNING_REPLIES):
        alice.sends_with_htmx(f"Question {number}")
    response = alice.client.post(f"/replies/{failed.id}/retry/")

    assert response.status_code == 422
    assert "of your chats are being answered" in Page(response).composer_error


def test_after_more_was_said_it_begins_another_branch(alice):
    alice.asks("[[say One]]")
    first = alice.latest_reply()
    alice.asks("[[say Two]]", chat=first.message.conversation)
    page = retries(alice, first)

    assert (page.text, page.version) == ("One", "2 / 2")
    assert alice.standin.chat_requests[2].body == alice.standin.chat_requests[0].body

    page = alice.looks_at(first.message.conversation, branch=first.message_id)
    assert page.text == "Two"


@pytest.mark.parametrize("state", ["complete", "stopped"])
def test_a_good_answer_may_be_asked_for_again(alice, state):
    alice.asks("[[say Hello]]")
    Reply.objects.update(state=state)
    page = retries(alice, alice.latest_reply())

    assert page.state == "complete"
    assert Reply.objects.count() == 2
