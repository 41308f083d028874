"""MCP servers for tests: real ones, each with a fault of its own."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

from mcp import types
from mcp.server.mcpserver import MCPServer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.mcp_server import coloured_image

Json = dict[str, Any]


class Kitchen:
    """A server whose tools do what a test needs. Tools can be added, changed and removed while it runs."""

    def __init__(self) -> None:
        self.server: MCPServer[Any] = MCPServer("Kitchen", log_level="CRITICAL")
        self.calls: list[str] = []
        self.has_hung = threading.Event()  # a call that never returns has arrived
        self.requests: list[dict[str, str]] = []  # their headers, and the path
        self._add_tools()

    @property
    def app(self) -> ASGIApp:
        return Recorder(self.server.streamable_http_app(), self.requests)

    def describe(self, name: str, description: str) -> None:
        """Change what the server says of a tool."""
        self.server._tool_manager._tools[name].description = description

    def remove(self, name: str) -> None:
        self.server.remove_tool(name)

    def _add_tools(self) -> None:
        tool = self.server.tool

        @tool(title="Say it again")
        def echo(text: str) -> str:
            """Return the text."""
            self.calls.append(text)
            return text

        @tool()
        def fail() -> str:
            """Fail."""
            raise ValueError("a secret of the server")

        @tool(structured_output=False)
        def refuse() -> types.CallToolResult:
            """Report an error."""
            return types.CallToolResult(content=[types.TextContent(text="The oven is cold.")], is_error=True)

        @tool()
        async def hang() -> str:
            """Never return."""
            self.calls.append("hang")
            self.has_hung.set()
            await asyncio.sleep(600)
            return "never"

        @tool(structured_output=False)
        def flood(characters: int) -> str:
            """Return that many characters."""
            return "x" * characters

        @tool(structured_output=False)
        def images(count: int = 1) -> list[types.ImageContent]:
            """Return images."""
            return [types.ImageContent(data=coloured_image("teal"), mime_type="image/png") for _ in range(count)]

        @tool(structured_output=False)
        def mixture() -> types.CallToolResult:
            """Return one of each."""
            resource = types.TextResourceContents(uri="notes://1", text="Salt.")
            blob = types.BlobResourceContents(uri="notes://2", blob="AAAA", mime_type="application/pdf")
            content: list[types.ContentBlock] = [
                types.TextContent(text="Text\u202e reversed."),
                types.ImageContent(data="AAAA", mime_type="image/svg+xml"),
                types.ImageContent(data="not base64!", mime_type="image/png"),
                types.AudioContent(data="AAAA", mime_type="audio/wav"),
                types.ResourceLink(uri="https://example.org/", name="A link"),
                types.EmbeddedResource(resource=resource),
                types.EmbeddedResource(resource=blob),
            ]
            return types.CallToolResult(content=content)


class Recorder:
    """Remembers the headers of all requests that pass, and refuses those that a test wants refused."""

    def __init__(self, app: ASGIApp, requests: list[dict[str, str]]) -> None:
        self.app, self.requests = app, requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
            self.requests.append(headers | {":path": scope["path"], ":method": scope["method"]})
        await self.app(scope, receive, send)


class WantsHeader:
    """Refuses requests without a header."""

    def __init__(self, app: ASGIApp, name: str, value: str) -> None:
        self.app, self.name, self.value = app, name.lower().encode(), value.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (self.name, self.value) not in scope["headers"]:
            await Response(status_code=401)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def by_hand(answer: Callable[[Json], Any]) -> Starlette:
    """A server without the package. `answer` gets a request, and returns its result or a whole response."""

    async def endpoint(request: Request) -> Response:
        if request.method != "POST":
            return Response(status_code=405)
        sent = json.loads(await request.body())
        if "id" not in sent:
            return Response(status_code=202)
        answered = answer(sent)
        if isinstance(answered, Response):
            return answered
        return JSONResponse({"jsonrpc": "2.0", "id": sent["id"], "result": answered})

    return Starlette(routes=[Route("/mcp", endpoint, methods=["GET", "POST", "DELETE"])])


def shakes_hands(answer: Callable[[Json], Any], *, version: str = "2025-06-18") -> Starlette:
    """A server that initializes properly; `answer` gets all later requests."""

    def all_answers(sent: Json) -> Any:
        if sent["method"] == "server/discover":
            return error(sent, -32601, "Method not found")
        if sent["method"] == "initialize":
            info = {"name": "By hand", "version": "1"}
            return {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": info}
        return answer(sent)

    return by_hand(all_answers)


def lists(*tools: Json, result: Any = None) -> Starlette:
    """A server that lists tools as they are given, and answers each call with `result`."""
    return shakes_hands(lambda sent: {"tools": list(tools)} if sent["method"] == "tools/list" else result)


def tool(name: str, description: str = "", **fields: Any) -> Json:
    return {"name": name, "description": description, "inputSchema": {"type": "object"}, **fields}


def error(sent: Json, code: int, message: str) -> Response:
    return JSONResponse({"jsonrpc": "2.0", "id": sent["id"], "error": {"code": code, "message": message}})


def endless(sent: Json) -> Response:
    """An event stream that goes on and on."""

    async def events() -> AsyncIterator[bytes]:
        notification = {
            "jsonrpc": "2.0",
            "method": "notifications/message",
            "params": {"level": "info", "data": "x" * 60_000},
        }
        while True:
            await asyncio.sleep(0)  # so that the end of the connection is noticed
            yield b"event: message\ndata: " + json.dumps(notification).encode() + b"\n\n"

    return StreamingResponse(events(), media_type="text/event-stream")


def redirects(to: str) -> Starlette:
    async def endpoint(request: Request) -> Response:
        return RedirectResponse(to, status_code=307)

    return Starlette(routes=[Route("/mcp", endpoint, methods=["GET", "POST"])])
