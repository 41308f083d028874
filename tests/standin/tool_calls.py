"""Tools: the calls that an answer makes, OpenRouter's own ones that run in between, and the rules for both."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.standin.refusal import Refused
from tests.standin.wire import Json, citation

SUM = re.compile(r"[(\d][\d\s.()]*(?:[-+*/×÷^][\s(]*\d[\d\s.()]*)+")
SHAPES = ("fragments", "whole", "no-index", "same-index", "object", "no-id", "stop")
RESULTS = [
    ("https://en.wikipedia.org/wiki/Potluck", "Potluck - Wikipedia"),
    ("https://example.org/customs?a=1&b=<2>", 'Old "customs" & <new> ones'),
]


@dataclass
class Calls:
    """What a mark asks for: these calls, in each of so many rounds."""

    names: list[str]
    arguments: list[str]
    rounds: int = 1
    shape: str = "fragments"


@dataclass
class Search:
    """What OpenRouter's search did: told in details, as calls, or only counted in the usage."""

    shape: str = "details"
    count: int = 1
    query: str = "potluck"

    def deltas(self) -> Iterable[Json]:
        arguments = json.dumps({"query": self.query})
        for number in range(1, self.count + 1):
            id_ = f"call_search_{number}"
            if self.shape == "calls":
                function = {"name": "openrouter:web_search", "arguments": arguments}
                yield {"tool_calls": [{"index": number - 1, "id": id_, "type": "function", "function": function}]}
            if self.shape in ("details", "calls"):
                result = json.dumps({"results": [{"url": url, "title": title} for url, title in RESULTS]})
                record: Json = {"type": "reasoning.server_tool_call", "tool_name": "openrouter:web_search"}
                record |= {"tool_call_id": id_, "arguments": arguments, "result": result, "index": number - 1}
                yield {"reasoning_details": [record]}


@dataclass
class ToolUse:
    """The tools in a request, and what came of them so far."""

    offered: list[str]
    server_side: list[str]
    is_forbidden: bool
    results: list[str] = field(default_factory=list)  # since the last question
    rounds: int = 0

    @classmethod
    def of(cls, body: Json) -> "ToolUse":
        """Checks the rules of providers. Refuses a call without its result, and a result without its call."""
        tools = [tool for tool in body.get("tools") or [] if isinstance(tool, dict)]
        use = cls(
            offered=[_function_name(tool) for tool in tools if tool.get("type") == "function"],
            server_side=[str(tool.get("type")) for tool in tools if tool.get("type") != "function"],
            is_forbidden=body.get("tool_choice") == "none",
        )
        awaited: dict[str, bool] = {}
        for message in body["messages"]:
            if message["role"] == "tool":
                if message.get("tool_call_id") not in awaited:
                    raise Refused(400, "bad-request")
                awaited[message["tool_call_id"]] = True
                use.results.append(_text(message["content"]))
                continue
            if not all(awaited.values()):
                raise Refused(400, "bad-request")
            awaited = {call["id"]: False for call in message.get("tool_calls") or ()}
            if awaited and not use.offered:
                raise Refused(400, "bad-request")
            use.rounds += bool(awaited)
            if message["role"] == "user":
                use.results, use.rounds = [], 0
        if not all(awaited.values()):
            raise Refused(400, "bad-request")
        return use

    def wanted(self, question: str) -> Calls | None:
        """The calls that a clever model would make by itself."""
        if "calculator" in self.offered and (found := SUM.search(question)):
            return Calls(["calculator"], [json.dumps({"expression": found[0].strip()})])
        if "current_time" in self.offered and re.search(r"\btime\b", question.lower()):
            return Calls(["current_time"], ["{}"])
        return None

    def chunks(self, calls: Calls) -> list[Json]:
        """The deltas of the calls of this round, in one of the shapes that were seen."""
        pairs = list(zip(calls.names, calls.arguments, strict=True))
        ids = [f"call_{self.rounds + 1}_{number}" for number in range(1, len(pairs) + 1)]
        return [
            delta for number, pair in enumerate(pairs) for delta in _fragments(number, ids[number], *pair, calls.shape)
        ]


def whole(deltas: Iterable[Json]) -> list[Json]:
    """The tool calls as an answer that is not streamed has them."""
    calls: dict[int, Json] = {}
    for number, delta in enumerate(deltas):
        for fragment in delta.get("tool_calls") or ():
            key = fragment.get("index", number)
            call = calls.setdefault(key, {"id": fragment.get("id"), "type": "function", "index": key})
            function = call.setdefault("function", {"name": "", "arguments": ""})
            given = fragment["function"]
            function["name"] = function["name"] or given.get("name", "")
            more = given.get("arguments", "")
            function["arguments"] += more if isinstance(more, str) else json.dumps(more)
    return list(calls.values())


def search_citations() -> list[Json]:
    return [citation(url, title, 0, 46) for url, title in RESULTS]


def _function_name(tool: Json) -> str:
    function = tool.get("function")
    if not isinstance(function, dict) or not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", str(function.get("name"))):
        raise Refused(400, "bad-request")
    return str(function["name"])


def _fragments(number: int, id_: str, name: str, arguments: str, shape: str) -> list[Json]:
    head: Json = {"index": number, "id": id_, "type": "function"}
    if shape == "object":
        return [_delta(head | {"function": {"name": name, "arguments": json.loads(arguments)}})]
    if shape == "no-index":
        return [_delta({"id": id_, "function": {"name": name, "arguments": arguments}})]
    if shape == "same-index":
        return [_delta(head | {"index": 0, "function": {"name": name, "arguments": arguments}})]
    if shape == "no-id":
        return [_delta({"index": number, "function": {"name": name, "arguments": arguments}})]
    if shape == "whole":
        return [_delta(head | {"function": {"name": name, "arguments": arguments}})]
    pieces = [arguments[start : start + 7] for start in range(0, len(arguments), 7)]
    begin = _delta(head | {"function": {"name": name, "arguments": ""}})
    return [begin, *(_delta({"index": number, "function": {"arguments": piece}}) for piece in pieces)]


def _delta(call: Json) -> Json:
    return {"content": None, "tool_calls": [call]}


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return " ".join(str(part.get("text", part.get("type"))) for part in content or () if isinstance(part, dict))
