"""Adds MCP servers for people, and stores which tools they list."""

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from chat.mcp.ask import Result, list_tools
from chat.mcp.process.problems import Kind, Problem
from chat.models import McpServer, McpTool, User

Auth, Status, Permission = McpServer.Auth, McpServer.Status, McpTool.Permission


class TooManyServers(Exception):
    """The person has as many as they may. The text says so."""


def add_server(server: McpServer) -> None:
    """List the tools of a new server, and store both. Raises Problem and TooManyServers; then nothing is stored.

    One that wants a sign-in is stored without tools.
    """
    _check_number(server.user)
    try:
        result: Result | None = list_tools(server)
    except Problem as problem:
        if problem.kind != Kind.UNAUTHORIZED or server.auth == Auth.HEADER:
            raise
        server.auth, server.status, result = Auth.OAUTH, Status.SIGN_IN, None
    with transaction.atomic():
        list(User.objects.select_for_update(no_key=True).filter(pk=server.user_id).values_list("pk"))
        _check_number(server.user)
        server.slug = _free_slug(server)
        server.save(force_insert=True)
        if result:
            store_tools(server, result)


def refresh(server: McpServer) -> None:
    """List the tools of a server again. What goes wrong is stored with it. Raises McpServer.DoesNotExist."""
    try:
        store_tools(server, list_tools(server))
    except Problem as problem:
        store_problem(server, problem)


def store_problem(server: McpServer, problem: Problem) -> None:
    needs_sign_in = problem.kind == Kind.UNAUTHORIZED and server.auth == Auth.OAUTH
    server.status = Status.SIGN_IN if needs_sign_in else Status.FAILED
    server.problem = "" if needs_sign_in else problem.kind
    server.problem_detail = problem.detail[: McpServer.LONGEST_DETAIL]
    server.store("status", "problem", "problem_detail")


def store_tools(server: McpServer, result: Result) -> None:
    """Store what a server lists. A tool that is not the same as before is no longer allowed without being asked for.

    Raises McpServer.DoesNotExist.
    """
    with transaction.atomic():
        known = {tool.name: tool for tool in server.tools.select_for_update()}
        server.status, server.problem, server.problem_detail = Status.READY, "", ""
        server.left_out, server.listed_at = result["left_out"], timezone.now()
        server.store("status", "problem", "problem_detail", "left_out", "listed_at")
        for position, listed in enumerate(result["tools"]):
            _store_tool(server, known.pop(listed["name"], None), {**listed, "position": position})
        McpTool.objects.filter(pk__in=[tool.pk for tool in known.values()]).delete()


def _store_tool(server: McpServer, tool: McpTool | None, listed: Result) -> None:
    if tool is None:
        tool = McpTool(server=server)
    elif tool.fingerprint != listed["fingerprint"]:
        tool.is_changed = True
        if tool.permission == Permission.ALLOWED:
            tool.permission = Permission.ASK
    for field, value in listed.items():
        setattr(tool, field, value)
    tool.save()


def _check_number(user: User) -> None:
    if user.mcp_servers.count() >= McpServer.MOST:
        raise TooManyServers(_("You have %(most)s servers. Delete one to add another.") % {"most": McpServer.MOST})


def _free_slug(server: McpServer) -> str:
    """A short name for models that no other server of the person has, without "_", which separates it from a tool."""
    base = slugify(server.name).replace("_", "-").strip("-")[: McpServer.LONGEST_SLUG - 3].strip("-") or "server"
    taken = set(server.user.mcp_servers.values_list("slug", flat=True))
    numbered = (base, *(f"{base}-{number}" for number in range(2, McpServer.MOST + 2)))
    return next(slug for slug in numbered if slug not in taken)
