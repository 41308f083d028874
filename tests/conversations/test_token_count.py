"""How much a model reads again with the next message: told beside the field, before it is sent."""

from chat.conversations.token_count import tokens_so_far
from chat.models import Attachment, Conversation, Reply
from tests.replies.tool_calls import BOTH, call

SMALL_ROOM = "google/gemini-2.5-flash-image"  # reads 32,768 tokens


def tokens_on(page) -> str:
    return page.one("#chat-tokens").get_text()


def test_it_is_what_the_last_reply_read_and_wrote_without_its_thoughts(alice):
    alice.signs_in()
    page = alice.asks("[[reasoning]] [[say Hello]]")

    reply = alice.latest_reply()
    assert reply.reasoning_tokens
    assert tokens_on(page) == str(reply.prompt_tokens + reply.completion_tokens - reply.reasoning_tokens)


def test_the_stream_tells_it_at_its_end(alice):
    alice.signs_in()
    alice.sends_with_htmx("[[say Hello]]")
    reply = alice.latest_reply()
    end = alice.follows(reply)

    assert f'hx-target="#chat-tokens" hx-swap="innerHTML">{tokens_so_far(Conversation.objects.get())}<' in end


def test_of_an_answer_with_several_requests_the_last_one_counts(alice):
    alice.signs_in()
    alice.asks("[[say Hello]]")
    Conversation.objects.update(settings=BOTH)
    chat = Conversation.objects.get()
    alice.sends_with_htmx(call(rounds=3), chat=chat)
    end = alice.follows(alice.latest_reply())

    reply = alice.latest_reply()
    assert reply.last_prompt_tokens < reply.prompt_tokens
    assert f'hx-target="#chat-tokens" hx-swap="innerHTML">{tokens_on(alice.looks_at(chat))}<' in end


def test_what_nobody_has_counted_is_guessed_from_its_length(alice):
    alice.signs_in()
    alice.asks("x" * 400 + "[[error 402 credits]]", attachment="y" * 400)

    assert Attachment.objects.exists()
    assert 200 <= tokens_so_far(Conversation.objects.get()) <= 210


def test_from_70_percent_of_what_the_model_reads_the_page_says_so(alice):
    alice.signs_in()
    page = alice.asks("[[say Hello]]", model=SMALL_ROOM)
    assert "hidden" in page.one("#context-usage").attrs
    Reply.objects.update(prompt_tokens=26_214, completion_tokens=0, reasoning_tokens=0)

    page = alice.looks_at(Conversation.objects.get())
    assert "hidden" not in page.one("#context-usage").attrs
    assert page.one("#context-usage span").get_text().startswith("This chat takes up 80% of what ")
    option = page.one(f'option[value="{SMALL_ROOM}"]')
    assert [option[f"data-{name}"] for name in ("price-in", "price-out", "room")] == ["0.3", "2.5", "32768"]
