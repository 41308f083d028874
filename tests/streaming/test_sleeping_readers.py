"""Readers that do not read, such as phones that fell asleep, on the real server: nobody else notices."""

import contextlib
import socket
from collections.abc import Iterator

import psutil
import pytest

from tests.http_client import Visitor
from tests.site import ImpatientSite
from tests.standin import StandIn
from tests.standin.wire import Wire

SLEEPERS = 20
WIRE = Wire("gen-1", 1_790_000_000, "openai/gpt-5.4-mini", "OpenAI")
PARAGRAPHS = [WIRE.text("a long paragraph " * 12_000 + "\n\n")] * 10  # two megabytes that are quickly typeset
COMPLETE = b"event: done\ndata: complete"


@pytest.fixture(scope="module")
def site(one_standin: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ImpatientSite]:
    with ImpatientSite(tmp_path_factory.mktemp("site"), openrouter_url=one_standin.url) as site:
        yield site


def sleeper(site: ImpatientSite, visitor: Visitor, address: str) -> socket.socket:
    """Asks for a stream and never reads of it."""
    phone = socket.socket()
    phone.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    phone.connect(("127.0.0.1", site.port))
    phone.sendall(f"GET {address} HTTP/1.1\r\nHost: localhost\r\nCookie: {visitor.cookies}\r\n\r\n".encode())
    return phone


def memory_mb(site: ImpatientSite) -> float:
    master = psutil.Process(site.pid)
    return sum(process.memory_info().rss for process in [master, *master.children()]) / 1e6


def streams(site: ImpatientSite) -> int:
    """How many connections the site has."""
    master = psutil.Process(site.pid)
    return sum(
        connection.status == psutil.CONN_ESTABLISHED and connection.laddr.port == site.port
        for process in master.children()
        for connection in process.net_connections("tcp")
    )


def test_sleeping_readers_hold_nothing_and_nobody(site, one_standin, record_property):
    visitor = Visitor(site, one_standin)
    one_standin.answers_raw([*PARAGRAPHS, WIRE.finish("stop"), b"data: [DONE]\n\n"])
    address = visitor.sends("A long one, please.")
    assert COMPLETE in b"".join(visitor.reads(visitor.opens(address)))
    before = memory_mb(site)
    most_mb = 0.0

    def all_are_let_go() -> bool:
        nonlocal most_mb
        most_mb = max(most_mb, memory_mb(site) - before)
        return streams(site) <= 1  # the visitor's own

    with contextlib.ExitStack() as beds:
        phones = [beds.enter_context(sleeper(site, visitor, address)) for _ in range(SLEEPERS)]
        assert COMPLETE in b"".join(visitor.reads(visitor.asks("[[tokens n=20 rate=50]]")))  # others go on
        one_standin.wait_for(all_are_let_go, seconds=50)
        assert all(ends(phone) for phone in phones)
    record_property("sleeping", f"{SLEEPERS} readers that do not read: {most_mb:.0f} MB more")
    assert "Traceback" not in site.log()


def ends(phone: socket.socket) -> bool:
    with contextlib.suppress(ConnectionResetError):
        while phone.recv(65_536):
            pass
    return True
