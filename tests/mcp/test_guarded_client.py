"""Connections to MCP servers reach the public internet and allowed hosts only, whatever names and redirects say."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpcore2
import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from chat.mcp.process.addresses import is_allowed, is_public
from chat.mcp.process.guarded_client import MAX_REQUESTS, Guard, guarded_client
from chat.mcp.process.problems import Kind, Problem
from tests.mcp_server import Running
from tests.standin.certificate import make_certificate

PUBLIC = "93.184.216.34"


@pytest.mark.parametrize(
    "address", [PUBLIC, "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::101:101"]
)
def test_addresses_of_the_internet_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.1.2.3", "0.0.0.1", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1"),
        *("169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192", "192.0.2.1", "198.18.0.1", "224.0.0.1"),
        *("240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "fe80::1"),
        *(
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "64:ff9b::a00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "2002:7f00:1::",
        ),
        *("2001:0:7f00:1::", "2001:db8::1", "fe80::1%eth0", "100::1", "", "localhost", "0x7f000001", "127.1"),
    ],
)
def test_all_other_addresses_are_not_public(address):
    assert not is_public(address)


def test_an_operator_allows_a_host_or_one_of_its_ports():
    allowed = ["wiki.lan", "[fd00::1]:8080", "10.0.0.5:80"]

    assert is_allowed("wiki.lan", 1234, allowed)
    assert is_allowed("WIKI.lan.", 80, allowed)
    assert is_allowed("fd00::1", 8080, allowed)
    assert not is_allowed("fd00::1", 80, allowed)
    assert not is_allowed("10.0.0.5", 8080, allowed)
    assert not is_allowed("evil.wiki.lan", 80, allowed)


class Internet(httpcore2.AsyncNetworkBackend):
    """Leads every public address to a server of this machine, and notes where a connection was to go."""

    def __init__(self, to: Running) -> None:
        self.to, self.connected = to, list[str]()

    async def connect_tcp(self, host: str, port: int, *options: Any, **named: Any) -> httpcore2.AsyncNetworkStream:
        self.connected.append(f"{host}:{port}")
        return await httpcore2.AnyIOBackend().connect_tcp("127.0.0.1", self.to.port)


class Names:
    """A resolver that has an answer for each time it is asked; the last stays."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), list[str]()

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Site:
    """Answers each request, and remembers it."""

    def __init__(self, answer: Callable[[Request], Response | Awaitable[Response]] | None = None) -> None:
        self.requests: list[dict[str, str]] = []
        self._answer = answer or (lambda request: Response("Hello"))
        self.app = Starlette(routes=[Route("/{path:path}", self._endpoint, methods=["GET", "POST"])])

    async def _endpoint(self, request: Request) -> Response:
        self.requests.append(dict(request.headers) | {":path": request.url.path})
        answer = self._answer(request)
        return answer if isinstance(answer, Response) else await answer


def fetch(guard: Guard, *urls: str, **options: Any) -> list[httpx2.Response]:
    async def work() -> list[httpx2.Response]:
        async with guarded_client(guard, **options) as client:
            return [await client.get(url, follow_redirects=True) for url in urls]

    with ThreadPoolExecutor(1) as pool:  # browser tests leave a running loop in this thread
        return pool.submit(asyncio.run, work()).result()


def refusal(guard: Guard, *urls: str) -> Kind:
    with pytest.raises(Problem) as refused:
        fetch(guard, *urls)
    return refused.value.kind


@pytest.fixture
def certificate(tmp_path):
    return make_certificate(tmp_path, "mcp.example.org")


@pytest.fixture
def internet(certificate):
    """A site of the internet with TLS, whose certificate is for mcp.example.org, and the network to it."""
    site = Site()
    with Running(site.app, ssl_certfile=certificate[0], ssl_keyfile=certificate[1]) as running:
        yield site, Internet(running), ssl.create_default_context(cafile=certificate[0])


