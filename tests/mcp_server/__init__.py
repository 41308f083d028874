"""A small MCP server on this machine, to try tools with, and what serves any such server in a thread."""

import base64
import io
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import uvicorn
from mcp import types
from mcp.server.mcpserver import MCPServer
from mcp_types import ToolAnnotations
from PIL import Image

App = Callable[..., Any]
SPICES = {"carbonara": "Guanciale, eggs, pecorino, black pepper.", "dal": "Red lentils, turmeric, cumin, ghee."}


def recipes() -> MCPServer[Any]:
    """A server whose tools a newcomer can try: a recipe, a die and a coloured image."""
    server: MCPServer[Any] = MCPServer("Recipes", version="1.0", log_level="ERROR")

    @server.tool(title="Find a recipe", annotations=ToolAnnotations(read_only_hint=True))
    def find_recipe(dish: str) -> str:
        """Return the ingredients of a dish: carbonara or dal."""
        return SPICES.get(dish.lower(), f"There is no recipe for {dish}.")

    @server.tool(title="Roll dice")
    def roll_dice(count: int = 1) -> list[int]:
        """Roll up to a hundred dice."""
        return [random.randint(1, 6) for _ in range(max(0, min(count, 100)))]

    @server.tool(title="Show a colour", structured_output=False)
    def show_colour(colour: str) -> types.ImageContent:
        """Return an image in one colour, such as "teal"."""
        return types.ImageContent(data=coloured_image(colour), mime_type="image/png")

    return server


def coloured_image(colour: str, size: int = 64) -> str:
    """A PNG in Base64."""
    file = io.BytesIO()
    Image.new("RGB", (size, size), colour).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


class Running:
    """Serves an app on 127.0.0.1 in a thread, from `with` on. Port 0 is any that is free."""

    def __init__(self, app: App, *, port: int = 0, **options: Any) -> None:
        config = uvicorn.Config(
            app,
            host="127.0.0.1",
            port=port,
            log_level="critical",
            timeout_graceful_shutdown=0,
            lifespan="on",
            **options,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, name="mcp-server", daemon=True)
        self._scheme = "https" if options.get("ssl_certfile") else "http"

    def __enter__(self) -> "Running":
        self._thread.start()
        give_up_at = time.monotonic() + 60
        while not self._server.started:
            if time.monotonic() > give_up_at or not self._thread.is_alive():
                raise RuntimeError("The MCP server did not start.")
            time.sleep(0.01)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(60)

    @property
    def port(self) -> int:
        port: int = self._server.servers[0].sockets[0].getsockname()[1]
        return port

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self._scheme}://{self.host}/mcp"


@contextmanager
def running(port: int = 0) -> Iterator[Running]:
    with Running(recipes().streamable_http_app(), port=port) as server:
        yield server
