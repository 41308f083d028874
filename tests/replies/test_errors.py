"""Every refusal is one sentence and one action where the answer would have been."""

import pytest
from django.urls import resolve

from chat.conversations.models import Conversation, Message
from chat.openrouter import KINDS, CodeRejected
from chat.replies.models import Reply
from chat.replies.problems import REMEDIES, problem_of
from chat.signin.models import StoredKey, User
from chat.signin.problems import WORDS

FACTS = {
    "retry_after": 30,
    "reset_at": "2026-11-21T00:00:00+00:00",
    "affordable_tokens": 840,
    "limit_period": "monthly",
    "reasons": ["violence", "spite"],
    "provider_name": "StandIn",
    "after_seconds": 60.0,
}
REFUSALS = [  # as the stand-in names them, the kind they are stored as, and words of the sentence
    (400, "bad-request", "bad_request", "did not accept this request"),
    (400, "model", "unknown_model", "is gone from OpenRouter"),
    (400, "context", "context_too_long", "has become longer than"),
    (400, "image", "bad_image", "could not use one of the pictures"),
    (400, "provider", "bad_request", "did not accept this request"),
    (400, "prefill", "bad_request", "did not accept this request"),
    (401, "user", "key_rejected", "no longer accepts your key"),
    (401, "missing", "key_rejected", "no longer accepts your key"),
    (401, "cookie", "key_rejected", "no longer accepts your key"),
    (402, "credits", "out_of_credit", "Your OpenRouter credits have run out."),
    (402, "never", "never_purchased", "Your OpenRouter account has no credits yet."),
    (402, "afford", "answer_too_expensive", "cover at most 840 tokens of answer"),
    (402, "key-limit", "key_limit_reached", "The spending limit of your key is reached."),
    (402, "in-flight", "in_flight_budget", "still being paid for. Try again in 120 seconds."),
    (402, "weight", "budget_too_small", "more than your credits allow at one time"),
    (403, "moderation", "moderated", "stopped this message (violence)."),
    (403, "guardrail", "guardrail_blocked", "A guardrail of your OpenRouter account"),
    (403, "region", "region_blocked", "is not offered in this region"),
    (403, "provider", "refused", "OpenRouter refused this request."),
    (403, "key-total", "key_limit_reached", "The spending limit of your key is reached."),
    (403, "key-daily", "key_limit_reached", "The daily spending limit of your key is reached."),
    (403, "key-weekly", "key_limit_reached", "The weekly spending limit of your key is reached."),
    (403, "key-monthly", "key_limit_reached", "The monthly spending limit of your key is reached."),
    (403, "budget", "budget_reached", "The monthly budget of your organisation is used up."),
    (403, "geo", "region_blocked", "is not offered in this region"),
    (403, "management", "refused", "OpenRouter refused this request."),
    (404, "images", "cannot_see_images", "cannot see pictures"),
    (404, "tools", "no_tool_use", "cannot do what was asked of it"),
    (404, "policy", "data_policy_blocks", "privacy settings at OpenRouter leave no provider"),
    (404, "retired", "no_endpoint", "Nobody offers"),
    (404, "route", "no_endpoint", "Nobody offers"),
    (408, "timeout", "request_timed_out", "took too long to begin"),
    (413, "image", "too_large", "are too large for"),
    (413, "body", "too_large", "are too large for"),
    (422, "unprocessable", "bad_request", "did not accept this request"),
    (429, "per-minute", "free_minute_limit", "Free models answer 20 messages a minute."),
    (429, "per-day", "free_daily_limit", "there are new ones at 00:00 UTC"),
    (429, "high-balance", "free_daily_limit", "there are new ones at 00:00 UTC"),
    (429, "upstream", "shared_pool_busy", "is very busy at"),
    (500, "server", "upstream_unavailable", "is not answering just now"),
    (502, "provider", "upstream_unavailable", "is not answering just now"),
    (502, "html", "upstream_unavailable", "is not answering just now"),
    (503, "unavailable", "upstream_unavailable", "is not answering just now"),
    (504, "timeout", "upstream_unavailable", "is not answering just now"),
    (524, "timeout", "upstream_unavailable", "is not answering just now"),
    (529, "overloaded", "upstream_unavailable", "is not answering just now"),
]


