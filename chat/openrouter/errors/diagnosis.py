"""Turns an error response of OpenRouter into the `OpenRouterError` subclass that says what to do about it."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any

from chat.openrouter.errors.kinds import MAX_MESSAGE_LENGTH, BadRequest, OpenRouterError, UpstreamUnavailable
from chat.openrouter.errors.limit_facts import described_limit, limit_facts
from chat.openrouter.errors.patterns import (
    AVAILABILITY,
    CODES_BY_NAME,
    ERROR_PATTERNS,
    EXCLUDING_CODES,
    EXCLUSIONS,
    ErrorPattern,
)
from chat.openrouter.json_fields import NestedTooDeep, as_decimal, as_int, as_list, as_object, as_text, read_json

MIN_TOKENS = 16  # the smallest limit that all providers accept, and the shortest answer worth requesting
MAX_NESTING = 4  # of errors that contain another one as JSON in a string

# Texts are truncated before they are searched: a hostile one could make the regular expressions slow.
MAX_TEXT_CHARS = 4 * MAX_MESSAGE_LENGTH
MAX_EVIDENCE_CHARS = 2_000
MAX_NAMES = 50

_Fields = Mapping[str, Any]


def diagnose_answer(
    *, status: int, headers: Mapping[str, str], body: bytes, patterns: Iterable[ErrorPattern] = ERROR_PATTERNS
) -> OpenRouterError:
    """Return the error for a response that is not a success or does not look like one, JSON or not."""
    text = body.decode(errors="replace").strip()
    try:
        error = _error_in(as_object(read_json(text)))
    except ValueError:
        error = text
    return diagnose(error, status=status, headers=headers, patterns=patterns)


def _error_in(body: _Fields) -> object:
    """Return the error of a body, with the type that the Responses API puts beside it."""
    error, error_type = body.get("error"), body.get("error_type")
    return {**error, "error_type": error_type} if isinstance(error, dict) and error_type else error


def diagnose(
    content: object,
    *,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    generation_id: str | None = None,
    patterns: Iterable[ErrorPattern] = ERROR_PATTERNS,
) -> OpenRouterError:
    """Return the error for the content of an `error` field: an object, or only a string (a blocked country)."""
    error = as_object(content)
    metadata = as_object(error.get("metadata"))
    availability = as_object(error.get("availability")) or as_object(metadata.get("availability"))
    message = _cleaned(as_text(content) or as_text(error.get("message")))
    evidence = _evidence(message, error, metadata, availability)
    known_headers = _known_headers(headers or {}, metadata)
    return _class_for(_code(error, metadata, status), evidence, availability, patterns)(
        message,
        status=status,
        code=error["code"] if isinstance(error.get("code"), int | str) else None,
        generation_id=generation_id or known_headers.get("x-generation-id"),
        details=_details(message, evidence, metadata, availability, known_headers),
    )


def _known_headers(headers: Mapping[str, str], metadata: _Fields) -> dict[str, str]:
    """Return the headers, and those that OpenRouter's own limits repeat in the body, where they survive proxies."""
    repeated = as_object(metadata.get("headers"))
    return {name.lower(): str(value) for name, value in [*headers.items(), *repeated.items()]}


def _class_for(
    code: int, evidence: str, availability: _Fields, patterns: Iterable[ErrorPattern]
) -> type[OpenRouterError]:
    name = availability.get("code")
    if isinstance(name, str) and name in AVAILABILITY:
        reasons = (each for pattern, each in EXCLUSIONS if name in EXCLUDING_CODES and re.search(pattern, evidence))
        return next(reasons, AVAILABILITY[name])
    if availability.get("retryable") is True:  # true for any code, also for ones that OpenRouter adds later
        return UpstreamUnavailable
    for pattern_code, pattern, error_class in patterns:
        if code == pattern_code and re.search(pattern, evidence):
            return error_class
    return BadRequest if 400 <= code < 500 else UpstreamUnavailable


def _code(error: _Fields, metadata: _Fields, status: int | None) -> int:
    """Return the error's HTTP status; within a stream, the status that it would have had before the stream began.

    An `error_type` is more exact than a code that is a word: the Responses API has few of those for many types.
    """
    code, types = error.get("code"), (metadata.get("error_type"), error.get("error_type"))
    claims = (*types, code) if isinstance(code, str) and not code.isdecimal() else (code, *types)
    for claim in (*claims, error.get("http_status"), error.get("type"), status):
        number = CODES_BY_NAME.get(claim) if isinstance(claim, str) else None
        number = number or as_int(as_decimal(claim))
        if number and 400 <= number < 600:
            return 400 if number == 422 else number
    return 502


