"""An answer that breaks off: what came is kept, marked, and said to be incomplete."""

from functools import cache

import pytest

from chat.openrouter import OpenRouter
from chat.replies import generate

COUNT = "[[tokens n=20]]"
HALF = "".join(f"{number} " for number in range(1, 11))
WHOLE = "".join(f"{number} " for number in range(1, 21))


@pytest.mark.parametrize(
    ("mark", "text", "state", "kind", "sentence"),
    [
        ("[[cut]]", HALF, "interrupted", "interrupted", "was lost before the answer was complete"),
        ("[[reset]]", HALF, "interrupted", "interrupted", "was lost before the answer was complete"),
        ("[[garbage only]]", "", "interrupted", "unreadable", "couldn't be read"),
        ("[[enddata]]", WHOLE, "interrupted", "interrupted", "was lost before the answer was complete"),
        ("[[midstream code=502]]", HALF, "failed", "upstream_unavailable", "failed in the middle of its answer"),
        ("[[midstream code=402]]", HALF, "failed", "out_of_credit", "Your OpenRouter credits have run out"),
        ("[[midstream code=rate_limit_exceeded]]", HALF, "failed", "rate_limited", "Too many requests at once"),
        ("[[late-error]]", WHOLE, "failed", "bad_request", "didn't accept this request"),
        ("[[error-after-stop]]", WHOLE, "failed", "upstream_unavailable", "failed in the middle of its answer"),
        ("[[sole-error 502 provider]]", "", "failed", "upstream_unavailable", "isn't responding right now"),
        ("[[sole-error 429 upstream]]", "", "failed", "shared_pool_busy", "is very busy"),
        ("[[drop]]", "", "interrupted", "interrupted", "was lost before the answer started"),
    ],
)
def test_what_came_is_kept_and_the_rest_is_explained(alice, mark, text, state, kind, sentence):
    page = alice.asks(f"{COUNT} {mark}")

    reply = alice.latest_reply()
    assert (reply.state, reply.error_kind) == (state, kind)
    assert reply.message.text.startswith(text)
    assert (reply.message.text == "") == (text == "")
    assert page.text == reply.message.text.strip()
    assert sentence in page.error
    assert page.action("Retry") == f"/replies/{reply.id}/retry/"


@pytest.mark.parametrize(
    ("mark", "finish_reason", "sentence"),
    [
        ("[[length]]", "length", "reached its length limit and was cut off"),
        ("[[filter]]", "content_filter", "filter cut off this answer"),
    ],
)
def test_an_answer_that_was_cut_is_complete_but_says_so(alice, mark, finish_reason, sentence):
    page = alice.asks(f"{COUNT} {mark}")

    reply = alice.latest_reply()
    assert (reply.state, reply.finish_reason, reply.error_kind) == ("complete", finish_reason, "")
    assert reply.message.text == HALF
    assert sentence in page.error


def test_thoughts_without_an_answer_are_a_failure_that_keeps_the_thoughts(alice):
    page = alice.asks("[[onlyreasoning]]")

    reply = alice.latest_reply()
    assert (reply.state, reply.error_kind, reply.message.text) == ("failed", "nothing_said", "")
    assert reply.reasoning
    assert reply.cost
    assert "finished without an answer" in page.error


@pytest.mark.parametrize(
    ("mark", "clock", "kind", "sentence"),
    [
        ("[[mute]]", "transport_idle_seconds", "line_silent", "sent nothing for"),
        ("[[silence]]", "transport_idle_seconds", "line_silent", "sent nothing for"),
        ("[[stall]]", "content_idle_seconds", "no_progress", "without writing anything"),
    ],
)
def test_a_dead_line_is_not_waited_for_forever(alice, monkeypatch, mark, clock, kind, sentence):
    alice.standin.settings.comment_seconds = 0.02
    impatient = OpenRouter(alice.standin.url, title="Potluck", referer="http://localhost:8000", **{clock: 0.3})
    monkeypatch.setattr(generate, "openrouter", cache(lambda: impatient))
    page = alice.asks(f"{COUNT} {mark}")
    impatient.close()

    reply = alice.latest_reply()
    assert (reply.state, reply.error_kind) == ("interrupted", kind)
    assert reply.message.text == ("" if mark == "[[silence]]" else HALF)
    assert sentence in page.error


def test_a_site_that_cannot_reach_openrouter_says_so(alice, monkeypatch):
    nowhere = OpenRouter("http://127.0.0.1:9", title="Potluck", referer="http://localhost:8000")
    monkeypatch.setattr(generate, "openrouter", cache(lambda: nowhere))
    page = alice.asks(COUNT)
    nowhere.close()

    assert alice.latest_reply().error_kind == "unreachable"
    assert page.error == "This site couldn't reach OpenRouter."


def test_a_failure_of_our_own_is_shown_and_logged_without_any_text(alice, monkeypatch, caplog):
    def broken(reply, **options):
        raise ZeroDivisionError

    monkeypatch.setattr(generate, "request_for", broken)
    page = alice.asks("my secret diary")

    assert alice.latest_reply().error_kind == "internal"
    assert page.error == "Something went wrong on this site while the answer was being written."
    assert "ZeroDivisionError" in caplog.text
    assert "diary" not in caplog.text
