"""From OpenRouter's description of a failure to the error class that says what to do about it."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from .errors import MAX_MESSAGE_LENGTH, BadRequest, OpenRouterError, UpstreamUnavailable
from .fields import as_decimal, as_list, as_object, as_text, as_whole, moment_of
from .signs import CODES_BY_NAME, SIGNS, Sign

_Fields = Mapping[str, Any]


def diagnose_answer(
    *, status: int, headers: Mapping[str, str], body: bytes, signs: Iterable[Sign] = SIGNS
) -> OpenRouterError:
    """Return the error for an answer that is no success or does not look like one, JSON or not."""
    text = body.decode(errors="replace").strip()
    try:
        told = as_object(json.loads(text)).get("error")
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
    message = _presentable(as_text(told) or as_text(error.get("message")))
    evidence = _evidence(message, error, metadata)
    known_headers = _known_headers(headers or {}, metadata)
    return _class_for(_code(error, metadata, status), evidence, signs)(
        message,
        status=status,
        code=error["code"] if isinstance(error.get("code"), int | str) else None,
        generation_id=generation_id or known_headers.get("x-generation-id"),
        details=_details(evidence, metadata, known_headers),
    )


def _known_headers(headers: Mapping[str, str], metadata: _Fields) -> dict[str, str]:
    """Add the headers that a platform limit repeats in the body, where they survive proxies and streams."""
    repeated = as_object(metadata.get("headers"))
    return {name.lower(): str(value) for name, value in [*headers.items(), *repeated.items()]}


def _class_for(code: int, evidence: str, signs: Iterable[Sign]) -> type[OpenRouterError]:
    for sign_code, pattern, error_class in signs:
        if code == sign_code and re.search(pattern, evidence):
            return error_class
    return BadRequest if 400 <= code < 500 else UpstreamUnavailable


def _code(error: _Fields, metadata: _Fields, status: int | None) -> int:
    """Return the HTTP status that this failure has, or would have had before the stream began."""
    for claim in (error.get("code"), metadata.get("error_type"), error.get("type"), status):
        number = CODES_BY_NAME.get(claim) if isinstance(claim, str) else None
        number = number or as_whole(as_decimal(claim))
        if number and 400 <= number < 600:
            return 400 if number == 422 else number
    return 502


def _evidence(message: str, error: _Fields, metadata: _Fields) -> str:
    told = [metadata.get(name) for name in ("error_type", "limit_source", "reason", "provider_code")]
    words = [as_text(word) for word in (*told, error.get("code"), error.get("type"))]
    names = [name for name, value in metadata.items() if value]
    return " ".join([*words, *names, message, _provider_message(metadata)]).lower()


def _details(evidence: str, metadata: _Fields, headers: Mapping[str, str]) -> dict[str, Any]:
    afforded = re.search(r"can only afford (\d+)", evidence)
    period = re.search(r"\((total|daily|weekly|monthly) limit\)", evidence)
    reset_milliseconds = as_decimal(headers.get("x-ratelimit-reset"))
    reset_at = moment_of(reset_milliseconds and reset_milliseconds / 1000)
    facts = {
        "affordable_tokens": int(afforded[1]) if afforded else None,
        "flagged_input": _presentable(as_text(metadata.get("flagged_input"))),
        "limit": as_whole(as_decimal(headers.get("x-ratelimit-limit"))),
        "limit_period": period[1] if period else None,
        "limit_source": _presentable(as_text(metadata.get("limit_source"))),
        "model_slug": _presentable(as_text(metadata.get("model_slug"))),
        "patterns": [_presentable(str(each)) for each in as_list(metadata.get("patterns"))],
        "provider_message": _provider_message(metadata),
        "provider_name": _presentable(as_text(metadata.get("provider_name"))),
        "reasons": [_presentable(str(each)) for each in as_list(metadata.get("reasons"))],
        "reset_at": reset_at.isoformat() if reset_at else None,
        "retry_after": _retry_after(metadata, headers),
    }
    return {name: fact for name, fact in facts.items() if fact not in (None, "", [])}


def _retry_after(metadata: _Fields, headers: Mapping[str, str]) -> int | None:
    """Return whole seconds, from a number or from a date (RFC 9110, 10.2.3)."""
    told = headers.get("retry-after") or metadata.get("retry_after_seconds")
    seconds = as_whole(as_decimal(told))
    if seconds is None and told:
        try:
            seconds = round((parsedate_to_datetime(str(told)) - datetime.now(UTC)).total_seconds())
        except (TypeError, ValueError):
            return None
    return None if seconds is None else max(seconds, 0)


def _provider_message(metadata: _Fields) -> str:
    """Return what the provider behind OpenRouter said; "Provider returned error" hides it in here."""
    raw = as_text(metadata.get("raw"))
    try:
        told = as_object(json.loads(raw))
    except ValueError:
        return _presentable(raw)
    error = told.get("error") or next(iter(as_list(told.get("errors"))), None) or told
    words = [as_text(error), *(as_text(as_object(error).get(name)) for name in ("message", "msg", "detail"))]
    return _presentable(next(filter(None, words), ""))


def _presentable(text: str) -> str:
    """Return the text as one short line without anything like a key, or nothing when it is a web page."""
    if re.search(r"<[a-z!/][^>]*>", text, re.IGNORECASE):
        return ""
    line = " ".join(re.sub(r"\bsk-[\w-]{8,}", "sk-...", text).split())
    return line[:MAX_MESSAGE_LENGTH]