def _evidence(message: str, error: _Fields, metadata: _Fields, availability: _Fields) -> str:
    """Return all words of the error in lower case, for the patterns to search."""
    values = [metadata.get(name) for name in ("error_type", "limit_source", "reason", "provider_code")]
    values += [error.get(name) for name in ("code", "type", "error_type")]
    values += [described_limit(metadata).get("scope")]
    values += [*as_list(availability.get("excluded_by"))[:MAX_NAMES]]
    values += [*as_object(availability.get("constraint")).values()][:MAX_NAMES]
    names = [name for name, value in islice(metadata.items(), MAX_NAMES) if value]
    texts = [*map(as_text, values), message, _provider_message(message, metadata), *names]
    return " ".join(text[:MAX_MESSAGE_LENGTH] for text in texts)[:MAX_EVIDENCE_CHARS].lower()


def _details(
    message: str, evidence: str, metadata: _Fields, availability: _Fields, headers: Mapping[str, str]
) -> dict[str, Any]:
    affordable = _amounts(r"can only afford ([\d,]+)", evidence)
    lengths = _amounts(r"prompt.*?([\d,]+) > ([\d,]+)", evidence)
    page = re.search(r"openrouter\.ai(/settings/[\w-]+)", evidence)
    facts = {
        **limit_facts(evidence, metadata, headers),
        "affordable_tokens": affordable[0] if affordable and affordable[0] >= MIN_TOKENS else None,
        "prompt_tokens": lengths[0] if lengths else None,
        "affordable_prompt_tokens": lengths[1] if lengths else None,
        "constraint": _cleaned(as_text(as_object(availability.get("constraint")).get("detail"))),
        "fallback_models": [
            _cleaned(each) for each in as_list(availability.get("fallback_models"))[:MAX_NAMES] if as_text(each)
        ],
        "flagged_input": _cleaned(as_text(metadata.get("flagged_input"))),
        "limit": as_int(as_decimal(headers.get("x-ratelimit-limit"))),
        "limit_source": _cleaned(as_text(metadata.get("limit_source"))),
        "model_slug": _cleaned(as_text(metadata.get("model_slug"))),
        "patterns": _texts(metadata.get("patterns")),
        "provider_message": _provider_message(message, metadata),
        "provider_name": _cleaned(as_text(metadata.get("provider_name"))),
        "reasons": _texts(metadata.get("reasons")),
        "retry_after": _retry_after(metadata, availability, headers),
        "settings_path": page[1] if page else None,
    }
    return {name: fact for name, fact in facts.items() if fact not in (None, "", [])}


def _texts(values: object) -> list[str]:
    return [_cleaned(str(each)) for each in as_list(values)[:MAX_NAMES]]


def _amounts(pattern: str, evidence: str) -> list[int]:
    """Return the whole numbers that the groups of the pattern match; "27,342" is one number."""
    found = re.search(pattern, evidence)
    return [int(digits.replace(",", "") or 0) for digits in found.groups()] if found else []


def _retry_after(metadata: _Fields, availability: _Fields, headers: Mapping[str, str]) -> int | None:
    """Return whole seconds, from a number or from a date (RFC 9110, 10.2.3)."""
    value = headers.get("retry-after") or metadata.get("retry_after_seconds") or availability.get("retry_after")
    seconds = as_int(as_decimal(value))
    if seconds is None and value:
        try:
            seconds = round((parsedate_to_datetime(str(value)) - datetime.now(UTC)).total_seconds())
        except (TypeError, ValueError):
            return None
    return None if seconds is None else max(seconds, 0)


def _provider_message(message: str, metadata: _Fields) -> str:
    """Return what the provider behind OpenRouter said, if that differs from `message`, else "".

    OpenRouter's own message is often only "Provider returned error"; the provider's is in the metadata then.
    """
    earlier = (as_object(each).get("message") for each in as_list(metadata.get("previous_errors")))
    sentences = (_cleaned(_sentence_in(each)) for each in (metadata.get("raw"), *earlier))
    return next((sentence for sentence in sentences if sentence not in ("", message)), "")


def _sentence_in(content: object, nesting: int = 0) -> str:
    """Return the sentence in a provider's error, which may be a text, an object, or an object as JSON in a text."""
    if nesting > MAX_NESTING:
        return ""
    if isinstance(content, str):
        return _sentence_in_text(content, nesting)
    error = as_object(content)
    inner = [
        error.get("error"),
        *as_list(error.get("errors")),
        *(error.get(name) for name in ("message", "msg", "detail")),
    ]
    return next(filter(None, (_sentence_in(each, nesting + 1) for each in inner)), "")


def _sentence_in_text(text: str, nesting: int) -> str:
    try:
        content = read_json(text)
    except NestedTooDeep:
        return ""
    except ValueError:
        return text
    return _sentence_in(content, nesting + 1) if isinstance(content, dict | str) else ""


def _cleaned(text: str) -> str:
    """Return the text as one short line without anything that looks like a key; "" for an HTML page."""
    text = text[:MAX_TEXT_CHARS]
    if re.search(r"<\s*(!doctype|html|head|body|title|center|h1|script)\b", text, re.IGNORECASE):
        return ""
    line = " ".join(re.sub(r"\bsk-[\w-]{8,}", "sk-...", text).split())
    return line[:MAX_MESSAGE_LENGTH]
