"""The tools in a request: those that this site runs, and those of OpenRouter, as far as the person turned them on."""

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from chat.catalogue import cache
from chat.catalogue.web_search import DATETIME, FETCH_ENGINE, WEB_FETCH, WEB_SEARCH, highest_cost, price_of_engine
from chat.conversations.token_estimate import tokens_of
from chat.mcp.tools import tools_of
from chat.models import Conversation, Reply
from chat.parameters.request import Settings, fallback_models, is_supported
from chat.tools.builtin import BUILTIN
from chat.tools.tool import Permission, Tool

MAX_ROUNDS = 10  # requests for one answer that may call tools; the next one has to do with what there is
MAX_SERVER_STEPS = 10  # calls of OpenRouter's own tools in one request


def offered_tools(conversation: Conversation, model_id: str) -> list[Tool]:
    """The tools that this site runs for the chat: those chosen for it, if the model can call any."""
    settings = conversation.settings
    names = settings.get("tools") or []
    if not names or settings.get("tool_choice") == "none" or not is_supported("tools", names, cache.find(model_id)):
        return []
    known = dict(BUILTIN)
    if not known.keys() >= set(names):
        known |= {tool.name: tool for tool in tools_of(conversation.user)}
    found = [known[name] for name in names if name in known]
    return [tool for tool in found if tool.permission != Permission.NEVER]


def tokens_of_tools(conversation: Conversation, model_id: str) -> int:
    """The estimated tokens of what the model is told of its tools, with every request."""
    return tokens_of(*(json.dumps(tool.as_json()) for tool in offered_tools(conversation, model_id)))


def add_tools(
    body: dict[str, Any], reply: Reply, offered: Iterable[Tool], *, web: bool, rounds: int, is_over: bool
) -> None:
    """Add to `body` the tools and how the model chooses; `rounds` have ended, `is_over` forbids further calls."""
    settings = reply.message.conversation.settings
    own = [tool.as_json() for tool in offered]
    server_side = server_tools(settings, web=web) if _takes_tools(reply.model, settings) else []
    if not own and not server_side:
        return
    body["tools"] = [*server_side, *own]
    if own:
        body |= _choice(settings, [tool.name for tool in offered], rounds=rounds, is_over=is_over)
    if server_side:
        body["stop_server_tools_when"] = _stops(reply)


def may_search(reply: Reply) -> bool:
    """Whether the answer may search the web."""
    question, settings = reply.message.parent, reply.message.conversation.settings
    is_wanted = bool(settings.get("web_search") or (question and question.web))
    return is_wanted and _takes_tools(reply.model, settings)


def _takes_tools(model: str, settings: Settings) -> bool:
    return bool(settings.get("send_unsupported")) or is_supported("web_search", True, cache.find(model))


def highest_tool_cost(model: str, settings: Settings, *, web: bool) -> Decimal:
    """US dollars that OpenRouter's own tools may take in one request, as far as their prices are known."""
    offered = {tool["type"] for tool in server_tools(settings, web=web)} if _takes_tools(model, settings) else set()
    searches = min(settings.get("web_search_max_uses") or MAX_SERVER_STEPS, MAX_SERVER_STEPS)
    models = [cache.find(each) for each in (model, *fallback_models(settings))]
    cost = highest_cost(models, settings, searches=searches) if WEB_SEARCH in offered else Decimal(0)
    fetch = price_of_engine(FETCH_ENGINE, WEB_FETCH) if WEB_FETCH in offered else None
    return cost + MAX_SERVER_STEPS * (fetch or 0)


def server_tools(settings: Settings, *, web: bool) -> list[dict[str, Any]]:
    """OpenRouter's own tools, as a request names them. With `web`, the message asks for a search."""
    found = []
    if web or settings.get("web_search"):
        found.append(_server_tool(WEB_SEARCH, _search_parameters(settings)))
    if settings.get("web_fetch"):
        found.append(_server_tool(WEB_FETCH, {"engine": FETCH_ENGINE}))
    if settings.get("datetime"):
        found.append(_server_tool(DATETIME, {}))
    return found


def _server_tool(type_: str, parameters: dict[str, Any]) -> dict[str, Any]:
    return {"type": type_, **({"parameters": parameters} if parameters else {})}


def _search_parameters(settings: Settings) -> dict[str, Any]:
    names = {
        "web_search_engine": "engine",
        "web_search_max_results": "max_results",
        "web_search_max_uses": "max_uses",
        "web_search_context_size": "search_context_size",
        "web_allowed_domains": "allowed_domains",
        "web_excluded_domains": "excluded_domains",
    }
    return {theirs: settings[ours] for ours, theirs in names.items() if settings.get(ours)}


def _choice(settings: Settings, names: list[str], *, rounds: int, is_over: bool) -> dict[str, Any]:
    if is_over:
        return {"tool_choice": "none"}
    chosen: dict[str, Any] = {}
    wanted = settings.get("tool_choice")
    if wanted and not rounds:  # what has to be called once would otherwise be called for ever
        if wanted in names:
            chosen["tool_choice"] = {"type": "function", "function": {"name": wanted}}
        elif wanted in ("auto", "required"):
            chosen["tool_choice"] = wanted
    if settings.get("parallel_tool_calls") is not None:
        chosen["parallel_tool_calls"] = settings["parallel_tool_calls"]
    return chosen


def _stops(reply: Reply) -> list[dict[str, Any]]:
    """When OpenRouter has to let the model answer: after so many calls, and at what is reserved for the answer."""
    stops: list[dict[str, Any]] = [{"type": "step_count_is", "step_count": MAX_SERVER_STEPS}]
    if reply.reserved and not reply.ignores_limits:
        stops.append({"type": "max_cost", "max_cost_in_dollars": float(reply.reserved)})
    return stops
