"""Asks an MCP server to list its tools, or to run one."""

import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import close_old_connections
from django.db.models import Q
from django.utils import timezone

from chat.mcp.process.problems import Kind, Problem
from chat.mcp.run_process import NEVER_CANCELLED, START_SECONDS, raise_problem, run
from chat.models import McpServer, McpTool
from chat.tools.tool import Cancellation

LISTING_SECONDS = 20
CALL_SECONDS = 60
CALLBACK_PATH = "/account/tools/callback/"
LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")
RENEWAL_PAUSE_SECONDS = 0.1

Result = dict[str, Any]


def allowed_hosts() -> list[str]:
    """Hosts that may be private and speak plain http: those the operator allows, and this machine for developers."""
    return [*settings.MCP_ALLOWED_HOSTS, *(LOCAL_HOSTS if settings.DEBUG else ())]


def list_tools(server: McpServer, *, secrets: Result | None = None, approval: dict[str, str] | None = None) -> Result:
    """`{"tools": […], "left_out": …}`, or `{"approve": …}` when `secrets` are those of a sign-in without tokens.

    Raises Problem. `server` need not be stored yet.
    """
    job = _job(server, server.secrets if secrets is None else secrets, LISTING_SECONDS)
    if approval:
        job["oauth"]["approval"] = approval
    result = _run(server, job)
    if "approve" in result and secrets is None:
        raise Problem(Kind.UNAUTHORIZED)
    return result


def call(tool: McpTool, arguments: dict[str, Any], cancellation: Cancellation) -> Result:
    """`{"text": …, "images": […]}`. Raises Problem; UNAUTHORIZED when the person has to sign in with the server."""
    _renew_tokens(tool.server, cancellation)
    job = _job(tool.server, tool.server.secrets, CALL_SECONDS)
    job |= {"tool": tool.name, "fingerprint": tool.fingerprint, "arguments": arguments}
    result = _run(tool.server, job, cancellation)
    if "approve" in result:
        raise Problem(Kind.UNAUTHORIZED)
    return result


def _job(server: McpServer, secrets: Result, seconds: int) -> dict[str, Any]:
    is_header = server.auth == McpServer.Auth.HEADER
    oauth = {
        "redirect_uri": f"{settings.PUBLIC_URL}{CALLBACK_PATH}",
        "client_name": settings.SITE_NAME,
        "stored": secrets,
    }
    return {
        "url": server.url,
        "allowed_hosts": allowed_hosts(),
        "headers": {server.header_name: secrets.get("header", "")} if is_header else {},
        "oauth": oauth if server.auth == McpServer.Auth.OAUTH else None,
        "version": settings.VERSION,
        "seconds": seconds,
        "tool": None,
    }


def _run(server: McpServer, job: dict[str, Any], cancellation: Cancellation = NEVER_CANCELLED) -> Result:
    close_old_connections()  # do not hold a database connection while waiting for a turn, and for the server
    result, oauth = run(job, person=server.user_id, cancellation=cancellation)
    if oauth is not None:
        server.secrets = oauth
        McpServer.objects.filter(pk=server.pk).update(ciphertext=server.ciphertext)
    raise_problem(result)
    return result


def _renew_tokens(server: McpServer, cancellation: Cancellation) -> None:
    """Renew tokens that have expired, once for all calls that need them: a server may accept each renewal only once."""
    while _is_expired(server) and not cancellation.is_cancelled():
        now = timezone.now()
        free = McpServer.objects.filter(Q(renewed_until=None) | Q(renewed_until__lt=now), pk=server.pk)
        if free.update(renewed_until=now + timedelta(seconds=2 * LISTING_SECONDS + START_SECONDS)):
            try:
                server.refresh_from_db()
                if _is_expired(server):
                    _run(server, _job(server, server.secrets, LISTING_SECONDS), cancellation)
            finally:
                McpServer.objects.filter(pk=server.pk).update(renewed_until=None)
            return
        close_old_connections()
        time.sleep(RENEWAL_PAUSE_SECONDS)
        server.refresh_from_db()


def _is_expired(server: McpServer) -> bool:
    expires_at = server.secrets.get("expires_at") if server.auth == McpServer.Auth.OAUTH else None
    return expires_at is not None and expires_at < time.time()