class TestNames:
    def test_the_connection_goes_to_the_address_that_was_checked_and_tls_to_the_name(self, internet):
        site, network, context = internet
        names = Names([PUBLIC], ["127.0.0.1"])
        answers = fetch(Guard(resolve=names, network=network, ssl_context=context), "https://mcp.example.org/mcp")

        assert answers[0].text == "Hello"
        assert (names.asked, network.connected) == (["mcp.example.org"], [f"{PUBLIC}:443"])
        assert site.requests[0]["host"] == "mcp.example.org"

    def test_a_certificate_for_another_name_is_refused(self, internet):
        site, network, context = internet
        with pytest.raises(httpx2.ConnectError, match="certificate"):
            fetch(Guard(resolve=Names([PUBLIC]), network=network, ssl_context=context), "https://other.example.org/mcp")
        assert site.requests == []

    def test_a_name_that_later_resolves_to_a_private_address_is_refused(self, internet):
        site, network, context = internet
        guard = Guard(resolve=Names([PUBLIC], ["10.0.0.1"]), network=network, ssl_context=context)
        site._answer = lambda request: Response("Hello", headers={"Connection": "close"})

        assert refusal(guard, "https://mcp.example.org/mcp", "https://mcp.example.org/mcp") == "not_public"
        assert network.connected == [f"{PUBLIC}:443"]
        assert len(site.requests) == 1

    @pytest.mark.parametrize("addresses", [["127.0.0.1"], [PUBLIC, "10.0.0.1"], ["::ffff:10.0.0.1"]])
    def test_one_private_address_among_others_is_refused(self, internet, addresses):
        _, network, _ = internet

        assert refusal(Guard(resolve=Names(addresses), network=network), "https://mcp.example.org/") == "not_public"
        assert network.connected == []

    @pytest.mark.parametrize(
        "url", ["https://127.0.0.1/", "https://[::1]/", "https://2130706433/", "https://0x7f.1/", "https://localhost/"]
    )
    def test_every_spelling_of_this_machine_is_refused(self, url):
        assert refusal(Guard(), url) in ("not_public", "unknown_host")

    def test_an_unknown_name_is_reported(self, internet):
        assert refusal(Guard(resolve=Names([])), "https://mcp.example.org/") == "unknown_host"


class TestRedirects:
    @pytest.mark.parametrize(
        "to", ["http://169.254.169.254/latest/meta-data", "https://10.0.0.1/", "http://localhost/"]
    )
    def test_to_a_private_address_are_refused(self, internet, to):
        site, network, context = internet
        site._answer = lambda request: RedirectResponse(to, status_code=307)

        async def resolve(host: str, port: int) -> list[str]:
            return [PUBLIC] if len(site.requests) == 0 else [host]

        guard = Guard(resolve=resolve, network=network, ssl_context=context)
        assert refusal(guard, "https://mcp.example.org/mcp") in ("not_public", "not_https")
        assert network.connected == [f"{PUBLIC}:443"]

    def test_have_a_limit(self, internet):
        site, network, context = internet
        site._answer = lambda request: RedirectResponse("/again", status_code=307)
        guard = Guard(resolve=Names([PUBLIC]), network=network, ssl_context=context)

        assert refusal(guard, "https://mcp.example.org/mcp") == "redirect"
        assert len(site.requests) == 4


class TestLimits:
    @pytest.fixture
    def local(self):
        site = Site()
        with Running(site.app) as running:
            yield site, running

    def guard(self, running, **options):
        return Guard(allowed_hosts=[running.host], **options)

    def test_plain_http_is_for_allowed_hosts(self, local):
        _, running = local

        assert fetch(self.guard(running), running.url)[0].text == "Hello"
        assert refusal(Guard(), running.url) == "not_https"
        assert refusal(Guard(allowed_hosts=["127.0.0.1:1"]), running.url) == "not_https"

    def test_the_size_limit_counts_all_responses_together(self, local):
        site, running = local
        site._answer = lambda request: Response("x" * 600)

        assert refusal(self.guard(running, max_bytes=1000), running.url, running.url) == "too_large"

    def test_after_a_refusal_everything_is_refused(self, local):
        site, running = local
        guard = self.guard(running, max_bytes=1)
        refusal(guard, running.url)
        seen = len(site.requests)

        assert refusal(guard, running.url) == "too_large"
        assert len(site.requests) == seen

    def test_compressed_answers_are_not_unpacked(self, local):
        site, running = local
        site._answer = lambda request: Response(b"\x1f\x8b", headers={"Content-Encoding": "gzip"})

        assert refusal(self.guard(running), running.url) == "not_mcp"
        assert site.requests[0]["accept-encoding"] == "identity"

    def test_requests_have_a_limit(self, local):
        site, running = local

        assert refusal(self.guard(running), *[running.url] * (MAX_REQUESTS + 1)) == "too_large"
        assert len(site.requests) == MAX_REQUESTS

    def test_there_are_no_cookies(self, local):
        site, running = local

        def answer(request: Request) -> Response:
            response = Response("Hello")
            response.set_cookie("who", "me")
            return response

        site._answer = answer
        fetch(self.guard(running), running.url, running.url)
        assert not any("cookie" in request for request in site.requests)

    def test_there_is_no_proxy_of_the_environment(self, local, monkeypatch):
        _, running = local
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.delenv("NO_PROXY", raising=False)

        assert fetch(self.guard(running), running.url)[0].text == "Hello"
