"""Reads from an error which limit on spending was reached, and when it ends.

Sources: OpenRouter docs, "Workspace Budgets"; the schema of `effective_budget` in the response of GET /key.
"""

import re
from collections.abc import Mapping
from typing import Any

from chat.openrouter.json_fields import as_datetime, as_decimal, as_object, as_text, from_timestamp

MAX_NAME_CHARS = 100
INTERVAL = re.compile(r"\b(total|lifetime|daily|weekly|monthly)\b")
PERIOD = re.compile(r"\b(total|lifetime|daily|weekly|monthly) (?:key )?(?:limit|budget|spending)")
BUDGET = re.compile(r"budget|spending limit|workspace (\w+ )?limit")
# Whose budget it is; one that matches neither is the organisation's.
PERSON = re.compile(r"(\b|_)member\b|guardrail|_key\b|\bapi key")
WORKSPACE = re.compile(r"workspace")

_Fields = Mapping[str, Any]


def limit_facts(evidence: str, metadata: _Fields, headers: Mapping[str, str]) -> dict[str, str | None]:
    """Return limit_period, limit_scope and reset_at, each None if unknown. `evidence` is in lower case."""
    limit = described_limit(metadata)
    return {
        "limit_period": _period(evidence, _name(limit.get("reset_interval"))),
        "limit_scope": _scope(_name(limit.get("scope")), _name(metadata.get("limit_source")), evidence),
        "reset_at": _reset_at(limit, headers),
    }


def described_limit(metadata: _Fields) -> _Fields:
    """Return the fields that describe the limit: an object in the metadata, or the metadata itself."""
    return as_object(metadata.get("effective_budget")) or as_object(metadata.get("budget")) or metadata


def _name(value: object) -> str:
    return as_text(value)[:MAX_NAME_CHARS].lower()


def _period(evidence: str, interval: str) -> str | None:
    found = INTERVAL.search(interval) or PERIOD.search(evidence)
    return found[1].replace("lifetime", "total") if found else None


def _scope(scope: str, source: str, evidence: str) -> str | None:
    """Return "person" or "workspace" by the most exact text that says so; None for an organisation's or no budget."""
    if not (scope or BUDGET.search(evidence)):
        return None
    for text in (scope, source, evidence):
        if PERSON.search(text):
            return "person"
        if WORKSPACE.search(text):
            return "workspace"
    return None


def _reset_at(limit: _Fields, headers: Mapping[str, str]) -> str | None:
    milliseconds = as_decimal(headers.get("x-ratelimit-reset"))
    moment = from_timestamp(milliseconds and milliseconds / 1000) or as_datetime(limit.get("resets_at"))
    return moment.isoformat() if moment else None
