import time

import pytest

from tests.standin.errors import ERRORS, find


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: f"{error.status}-{error.kind}")
@pytest.mark.parametrize("stream", [True, False])
def test_every_error_can_be_caused_by_a_mark(alice, error, stream):
    answer = alice.ask(f"Please [[error {error.status} {error.kind}]]", stream=stream)

    assert answer.status_code == error.status
    assert "{" not in "".join(answer.headers.values())
    if error.text:
        assert answer.headers["Content-Type"].startswith("text/html")
    elif error.plain:
        assert answer.json()["error"] == error.message
    else:
        assert answer.json()["error"]["code" if error.has_code else "http_status"] == error.status
        assert answer.json()["error"]["message"]
        assert "{model}" not in answer.text


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: f"{error.status}-{error.kind}")
def test_every_error_can_be_queued(alice, standin, error):
    standin.answers(error.status, kind=error.kind)

    assert alice.ask("Hello?").status_code == error.status
    assert alice.ask("Hello?").status_code == 200


def test_status_and_kind_are_unique():
    assert len({(error.status, error.kind) for error in ERRORS}) == len(ERRORS)


def test_the_source_of_a_limit_picks_the_error(alice, standin):
    standin.answers(402, limit_source="openrouter_in_flight_budget", retry_after=7)

    answer = alice.ask("Hello?")

    assert answer.headers["Retry-After"] == "7"
    assert answer.json()["error"]["metadata"]["reason"] == "in_flight_budget_exhausted"


def test_an_unknown_error_is_a_mistake_of_the_test(standin):
    with pytest.raises(LookupError, match="no error 402 nonsense"):
        standin.answers(402, kind="nonsense")
    with pytest.raises(LookupError):
        find(418)


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_what_can_be_afforded_is_answered(alice, name):
    question = "Hello? [[error 402 afford afford=500]]"

    without = alice.ask(question)
    too_many = alice.ask(question, **{name: 501})
    enough = alice.ask(question, **{name: 500})

    assert "You requested up to 64000 tokens, but can only afford 500." in without.json()["error"]["message"]
    assert "You requested up to 501 tokens" in too_many.json()["error"]["message"]
    assert enough.status_code == 200


@pytest.mark.parametrize(("kind", "period"), [("per-minute", 60), ("per-day", 86400), ("high-balance", 86400)])
def test_rate_limits_tell_their_end_twice(alice, kind, period):
    answer = alice.ask(f"[[error 429 {kind}]]")

    reset_ms = int(answer.headers["X-RateLimit-Reset"])
    assert 0 < reset_ms / 1000 - time.time() <= period
    assert answer.json()["error"]["metadata"]["headers"]["X-RateLimit-Reset"] == str(reset_ms)


def test_errors_name_the_user_the_model_and_the_provider(alice, standin):
    upstream = alice.ask("[[error 429 upstream]]").json()
    flagged = alice.ask("Bad words [[error 403 moderation]]").json()["error"]["metadata"]

    assert upstream["user_id"] == standin.people.user_id("alice")
    assert upstream["error"]["metadata"]["provider_name"] == "Amazon Bedrock"
    assert flagged["flagged_input"].startswith("Bad words")
    assert flagged["model_slug"] == "anthropic/claude-haiku-4.5"
