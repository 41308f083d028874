"""The requests that one answer took, because tools were called in between: read back from its deltas.

A Round ends what a request brought; the steps after it are what the model asked for. From them comes what the next
request has to say, what all of them cost, and what is stored of an answer with tool calls (`Reply.rounds`).
"""

import json
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from chat.openrouter import CostDetails
from chat.openrouter.answer_parts.reasoning_details import are_details
from chat.reply_content.deltas import IMAGE, REASONING, ROUND, STEP, TEXT, Delta, latest_steps, merge_deltas
from chat.reply_content.steps import Round, Step
from chat.sanitize import storable

SUMMED = ("prompt_tokens", "completion_tokens", "reasoning_tokens", "cached_tokens", "cache_write_tokens")
MAX_LOG_CHARS = 8_000_000
REFUSED = "The person did not allow this call."

ImagePart = Callable[[dict[str, Any]], dict[str, Any]]


def steps_of(deltas: Iterable[Delta]) -> list[Step]:
    """All tool calls of an answer, as they are now, in order."""
    found = {step.number: step for step in (Step.from_json(each.content) for each in deltas if each.kind == STEP)}
    return [found[number] for number in sorted(found)]


def open_steps(deltas: Iterable[Delta]) -> list[Step]:
    """The tool calls that this site has to run before the model can go on."""
    return [step for step in steps_of(deltas) if not step.has_ended and not step.is_server_side]


def rounds_of(deltas: Iterable[Delta]) -> list[Round]:
    """The finished rounds of an answer, in order."""
    return [Round.from_json(delta.content) for delta in deltas if delta.kind == ROUND]


def as_log(deltas: Iterable[Delta]) -> str | None:
    """The answer as `Reply.rounds` stores it: pairs of kind and content. None if no tool was called."""
    found = list(merge_deltas(latest_steps(deltas)))
    return json.dumps(found, separators=(",", ":")) if any(delta.kind == STEP for delta in found) else None


def from_log(log: str | None) -> list[Delta]:
    """The deltas of an answer from what `as_log` returned."""
    return [Delta(kind, content) for kind, content in json.loads(log)] if log else []


def clean_log(encoded: str) -> str | None:
    """A log from a file, without images, whose files are others there; None if it is none, or too long."""
    try:
        deltas = [_clean_delta(*entry) for entry in json.loads(encoded)] if len(encoded) <= MAX_LOG_CHARS else []
    except (ValueError, TypeError, RecursionError):
        return None
    return as_log(delta for delta in deltas if delta.kind != IMAGE)


def _clean_delta(kind: str, content: str) -> Delta:
    """Raises ValueError or TypeError for what this site has not written."""
    if kind not in (TEXT, REASONING, IMAGE, STEP, ROUND) or not isinstance(content, str):
        raise ValueError(kind)
    if kind == STEP:
        return Delta(kind, Step.clean(content).as_json())
    if kind == ROUND:
        details = Round.from_json(content).reasoning_details
        return Delta(kind, Round(reasoning_details=details if details and are_details(details) else "").as_json())
    return Delta(kind, storable(content))


def without_costs(deltas: Iterable[Delta]) -> list[Delta]:
    """The deltas for an answer that goes on from them: what their rounds used is counted where they were made."""
    return [_without_costs(delta) if delta.kind == ROUND else delta for delta in deltas]


def _without_costs(delta: Delta) -> Delta:
    details = Round.from_json(delta.content).reasoning_details
    return Delta(ROUND, Round(cost="0", reasoning_details=details).as_json())


def messages_of(
    deltas: Iterable[Delta],
    *,
    with_details: bool,
    image_part: ImagePart,
    most: int | None = None,
    annotations: str | None = None,
) -> list[dict[str, Any]]:
    """The finished rounds as messages: what the model said and called, and the results; the first `most` of them.

    What came after the last round is not in it: `text_after_rounds`. `annotations` are what OpenRouter has read in
    files for the first one, as JSON.
    """
    messages: list[dict[str, Any]] = []
    for text, ended, steps in _parts(deltas)[:most]:
        details = json.loads(ended.reasoning_details) if ended.reasoning_details and with_details else None
        messages.append(
            {
                "role": "assistant",
                "content": text or None,
                "tool_calls": [_call(step) for step in steps],
                **({"reasoning_details": details} if details else {}),
            }
        )
        messages += [_result(step, image_part) for step in steps]
    if messages and annotations:
        messages[0]["annotations"] = json.loads(annotations)
    return messages


def text_after_rounds(deltas: Iterable[Delta]) -> str:
    """What the model has written since the last round."""
    text = ""
    for delta in deltas:
        if delta.kind == TEXT:
            text += delta.content
        elif delta.kind == ROUND:
            text = ""
    return text


def count_of_rounds(deltas: Iterable[Delta]) -> int:
    """How many rounds `messages_of` makes messages of."""
    return len(_parts(deltas))


def cost_of(rounds: Iterable[Round]) -> Decimal | None:
    """What all rounds cost, in US dollars; None if one cost is unknown."""
    costs = [Decimal(each.cost) if each.cost is not None else None for each in rounds]
    return None if None in costs else sum((cost for cost in costs if cost is not None), start=Decimal(0))


def generations_of(rounds: Iterable[Round]) -> list[list[str | None]] | None:
    """Pairs of generation id and cost, as `Charge.earlier` has them; None if there was one request only."""
    return [[each.generation_id, each.cost] for each in rounds if each.generation_id or each.cost is None] or None


def add_rounds(fields: dict[str, Any], rounds: list[Round]) -> dict[str, Any]:
    """Return `fields` of Reply for all requests together, given those of the last one."""
    if not rounds:
        return fields
    added = {**fields, "last_prompt_tokens": fields.get("prompt_tokens") or rounds[-1].prompt_tokens}
    for name in SUMMED:
        values = [fields.get(name), *(getattr(each, name) for each in rounds)]
        if any(value is not None for value in values):
            added[name] = sum(value or 0 for value in values)
    earlier, last = cost_of(rounds), fields.get("cost")
    added["cost"] = None if earlier is None or last is None else earlier + last
    added["cost_details"] = _sum_of_details([fields.get("cost_details"), *(each.cost_details for each in rounds)])
    return added


def _sum_of_details(parts: list[dict[str, Any] | None]) -> dict[str, Any] | None:
    found = [CostDetails.read(part) for part in parts if part]
    return sum(found[1:], start=found[0]).as_json() if found else None


def _parts(deltas: Iterable[Delta]) -> list[tuple[str, Round, list[Step]]]:
    """Of each round: the text before it, the round, and the tool calls in it."""
    text, found = "", list[tuple[str, Round, list[Step]]]()
    for delta in latest_steps(deltas):
        if delta.kind == TEXT:
            text += delta.content
        elif delta.kind == ROUND:
            found.append((text, Round.from_json(delta.content), []))
            text = ""
        elif delta.kind == STEP and not (step := Step.from_json(delta.content)).is_server_side and found:
            found[-1][2].append(step)
    return [part for part in found if part[2]]


def _call(step: Step) -> dict[str, Any]:
    return {"id": step.call_id, "type": "function", "function": {"name": step.tool, "arguments": step.arguments}}


def _result(step: Step, image_part: ImagePart) -> dict[str, Any]:
    text = step.result or "(nothing)"
    if not step.images:
        return {"role": "tool", "tool_call_id": step.call_id, "content": text}
    parts = [{"type": "text", "text": text}, *map(image_part, step.images)]
    return {"role": "tool", "tool_call_id": step.call_id, "content": parts}
