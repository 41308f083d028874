"""Every refusal is one sentence and one action where the answer would have been."""

import json
from html import unescape
from threading import Event

import pytest
from django.urls import resolve

from chat.accounts.errors import ERROR_TEXTS
from chat.models import Conversation, Message, Reply, StoredKey, User
from chat.openrouter import KINDS, CodeRejected
from chat.replies import budget_wait
from chat.streaming.error_messages import problem_of
from chat.streaming.remedies import REMEDIES

FACTS = {
    "retry_after": 30,
    "reset_at": "2026-11-21T00:00:00+00:00",
    "affordable_tokens": 840,
    "prompt_tokens": 23229,
    "affordable_prompt_tokens": 14796,
    "settings_path": "/settings/privacy",
    "fallback_models": ["anthropic/claude-haiku-4.5"],
    "limit_period": "monthly",
    "reasons": ["violence", "spite"],
    "provider_name": "StandIn",
    "after_seconds": 60.0,
}
REFUSALS = [  # as the stand-in names them, the kind they are stored as, and words of the sentence
    (400, "bad-request", "bad_request", "didn't accept this request"),
    (400, "model", "unknown_model", "is no longer available"),
    (400, "context", "context_too_long", "This chat is too long for"),
    (400, "image", "bad_image", "couldn't read one of the images"),
    (400, "provider", "bad_request", "Google AI Studio didn't accept this request"),
    (400, "prefill", "bad_request", "Anthropic didn't accept this request"),
    (400, "input-tokens", "context_too_long", "This chat is too long for"),
    (400, "too-long", "context_too_long", "This chat is too long for"),
    (400, "prompt-length", "context_too_long", "This chat is too long for"),
    (400, "unknown", "bad_request", "Google AI Studio didn't accept this request"),
    (400, "model-not-found", "unknown_model", "is no longer available"),
    (400, "wrong-endpoint", "not_for_chat", "isn't a chat model"),
    (401, "user", "key_rejected", "no longer accepts your key"),
    (401, "missing", "key_rejected", "no longer accepts your key"),
    (401, "cookie", "key_rejected", "no longer accepts your key"),
    (401, "own-key", "refused", "Google AI Studio refused this request"),
    (402, "credits", "out_of_credit", "Your OpenRouter credits have run out."),
    (402, "never", "never_purchased", "Your OpenRouter account has no credits yet."),
    (402, "afford", "answer_too_expensive", "only cover an answer of up to 840 tokens"),
    (402, "key-limit", "key_limit_reached", "Your key's spending limit only covers an answer of up to 840 tokens"),
    (402, "afford-none", "out_of_credit", "Your OpenRouter credits have run out."),
    (402, "prompt", "prompt_too_expensive", "(23,229 tokens with the chat so far; you can afford 14,796)."),
    (402, "debt", "in_debt", "Your OpenRouter balance is below zero."),
    (402, "key-none", "key_limit_reached", "Your key has reached its monthly spending limit."),
    (402, "key-prompt", "key_limit_reached", "monthly spending limit doesn't cover a message this long (230,799 "),
    (402, "in-flight", "in_flight_budget", "have reserved your credits. Try again in 120 seconds."),
    (402, "weight", "budget_too_small", "more than the credits you have left"),
    (403, "moderation", "moderated", "blocked this message (violence)."),
    (403, "guardrail", "guardrail_blocked", "A guardrail in your OpenRouter account"),
    (403, "region", "region_blocked", "isn't available in this region"),
    (403, "provider", "refused", "Google AI Studio refused this request."),
    (403, "key-total", "key_limit_reached", "Your key has reached its spending limit."),
    (403, "key-daily", "key_limit_reached", "Your key has reached its daily spending limit."),
    (403, "key-weekly", "key_limit_reached", "Your key has reached its weekly spending limit."),
    (403, "key-monthly", "key_limit_reached", "Your key has reached its monthly spending limit."),
    (403, "budget", "budget_reached", "Your organisation's monthly budget is used up."),
    (403, "region-restricted", "region_blocked", "isn't available in this region"),
    (403, "geo", "region_blocked", "isn't available in this region"),
    (403, "management", "refused", "OpenRouter refused this request."),
    (404, "images", "cannot_see_images", "doesn't accept images"),
    (404, "tools", "no_tool_use", "doesn't support this kind of request"),
    (404, "policy", "data_policy_blocks", "OpenRouter privacy settings rule out every provider"),
    (404, "providers", "providers_excluded", "OpenRouter provider settings rule out every provider"),
    (404, "ignored", "providers_excluded", "OpenRouter provider settings rule out every provider"),
    (404, "no-endpoints", "providers_excluded", "OpenRouter provider settings rule out every provider"),
    (404, "constraint-filtered", "providers_excluded", "OpenRouter provider settings rule out every provider"),
    (404, "privacy-restricted", "data_policy_blocks", "OpenRouter privacy settings rule out every provider"),
    (404, "model-deprecated", "unknown_model", "is no longer available."),
    (404, "model-unavailable-upstream", "no_endpoint", "No provider offers"),
    (404, "free-variant-ended", "free_version_ended", "is no longer free."),
    (404, "retired", "unknown_model", "is no longer available."),
    (404, "route", "no_endpoint", "No provider offers"),
    (408, "timeout", "request_timed_out", "took too long to start answering"),
    (413, "image", "too_large", "are too large for"),
    (413, "body", "too_large", "are too large for"),
    (422, "unprocessable", "bad_request", "didn't accept this request"),
    (429, "per-minute", "free_minute_limit", "Free models are limited to 20 messages a minute."),
    (429, "per-day", "free_daily_limit", "You'll get new ones at 00:00 UTC"),
    (429, "high-balance", "free_daily_limit", "You'll get new ones at 00:00 UTC"),
    (429, "capacity-exhausted", "shared_pool_busy", "Try again in 40 seconds."),
    (429, "upstream", "shared_pool_busy", "is very busy at"),
    (500, "server", "upstream_unavailable", "isn't responding right now"),
    (502, "provider", "upstream_unavailable", "isn't responding right now"),
    (502, "html", "upstream_unavailable", "isn't responding right now"),
    (503, "temporarily-unavailable", "upstream_unavailable", "isn't responding right now"),
    (503, "unavailable", "upstream_unavailable", "isn't responding right now"),
    (504, "timeout", "upstream_unavailable", "isn't responding right now"),
    (524, "timeout", "upstream_unavailable", "isn't responding right now"),
    (529, "overloaded", "upstream_unavailable", "isn't responding right now"),
]


