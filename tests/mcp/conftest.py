"""MCP servers in threads of this process, and Alice's account on the site."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from chat.mcp import servers
from chat.mcp.tools import tools_of
from chat.models import McpServer
from chat.tools.tool import Cancellation, ToolResult
from chat.views.tools import CONNECTIONS
from tests.django_client import Person
from tests.mcp.servers import Kitchen
from tests.mcp_server import Running

NEVER = Cancellation(is_cancelled=lambda: False, on_cancel=lambda end: None)


@pytest.fixture(autouse=True)
def _often() -> None:
    CONNECTIONS.clear()


@pytest.fixture
def serve(settings) -> Iterator[Callable[..., Running]]:
    """Start an app, and let the site connect to it as an operator does."""
    with ExitStack() as stack:

        def start(app: Any, *, is_allowed: bool = True, **options: Any) -> Running:
            running = stack.enter_context(Running(app, **options))
            if is_allowed:
                settings.MCP_ALLOWED_HOSTS = [*settings.MCP_ALLOWED_HOSTS, running.host]
            return running

        yield start


@pytest.fixture
def kitchen() -> Kitchen:
    return Kitchen()


@pytest.fixture
def owner(alice: Person) -> Person:
    alice.signs_in()
    return alice


def added(person: Person, url: str, **fields: Any) -> McpServer:
    """A server, with its tools listed."""
    secrets = fields.pop("secrets", None)
    server = McpServer(user=person.user, name=fields.pop("name", "Kitchen"), url=url, **fields)
    if secrets:
        server.secrets = secrets
    servers.add_server(server)
    return server


def called(person: Person, name: str, cancellation: Cancellation = NEVER, **arguments: Any) -> ToolResult:
    """Run a tool by its name on the server."""
    tool = next(tool for tool in tools_of(person.user) if tool.name.endswith(f"_{name}"))
    return tool.run(arguments, cancellation)
