"""From OpenRouter's description of a failure to the error class that says what to do about it."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any

from .error_patterns import AVAILABILITY, CODES_BY_NAME, EXCLUDING, EXCLUSIONS, SIGNS, Sign
from .errors import MAX_MESSAGE_LENGTH, BadRequest, OpenRouterError, UpstreamUnavailable
from .json_fields import NestedTooDeep, as_decimal, as_int, as_list, as_object, as_text, moment_of, read_json

LEAST_TOKENS = 16  # of an answer that is worth asking for, and that all providers take a limit of
MOST_NESTING = 4  # errors that hold others as JSON in a string

# What is told is cut before anything is looked for in it: much of it may be made to take long.
MAX_TOLD_CHARS = 4 * MAX_MESSAGE_LENGTH
MAX_EVIDENCE_CHARS = 2_000
MAX_NAMES = 50

_Fields = Mapping[str, Any]


def diagnose_answer(
    *, status: int, headers: Mapping[str, str], body: bytes, signs: Iterable[Sign] = SIGNS
) -> OpenRouterError:
    """Return the error for an answer that is no success or does not look like one, JSON or not."""
    text = body.decode(errors="replace").strip()
    try:
        told = as_object(read_json(text)).get("error")
    except ValueError:
        told = text
    return diagnose(told, status=status, headers=headers, signs=signs)


def diagnose(
    told: object,
    *,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    generation_id: str | None = None,
    signs: Iterable[Sign] = SIGNS,
) -> OpenRouterError:
    """Return the error for an `error` member: an object, or only a string (the block by country)."""
    error = as_object(told)
    metadata = as_object(error.get("metadata"))
    availability = as_object(error.get("availability")) or as_object(metadata.get("availability"))
    message = _presentable(as_text(told) or as_text(error.get("message")))
    evidence = _evidence(message, error, metadata, availability)
    known_headers = _known_headers(headers or {}, metadata)
    return _class_for(_code(error, metadata, status), evidence, availability, signs)(
        message,
        status=status,
        code=error["code"] if isinstance(error.get("code"), int | str) else None,
        generation_id=generation_id or known_headers.get("x-generation-id"),
        details=_details(message, evidence, metadata, availability, known_headers),
    )


def _known_headers(headers: Mapping[str, str], metadata: _Fields) -> dict[str, str]:
    """Add the headers that a platform limit repeats in the body, where they survive proxies and streams."""
    repeated = as_object(metadata.get("headers"))
    return {name.lower(): str(value) for name, value in [*headers.items(), *repeated.items()]}


def _class_for(code: int, evidence: str, availability: _Fields, signs: Iterable[Sign]) -> type[OpenRouterError]:
    named = availability.get("code")
    if isinstance(named, str) and named in AVAILABILITY:
        excluded = (each for pattern, each in EXCLUSIONS if named in EXCLUDING and re.search(pattern, evidence))
        return next(excluded, AVAILABILITY[named])
    if availability.get("retryable") is True:  # whatever its name is: there may be new ones
        return UpstreamUnavailable
    for sign_code, pattern, error_class in signs:
        if code == sign_code and re.search(pattern, evidence):
            return error_class
    return BadRequest if 400 <= code < 500 else UpstreamUnavailable


def _code(error: _Fields, metadata: _Fields, status: int | None) -> int:
    """Return the HTTP status that this failure has, or would have had before the stream began."""
    types = (metadata.get("error_type"), error.get("error_type"), error.get("type"))
    for claim in (error.get("code"), error.get("http_status"), *types, status):
        number = CODES_BY_NAME.get(claim) if isinstance(claim, str) else None
        number = number or as_int(as_decimal(claim))
        if number and 400 <= number < 600:
            return 400 if number == 422 else number
    return 502


def _evidence(message: str, error: _Fields, metadata: _Fields, availability: _Fields) -> str:
    told = [metadata.get(name) for name in ("error_type", "limit_source", "reason", "provider_code")]
    told += [error.get(name) for name in ("code", "type", "error_type")]
    told += [*as_list(availability.get("excluded_by"))[:MAX_NAMES]]
    told += [*as_object(availability.get("constraint")).values()][:MAX_NAMES]
    names = [name for name, value in islice(metadata.items(), MAX_NAMES) if value]
    told_words = [*map(as_text, told), message, _provider_message(message, metadata), *names]
    return " ".join(word[:MAX_MESSAGE_LENGTH] for word in told_words)[:MAX_EVIDENCE_CHARS].lower()


def _details(
    message: str, evidence: str, metadata: _Fields, availability: _Fields, headers: Mapping[str, str]
) -> dict[str, Any]:
    afforded = _amounts(r"can only afford ([\d,]+)", evidence)
    lengths = _amounts(r"prompt.*?([\d,]+) > ([\d,]+)", evidence)
    period = re.search(r"\b(total|daily|weekly|monthly) (?:key )?(?:limit|budget|spending)", evidence)
    page = re.search(r"openrouter\.ai(/settings/[\w-]+)", evidence)
    reset_milliseconds = as_decimal(headers.get("x-ratelimit-reset"))
    reset_at = moment_of(reset_milliseconds and reset_milliseconds / 1000)
    facts = {
        "affordable_tokens": afforded[0] if afforded and afforded[0] >= LEAST_TOKENS else None,
        "prompt_tokens": lengths[0] if lengths else None,
        "affordable_prompt_tokens": lengths[1] if lengths else None,
        "constraint": _presentable(as_text(as_object(availability.get("constraint")).get("detail"))),
        "fallback_models": [
            _presentable(each) for each in as_list(availability.get("fallback_models"))[:MAX_NAMES] if as_text(each)
        ],
        "flagged_input": _presentable(as_text(metadata.get("flagged_input"))),
        "limit": as_int(as_decimal(headers.get("x-ratelimit-limit"))),
        "limit_period": period[1] if period else None,
        "limit_source": _presentable(as_text(metadata.get("limit_source"))),
        "model_slug": _presentable(as_text(metadata.get("model_slug"))),
        "patterns": _texts(metadata.get("patterns")),
        "provider_message": _provider_message(message, metadata),
        "provider_name": _presentable(as_text(metadata.get("provider_name"))),
        "reasons": _texts(metadata.get("reasons")),
        "reset_at": reset_at.isoformat() if reset_at else None,
        "retry_after": _retry_after(metadata, availability, headers),
        "settings_path": page[1] if page else None,
    }
    return {name: fact for name, fact in facts.items() if fact not in (None, "", [])}


def _texts(told: object) -> list[str]:
    return [_presentable(str(each)) for each in as_list(told)[:MAX_NAMES]]


def _amounts(pattern: str, evidence: str) -> list[int]:
    """Return the whole numbers that the groups of the pattern find; "27,342" is one."""
    found = re.search(pattern, evidence)
    return [int(digits.replace(",", "") or 0) for digits in found.groups()] if found else []


def _retry_after(metadata: _Fields, availability: _Fields, headers: Mapping[str, str]) -> int | None:
    """Return whole seconds, from a number or from a date (RFC 9110, 10.2.3)."""
    told = headers.get("retry-after") or metadata.get("retry_after_seconds") or availability.get("retry_after")
    seconds = as_int(as_decimal(told))
    if seconds is None and told:
        try:
            seconds = round((parsedate_to_datetime(str(told)) - datetime.now(UTC)).total_seconds())
        except (TypeError, ValueError):
            return None
    return None if seconds is None else max(seconds, 0)


def _provider_message(message: str, metadata: _Fields) -> str:
    """Return what the provider behind OpenRouter said; "Provider returned error" hides it in here.

    Empty where that is the message itself.
    """
    earlier = (as_object(each).get("message") for each in as_list(metadata.get("previous_errors")))
    told = (_presentable(_words(each)) for each in (metadata.get("raw"), *earlier))
    return next((words for words in told if words not in ("", message)), "")


def _words(told: object, nesting: int = 0) -> str:
    """Return the sentence in an error as providers write them: text, an object, or one as JSON in a text."""
    if nesting > MOST_NESTING:
        return ""
    if isinstance(told, str):
        return _words_in_text(told, nesting)
    error = as_object(told)
    inner = [
        error.get("error"),
        *as_list(error.get("errors")),
        *(error.get(name) for name in ("message", "msg", "detail")),
    ]
    return next(filter(None, (_words(each, nesting + 1) for each in inner)), "")


def _words_in_text(text: str, nesting: int) -> str:
    try:
        told = read_json(text)
    except NestedTooDeep:
        return ""
    except ValueError:
        return text
    return _words(told, nesting + 1) if isinstance(told, dict | str) else ""


def _presentable(text: str) -> str:
    """Return the text as one short line without anything like a key, or nothing when it is a web page."""
    text = text[:MAX_TOLD_CHARS]
    if re.search(r"<\s*(!doctype|html|head|body|title|center|h1|script)\b", text, re.IGNORECASE):
        return ""
    line = " ".join(re.sub(r"\bsk-[\w-]{8,}", "sk-...", text).split())
    return line[:MAX_MESSAGE_LENGTH]