@pytest.fixture(autouse=True)
def _does_not_wait(monkeypatch):
    monkeypatch.setattr(budget_wait, "MAX_PAUSES", 0)


@pytest.mark.parametrize(("status", "name", "kind", "sentence"), REFUSALS)
def test_a_refusal_is_shown_survives_a_reload_and_can_be_retried(alice, status, name, kind, sentence):
    alice.standin.answers(status, kind=name)
    alice.sends_with_htmx("[[say Hello]]")
    reply = alice.latest_reply()
    chat = reply.message.conversation
    stream = alice.follows(reply)
    page = alice.looks_at(chat)

    reply.refresh_from_db()
    assert (reply.state, reply.error_kind) == ("failed", kind)
    assert sentence in page.error
    assert page.error in unescape(" ".join(stream.replace("\ndata: ", " ").split())), "the stream tells the same"
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
        assert kind in ERROR_TEXTS, "a sign-in fails with it, not a reply"
        return
    message = Message(conversation=Conversation(user=User()))
    asked = {"message": message, "model": "openai/gpt-5.4-mini", "max_completion_tokens": 100}
    problem = problem_of(Reply(**asked, error_kind=kind, error_details=facts))

    assert problem is not None
    assert kind in REMEDIES
    assert problem.sentence.endswith(".")
    assert "{" not in problem.sentence
    assert "  " not in problem.sentence
    for action in [problem.action, *problem.other_actions]:
        assert action.label
        assert action.kind in ("link", "post")
        if action.url.startswith("/"):
            resolve(action.url.partition("#")[0])
        else:
            assert action.url.startswith("http")


@pytest.mark.parametrize(
    ("name", "label", "path"),
    [
        ("providers", "OpenRouter provider settings", "/settings/preferences"),
        ("ignored", "OpenRouter provider settings", "/settings/preferences"),
        ("policy", "OpenRouter privacy settings", "/settings/privacy"),
        ("privacy-restricted", "OpenRouter privacy settings", "/settings/privacy"),
    ],
)
def test_ones_own_settings_lead_to_the_page_for_them(alice, name, label, path):
    alice.standin.answers(404, kind=name)

    assert alice.asks("Hello?").action(label) == alice.standin.url + path


def test_the_page_that_openrouter_names_is_the_one(alice):
    """It has moved before: in 2025 the ignored providers were on another one."""
    words = "All providers have been ignored. To change them, visit: https://openrouter.ai/settings/privacy"
    body = json.dumps({"error": {"code": 404, "message": words}}).encode()
    alice.standin.answers_raw(body, status=404, content_type="application/json")

    assert alice.asks("Hello?").action("OpenRouter provider settings") == alice.standin.url + "/settings/privacy"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("unknown", "Google AI Studio: Function call is missing a thought_signature."),
        ("too-long", "Amazon Bedrock: Input is too long for requested model."),
        ("wrong-endpoint", "Call it on /api/v1/embeddings."),
    ],
)
def test_the_details_hold_what_others_said(alice, name, words):
    alice.standin.answers(400, kind=name)

    assert words in [line.get_text() for line in alice.asks("Hello?").answer.select(".problem details p")]


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


def test_a_key_that_is_refused_late_does_not_affect_the_next_one(alice):
    """She signed in again while the old key's answer was still being refused."""
    rest = Event()
    slowly = [b" ", rest, b'{"error":{"code":401,"message":"User not found."}}']
    alice.standin.answers_raw(slowly, status=401, content_type="application/json")
    alice.sends("Hello?")
    alice.standin.wait_for(lambda: alice.standin.chat_requests)
    alice.signs_in()
    assert alice.latest_reply().is_running
    rest.set()
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
