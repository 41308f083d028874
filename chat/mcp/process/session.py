"""Lists the tools of an MCP server, and calls one."""

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from mcp import Client, MCPError, types
from mcp.client.auth import OAuthFlowError
from mcp.client.streamable_http import streamable_http_client
from mcp_types import UNSUPPORTED_PROTOCOL_VERSION

from chat.mcp.process import content
from chat.mcp.process.guarded_client import Guard, guarded_client
from chat.mcp.process.oauth import EXPIRED, NeedsApproval, SignIn, Storage
from chat.mcp.process.problems import Kind, Problem, find_in
from chat.mcp.process.tool_list import fingerprint, listed, one_line

MAX_PAGES = 20  # of a list of tools
MAX_WORDS_CHARS = 2000  # of an error that a server or a tool reports

Job = dict[str, Any]  # chat/mcp/run_process.py makes it
Emit = Callable[[dict[str, Any]], None]


async def work(job: Job, emit: Emit, guard: Guard | None = None) -> None:
    """Do the job, and emit what comes of it: {"oauth": …} as often as it changes, and in the end one of
    {"tools": …, "left_out": …}, {"text": …, "images": …}, {"approve": …} and {"problem": …, "detail": …}.
    """
    guard = guard or Guard(allowed_hosts=job["allowed_hosts"])
    try:
        emit(await _with_renewed_tokens(job, emit, guard))
    except NeedsApproval as needed:
        emit(_approval(needed, guard))
    except Problem as problem:
        emit({"problem": problem.kind, "detail": one_line(problem.detail, MAX_WORDS_CHARS)})


def _approval(needed: NeedsApproval, guard: Guard) -> dict[str, Any]:
    try:
        guard.check_url(httpx2.URL(needed.url))
    except Problem as problem:
        return {"problem": Kind.NO_SIGN_IN, "detail": problem.detail}
    return {"approve": {"url": needed.url, "state": needed.state, "verifier": needed.verifier}}


async def _with_renewed_tokens(job: Job, emit: Emit, guard: Guard) -> dict[str, Any]:
    """Servers may refuse tokens before their time. Then they are renewed once, before the person is asked."""
    try:
        return await _outcome(job, emit, guard)
    except NeedsApproval:
        stored = job["oauth"]["stored"]
        if job["oauth"].get("approval") or "refresh_token" not in stored.get("tokens", {}):
            raise
        stored["expires_at"] = EXPIRED
        return await _outcome(job, emit, guard)


async def _outcome(job: Job, emit: Emit, guard: Guard) -> dict[str, Any]:
    """The result of the job. Raises Problem and NeedsApproval, whatever the packages below made of it."""
    try:
        async with _connected(job, emit, guard) as client:
            tools = await _tools(client)
            return listed(tools) if job["tool"] is None else await _call(client, tools, job)
    except Exception as error:
        raise _explained(error, job, guard) from error


@asynccontextmanager
async def _connected(job: Job, emit: Emit, guard: Guard) -> AsyncIterator[Client]:
    auth = _sign_in(job, emit) if job["oauth"] else None
    async with guarded_client(guard, headers=job["headers"], auth=auth) as http:
        transport = streamable_http_client(job["url"], http_client=http, max_sse_event_size=guard.max_bytes)
        info = types.Implementation(name="Potluck", version=job["version"])
        async with Client(transport, client_info=info, cache=None) as client:
            yield client


def _sign_in(job: Job, emit: Emit) -> SignIn:
    oauth = job["oauth"]
    storage = Storage(oauth["stored"], lambda stored: emit({"oauth": stored}))
    names = {"redirect_uri": oauth["redirect_uri"], "client_name": oauth["client_name"]}
    return SignIn(job["url"], storage=storage, approval=oauth.get("approval"), **names)


async def _tools(client: Client) -> list[types.Tool]:
    tools: list[types.Tool] = []
    cursor = None
    for _ in range(MAX_PAGES):
        page = await client.list_tools(cursor=cursor)
        tools += page.tools
        cursor = page.next_cursor
        if not cursor:
            break
    return tools


async def _call(client: Client, tools: list[types.Tool], job: Job) -> dict[str, Any]:
    """Call the tool, if it is still the one that the person knows. The package lists tools for a call anyway."""
    tool = next((tool for tool in tools if tool.name == job["tool"]), None)
    if tool is None:
        raise Problem(Kind.NO_TOOL)
    if fingerprint(tool) != job["fingerprint"]:
        raise Problem(Kind.CHANGED)
    result = await client.call_tool(tool.name, job["arguments"])
    found = content.read(result)
    if result.is_error:
        raise Problem(Kind.TOOL_ERROR, str(found["text"]))
    return found


def _explained(error: Exception, job: Job, guard: Guard) -> Exception:
    """The problem behind an error. What the guard saw comes first: the package makes less precise errors of that."""
    if guard.refusal:
        return guard.refusal
    for wanted in (NeedsApproval, Problem):
        if found := find_in(error, wanted):
            assert isinstance(found, Exception)
            return found
    if oauth_error := find_in(error, OAuthFlowError):
        return Problem(Kind.NO_SIGN_IN, str(oauth_error))
    if guard.last_status in (401, 403):
        return Problem(Kind.UNAUTHORIZED)
    if guard.redirected_to:
        return Problem(Kind.REDIRECT, guard.redirected_to)
    return _problem_of(error, guard)


def _problem_of(error: Exception, guard: Guard) -> Problem:
    if find_in(error, ssl.SSLError):
        return Problem(Kind.CERTIFICATE)
    if find_in(error, httpx2.TimeoutException):
        return Problem(Kind.TIMEOUT)
    if find_in(error, httpx2.TransportError):
        return Problem(Kind.UNREACHABLE)
    if isinstance(found := find_in(error, MCPError), MCPError):
        return _problem_of_server(found, guard)
    if "protocol version" in str(find_in(error, RuntimeError) or ""):
        return Problem(Kind.VERSION)
    return Problem(Kind.NOT_MCP)


def _problem_of_server(error: MCPError, guard: Guard) -> Problem:
    """The problem of an error that the server sent, or that the package made up for an answer it could not use."""
    if error.code == UNSUPPORTED_PROTOCOL_VERSION:
        return Problem(Kind.VERSION)
    if guard.last_status >= 400 and error.message in MADE_UP:
        return Problem(Kind.HTTP_STATUS, str(guard.last_status))
    if error.message.startswith(UNREADABLE):
        return Problem(Kind.NOT_MCP)
    return Problem(Kind.SERVER_ERROR, error.message)


MADE_UP = ("Server returned an error response", "Not Found", "Session terminated")  # mcp/client/streamable_http.py
UNREADABLE = ("Failed to parse", "Unexpected content type", "SSE stream", "server answered a request with 202")
