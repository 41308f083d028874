"""What OpenRouter and providers say of an error, as far as it can be shown and stored."""

import json

import pytest

from chat.openrouter.errors.diagnosis import diagnose, diagnose_answer


def test_what_was_flagged():
    metadata = {"reasons": ["violence", "hate"], "flagged_input": "I will", "provider_name": "A", "model_slug": "m/m"}

    assert diagnose({"code": 403, "message": "Flagged", "metadata": metadata}).details == metadata


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ('{"error":{"message":"Too many images"}}', "Too many images"),
        ('{"error":"Too many images"}', "Too many images"),
        ('{"code":400,"msg":"not found"}', "not found"),
        ('{"errors":[{"message":"AiError"}],"success":false}', "AiError"),
        ('{"detail":"Nope"}', "Nope"),
        ({"error": {"message": "As an object"}}, "As an object"),
        ({"message": '{"error":{"message":"Deep inside"}}'}, "Deep inside"),
        ('{"type":"error","error":{"message":"Expected <image> in the prompt"}}', "Expected <image> in the prompt"),
        ("[" * 100_000, None),
        ("plain words", "plain words"),
        ("[1]", None),
        ("<html>bad gateway</html>", None),
        (None, None),
    ],
)
def test_what_the_provider_said(raw, message):
    failure = diagnose({"code": 400, "message": "Provider returned error", "metadata": {"raw": raw}})

    assert failure.details.get("provider_message") == message


def test_what_an_earlier_provider_said():
    before = [{"code": 400, "message": "Seen already"}, {"code": 400, "message": "Tool names must be unique"}]
    failure = diagnose({"code": 400, "message": "Seen already", "metadata": {"previous_errors": before}})

    assert failure.details == {"provider_message": "Tool names must be unique"}


@pytest.mark.parametrize(
    "body", [b"<!DOCTYPE html><title>502</title>", b"\n <HTML>\xff", b"", b"null", b"[]", b'{"x": 1}']
)
def test_a_page_is_not_a_message(body):
    failure = diagnose_answer(status=502, headers={}, body=body)

    assert (failure.kind, failure.message) == ("upstream_unavailable", "")


def test_a_proxys_one_line_is_a_message():
    failure = diagnose_answer(status=524, headers={"X-Generation-Id": "gen-2"}, body=b"error code: 524\n")

    assert (failure.message, failure.generation_id) == ("error code: 524", "gen-2")


def test_a_success_that_is_none_is_an_outage():
    assert diagnose_answer(status=200, headers={}, body=b"Hello").kind == "upstream_unavailable"


def test_messages_are_short_and_show_no_key():
    failure = diagnose({"code": 401, "message": "Incorrect API key: sk-or-v1-0123456789abcdef\n" + "x" * 1000})

    assert failure.message.startswith("Incorrect API key: sk-... xxx")
    assert len(failure.message) == 500
    assert str(failure) == failure.message


def test_details_can_be_stored():
    metadata = {
        "reasons": [{"a": 1}, None],
        "patterns": "x",
        "provider_name": 3,
        "headers": [],
        "raw": {},
        "limit_source": [],
    }

    failure = diagnose({"code": 403, "message": {"not": "text"}, "metadata": metadata})

    assert json.loads(json.dumps(failure.details)) == failure.details
