"""The only way out to MCP servers and their sign-in: an HTTP client that reaches nothing private.

A name is resolved once for each connection; the addresses that come back are checked, and the connection goes to one
of these, while TLS verifies the name. So a name that leads elsewhere a moment later, or a redirect, changes nothing.
There are no cookies and no proxies, and answers are not compressed, so that what arrives is what was counted.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from dataclasses import dataclass, field
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpcore2
import httpx2

from chat.mcp.process.addresses import is_allowed, is_public
from chat.mcp.process.problems import Kind, Problem

MAX_BYTES = 24 * 1024 * 1024  # in all answers of a client together
MAX_REQUESTS = 60  # of a client
# Of a client. The mcp package follows those to the same host only; and a limit of httpx2 would count sign-ins, too.
MAX_REDIRECTS = 3
CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0  # between two pieces of an answer

Resolve = Callable[[str, int], Awaitable[list[str]]]


async def resolve(host: str, port: int) -> list[str]:
    """The IP addresses of a host, as the system's resolver knows them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass
class Guard:
    """Decides which hosts may be asked, and limits what comes from them. After one refusal, it refuses everything."""

    allowed_hosts: Collection[str] = ()  # "host" or "host:port": may be private, and speak plain http
    resolve: Resolve = resolve
    max_bytes: int = MAX_BYTES
    refusal: Problem | None = None
    requests: int = 0
    received_bytes: int = 0
    last_status: int = 0  # of an answer that is an error; 0: there was none
    redirects: int = 0
    redirected_to: str = ""
    ssl_context: ssl.SSLContext | None = None
    network: httpcore2.AsyncNetworkBackend = field(default_factory=httpcore2.AnyIOBackend)

    def check_url(self, url: httpx2.URL) -> None:
        port = url.port or (80 if url.scheme == "http" else 443)
        if url.scheme != "https" and not (url.scheme == "http" and is_allowed(url.host, port, self.allowed_hosts)):
            self.refuse(Kind.NOT_HTTPS, url.host)

    async def addresses_of(self, host: str, port: int) -> list[str]:
        """The addresses that a connection may use. Raises Problem if one of them is not public."""
        try:
            addresses = await self.resolve(host, port)
        except (OSError, UnicodeError):
            addresses = []
        if not addresses:
            self.refuse(Kind.UNKNOWN_HOST, host)
        if not is_allowed(host, port, self.allowed_hosts) and not all(map(is_public, addresses)):
            self.refuse(Kind.NOT_PUBLIC, host)
        return addresses

    def count_request(self) -> None:
        if self.refusal:
            raise self.refusal
        self.requests += 1
        if self.requests > MAX_REQUESTS:
            self.refuse(Kind.TOO_LARGE)

    def count_redirect(self, location: str) -> None:
        self.redirects, self.redirected_to = self.redirects + 1, location
        if self.redirects > MAX_REDIRECTS:
            self.refuse(Kind.REDIRECT, location)

    def count_bytes(self, count: int) -> None:
        self.received_bytes += count
        if self.received_bytes > self.max_bytes:
            self.refuse(Kind.TOO_LARGE)

    def refuse(self, kind: Kind, detail: str = "") -> None:
        self.refusal = Problem(kind, detail)
        raise self.refusal


class CheckedNetwork(httpcore2.AsyncNetworkBackend):
    """Opens connections to addresses that were checked."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first of the checked addresses that accepts."""
        failure: Exception | None = None
        for address in await self._guard.addresses_of(host, port):
            try:
                return await self._guard.network.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore2.ConnectError as error:
                failure = error
        raise failure or httpcore2.ConnectError

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@cache
def default_ssl_context() -> ssl.SSLContext:
    """Trusts whom the system or certifi trusts. To read their certificates takes 35 ms of CPU time."""
    return httpcore2.default_ssl_context()


class GuardedTransport(httpx2.AsyncHTTPTransport):
    """Sends what the guard lets through."""

    def __init__(self, guard: Guard) -> None:
        context = guard.ssl_context or default_ssl_context()
        super().__init__(verify=context, trust_env=False)
        # The constructor takes no backend. Without a proxy in the environment this is all that it makes.
        self._pool = httpcore2.AsyncConnectionPool(ssl_context=context, network_backend=CheckedNetwork(guard))
        self._guard = guard

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self._guard.count_request()
        self._guard.check_url(request.url)
        response = await super().handle_async_request(request)
        if response.status_code >= 400:
            self._guard.last_status = response.status_code
        if response.has_redirect_location:
            self._guard.count_redirect(response.headers["location"])
        if response.headers.get("content-encoding", "identity") != "identity":
            self._guard.refuse(Kind.NOT_MCP)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = CountedStream(response.stream, self._guard)
        return response


class CountedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, guard: Guard) -> None:
        self._stream, self._guard = stream, guard

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            self._guard.count_bytes(len(piece))
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()


def guarded_client(
    guard: Guard, *, headers: dict[str, str] | None = None, auth: httpx2.Auth | None = None
) -> httpx2.AsyncClient:
    """An HTTP client whose requests all pass the guard. `headers` go with each of them."""
    return httpx2.AsyncClient(
        transport=GuardedTransport(guard),
        headers={"User-Agent": "Potluck", "Accept-Encoding": "identity", **(headers or {})},
        auth=auth,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        timeout=httpx2.Timeout(CONNECT_SECONDS, read=READ_SECONDS),
        follow_redirects=False,
        trust_env=False,
    )
