"""Reasoning in the two forms that OpenRouter has for it: items of the Responses API, and `reasoning_details`.

Answers are stored with `reasoning_details`, so that a chat can change its API and the model still gets its reasoning
back. An item is one detail for each summary, each text and what is encrypted, all with the id of the item. Only its
`status` is lost, which says nothing of a complete item. Tools that OpenRouter ran are kept whole, in `item`.
Source: OpenRouter's OpenAPI, `OutputReasoningItem` and `ReasoningDetailUnion`.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from chat.openrouter.json_fields import as_list, as_object, as_text

Item = dict[str, Any]
SERVER_PREFIX, SERVER_RECORD = "openrouter:", "reasoning.server_tool_call"
WEB_SEARCH = "openrouter:web_search"
SUBSTANCE = ("text", "signature", "data")  # what a model can go on with
# What an item says of itself; the rest of it is what its tool returned.
FRAME = ("action", "id", "output_index", "status", "type")


def details_of(item: Item) -> list[dict[str, Any]]:
    """The details of a reasoning item. They need an `index` each before they are stored."""
    common = {name: item[name] for name in ("id", "format") if item.get(name)}
    found = [{"type": "reasoning.summary", "summary": text, **common} for text in texts_in(item.get("summary"))]
    texts = [{"type": "reasoning.text", "text": text, **common} for text in texts_in(item.get("content"))]
    if signature := as_text(item.get("signature")):
        texts = texts or [{"type": "reasoning.text", "text": "", **common}]
        texts[-1]["signature"] = signature
    encrypted = as_text(item.get("encrypted_content"))
    data = [{"type": "reasoning.encrypted", "data": encrypted, **common}] if encrypted else []
    return [*found, *texts, *data]


def texts_in(parts: object) -> list[str]:
    """The texts of a summary or of a content; parts may be plain strings, as in an example of the docs."""
    found = (as_text(part) or as_text(as_object(part).get("text")) for part in as_list(parts))
    return [text for text in found if text]


def items_of(details: Iterable[dict[str, Any]], *, prefix: str) -> Iterator[Item]:
    """The items to send back for the details of one answer; `prefix` begins the ids of those that have none.

    Without those that have only a summary: OpenAI would look for the rest of them by their id, and keeps none.
    """
    for number, (_key, group) in enumerate(groupby(details, _key_of)):
        first, *more = group
        if first.get("type") == SERVER_RECORD:
            yield from (each["item"] for each in (first, *more) if as_object(each.get("item")))
        elif any(detail.get(name) for detail in (first, *more) for name in SUBSTANCE):
            yield _reasoning_item([first, *more], f"{prefix}_{number}")


def server_record(item: Item) -> dict[str, Any]:
    """What `reasoning_details` say of a tool that OpenRouter ran, with the item to send back."""
    return {
        "type": SERVER_RECORD,
        "tool_name": server_tool_name(item),
        "tool_call_id": as_text(item.get("id")),
        "arguments": server_arguments(item),
        "result": json.dumps(_result_of(item), ensure_ascii=False),
        "item": item,
    }


def server_tool_name(item: Item) -> str:
    """Which of OpenRouter's tools an item is of; "" for any other item. Providers' own searches count as one."""
    type_ = as_text(item.get("type"))
    return WEB_SEARCH if type_ == "web_search_call" else type_ if type_.startswith(SERVER_PREFIX) else ""


def server_arguments(item: Item) -> str:
    """What the tool was asked, as JSON: `{"query"}` of a search, `{"url"}` of a page; `{}` if that is not said."""
    action = as_object(item.get("action")) or item
    return json.dumps({name: action[name] for name in ("query", "url") if action.get(name)}, ensure_ascii=False)


def _result_of(item: Item) -> dict[str, Any]:
    sources = as_list(as_object(item.get("action")).get("sources"))
    rest = {name: value for name, value in item.items() if name not in FRAME}
    return {**rest, **({"results": sources} if sources else {})}


def _key_of(detail: dict[str, Any]) -> tuple[bool, object]:
    return detail.get("type") == SERVER_RECORD, detail.get("id") or detail.get("index")


def _reasoning_item(details: list[dict[str, Any]], id_: str) -> Item:
    summary = [as_text(detail.get("summary")) for detail in details if detail.get("summary")]
    texts = [as_text(detail.get("text")) for detail in details if detail.get("text")]
    first = {name: next(filter(None, (each.get(name) for each in details)), None) for name in ("id", "format")}
    item: Item = {
        "type": "reasoning",
        "id": first["id"] or id_,
        "summary": [{"type": "summary_text", "text": text} for text in summary],
        "content": [{"type": "reasoning_text", "text": text} for text in texts],
        "encrypted_content": next(filter(None, (detail.get("data") for detail in details)), None),
        "signature": next(filter(None, (detail.get("signature") for detail in details)), None),
        "format": first["format"],
    }
    return {name: value for name, value in item.items() if value or name == "summary"}
