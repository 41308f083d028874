"""The tools of a person's MCP servers, as a reply can offer them to a model."""

import hashlib
import re
from contextlib import suppress
from functools import partial
from typing import Any

from chat.mcp import ask, servers
from chat.mcp.problem_sentences import english
from chat.mcp.process.problems import Kind, Problem
from chat.models import McpServer, McpTool, User
from chat.tools.tool import MAX_NAME_CHARS, Cancellation, Permission, Tool, ToolFailed, ToolResult

NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")
HASH_CHARS = 6


def tools_of(user: User) -> list[Tool]:
    """The tools of servers that are ready, in the order of the page, without those that are never to be used.

    They come from the database alone. To run one, `run` connects to its server.
    """
    usable = McpTool.objects.filter(server__user=user, server__status=McpServer.Status.READY)
    usable = usable.exclude(permission=McpTool.Permission.NEVER).select_related("server")
    ordered = usable.order_by("server__created_at", "server__pk", "position", "pk")
    tools: dict[str, Tool] = {}
    for tool in ordered:
        tools.setdefault(model_name(tool.server.slug, tool.name), _tool(tool))
    return list(tools.values())


def model_name(slug: str, name: str) -> str:
    """The name by which models call a tool: `mcp_<slug>_<name>`, with a hash where the name does not fit as it is."""
    wanted = f"mcp_{slug}_{name}"
    cleaned = NOT_IN_NAMES.sub("_", wanted)
    if cleaned == wanted and len(wanted) <= MAX_NAME_CHARS:
        return wanted
    suffix = hashlib.sha256(name.encode()).hexdigest()[:HASH_CHARS]
    return f"{cleaned[: MAX_NAME_CHARS - HASH_CHARS - 1]}_{suffix}"


def _tool(tool: McpTool) -> Tool:
    return Tool(
        name=model_name(tool.server.slug, tool.name),
        title=tool.title,
        description=tool.description,
        parameters=tool.parameters,
        permission=Permission(tool.permission),
        source=tool.server.name,
        version=tool.fingerprint,
        run=partial(_run, tool.pk, tool.fingerprint),
    )


def _run(pk: int, fingerprint: str, arguments: dict[str, Any], cancellation: Cancellation) -> ToolResult:
    """Call it, if it is still there and the same: minutes may have passed since it was offered."""
    tool = McpTool.objects.select_related("server").filter(pk=pk, fingerprint=fingerprint).first()
    if tool is None or tool.permission == McpTool.Permission.NEVER:
        raise ToolFailed(english(Problem(Kind.NO_TOOL)))
    try:
        result = ask.call(tool, arguments, cancellation)
    except McpServer.DoesNotExist:  # deleted meanwhile
        raise ToolFailed(english(Problem(Kind.NO_TOOL))) from None
    except Problem as problem:
        _note(tool.server, problem)
        raise ToolFailed(english(problem)) from None
    return ToolResult(result["text"], tuple(result["images"]))


def _note(server: McpServer, problem: Problem) -> None:
    """Remember what the person has to know: that they must sign in again, or look at tools that have changed."""
    with suppress(McpServer.DoesNotExist):  # deleted meanwhile
        if problem.kind in (Kind.CHANGED, Kind.NO_TOOL):
            servers.refresh(server)
        elif problem.kind == Kind.UNAUTHORIZED:
            servers.store_problem(server, problem)