@pytest.mark.parametrize(("status", "name", "kind", "sentence"), REFUSALS)
def test_a_refusal_is_told_and_survives_a_reload_and_can_be_retried(alice, status, name, kind, sentence):
    alice.standin.answers(status, kind=name)
    alice.sends_with_htmx("[[say Hello]]")
    reply = alice.latest_reply()
    chat = reply.message.conversation
    stream = alice.follows(reply)
    page = alice.looks_at(chat)

    reply.refresh_from_db()
    assert (reply.state, reply.error_kind) == ("failed", kind)
    assert sentence in page.error
    assert page.error in " ".join(stream.replace("\ndata: ", " ").split()), "the stream tells the same"
    assert "<" not in page.error
    assert page.answer.select('.actions a[href^="http"], .actions a[href^="/"], .actions button[formaction]')

    if kind == "key_rejected":
        alice.signs_in()
    alice.client.post(f"/replies/{reply.id}/retry/")
    alice.follows(alice.latest_reply())
    assert alice.looks_at(chat).state == "complete"


@pytest.mark.parametrize("kind", sorted({*REMEDIES, *KINDS}))
@pytest.mark.parametrize("facts", [{}, FACTS], ids=["without-facts", "with-facts"])
def test_each_kind_has_a_whole_sentence_and_an_action_that_leads_somewhere(standin, db, kind, facts):
    if issubclass(KINDS.get(kind, object), CodeRejected):
        assert kind in WORDS, "a sign-in fails with it, not a reply"
        return
    message = Message(conversation=Conversation(user=User()))
    asked = {"message": message, "model": "openai/gpt-5.4-mini", "max_completion_tokens": 100}
    problem = problem_of(Reply(**asked, error_kind=kind, error_details=facts))

    assert problem is not None
    assert kind in REMEDIES
    assert problem.sentence.endswith(".")
    assert "{" not in problem.sentence
    assert "  " not in problem.sentence
    for action in [problem.action, *problem.more]:
        assert action.label
        assert action.kind in ("link", "post")
        if action.url.startswith("/"):
            resolve(action.url)
        else:
            assert action.url.startswith("http")


def test_a_key_that_openrouter_refuses_is_asked_with_no_more_until_the_next_sign_in(alice):
    alice.standin.revoke(next(iter(alice.standin.people.keys)))
    page = alice.asks("Hello?")
    chat = alice.latest_reply().message.conversation
    assert page.action("Sign in again") == "/signin/"
    assert StoredKey.objects.get(user=alice.user).rejected_at

    again = alice.asks("Hello?", chat=chat)
    assert "no longer accepts your key" in again.error
    assert len(alice.standin.chat_requests) == 1

    alice.signs_in(destination=chat.get_absolute_url())
    assert alice.asks("Hello?", chat=chat).state == "complete"


def test_a_key_that_is_refused_late_does_not_take_the_next_one_along(alice):
    """She signed in again while the old key's answer was still being refused."""
    slowly = [b" ", b'{"error":{"code":401,"message":"User not found."}}']
    alice.standin.answers_raw(slowly, status=401, content_type="application/json", pause_seconds=0.5)
    alice.sends("Hello?")
    alice.standin.wait_for(lambda: alice.standin.chat_requests)
    alice.signs_in()
    assert alice.latest_reply().is_running
    alice.standin.wait_for(lambda: not alice.latest_reply().is_running)

    reply = alice.latest_reply()
    assert reply.error_kind == "key_rejected"
    assert StoredKey.objects.get(user=alice.user).rejected_at is None


@pytest.mark.parametrize("name", [name for status, name, *_ in REFUSALS if status == 403])
def test_403_says_nothing_about_the_key_and_signs_nobody_out(alice, name):
    alice.standin.answers(403, kind=name)
    alice.asks("Hello?")

    assert StoredKey.objects.get(user=alice.user).rejected_at is None
    assert alice.client.get("/account/").status_code == 200


def test_without_a_stored_key_nothing_is_sent(alice):
    StoredKey.objects.all().delete()
    page = alice.asks("Hello?")

    assert page.action("Sign in again")
    assert not alice.standin.chat_requests


def test_what_openrouter_says_is_shown_as_text(alice):
    body = b'{"error":{"code":400,"message":"No model <img src=x onerror=alert(1)> here"}}'
    alice.standin.answers_raw(body, status=400, content_type="application/json")
    page = alice.asks("Hello?")

    assert not page.answer.select("img")
