"""Answers that have to be JSON: what is wrong with one, and its text as the page shows it, indented."""

import json
from typing import Any

from chat.catalogue import cache
from chat.models import Reply
from chat.parameters.json_schema import problems_in, read_answer
from chat.parameters.request import sent_settings
from chat.parameters.schema import Invalid
from chat.reply_content.deltas import TEXT, Delta

ANY_JSON: dict[str, Any] = {}  # a schema that everything follows


def schema_for(reply: Reply) -> dict[str, Any] | None:
    """The schema that the answer has to follow by the settings of its chat; None if it may be any text."""
    sent = sent_settings(reply.message.conversation.settings, cache.find(reply.model))
    match sent.get("response_format"):
        case "json_object":
            return ANY_JSON
        case "json_schema":
            schema: dict[str, Any] = sent.get("json_schema", {}).get("schema", ANY_JSON)
            return schema
    return None


def check_format(deltas: list[Delta], schema: dict[str, Any]) -> list[list[str]]:
    """What is wrong with the answer: (place, sentence) pairs, as `Reply.format_problems` stores them."""
    return [[problem.place, problem.sentence] for problem in problems_in(_text(deltas), schema)]


def as_code(deltas: list[Delta]) -> list[Delta]:
    """The answer with its JSON indented, in a code block; as it is, if it is no JSON."""
    try:
        indented = json.dumps(read_answer(_text(deltas)), indent=2, ensure_ascii=False)
    except (Invalid, ValueError, RecursionError):
        return deltas
    fence = "`" * max(3, 1 + _longest_run("`", indented))
    return [*(each for each in deltas if each.kind != TEXT), Delta(TEXT, f"{fence}json\n{indented}\n{fence}\n")]


def _text(deltas: list[Delta]) -> str:
    return "".join(delta.content for delta in deltas if delta.kind == TEXT)


def _longest_run(character: str, text: str) -> int:
    longest = 0
    while character * (longest + 1) in text:
        longest += 1
    return longest
