"""Behind a proxy that ends TLS, as on a public site: the browser accepts every cookie with its prefixed name."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LOCAL_NETWORK
from tests.site import Site, free_port
from tests.standin.certificate import make_certificate
from webapp import cookies


@contextmanager
def tls_proxy(port: int, to_port: int, folder: Path) -> Iterator[None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*make_certificate(folder))
    with socket.create_server(("127.0.0.1", port)) as server:
        threading.Thread(target=_serve, args=[server, context, to_port], daemon=True).start()
        yield
        server.shutdown(socket.SHUT_RDWR)


def _serve(server: socket.socket, context: ssl.SSLContext, to_port: int) -> None:
    with suppress(OSError):
        while True:
            line, _ = server.accept()
            threading.Thread(target=_pass_on, args=[line, context, to_port], daemon=True).start()


def _pass_on(line: socket.socket, context: ssl.SSLContext, to_port: int) -> None:
    address = ("127.0.0.1", to_port)
    with (
        suppress(OSError),
        context.wrap_socket(line, server_side=True) as near,
        socket.create_connection(address) as far,
    ):
        back = threading.Thread(target=_pump, args=[far, near], daemon=True)
        back.start()
        _pump(near, far)
        back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def site(openrouter, tmp_path):
    port = free_port()
    site = Site(tmp_path, openrouter_url=openrouter.url, PUBLIC_URL=f"https://{LOCAL_NETWORK}:{port}")
    with site, tls_proxy(port, site.port, tmp_path):
        site.url = f"https://{LOCAL_NETWORK}:{port}"
        yield site


def test_every_cookie_is_kept(opens, person, site):
    visitor = opens(ignore_https_errors=True, timezone_id="Asia/Tokyo")
    visitor.visits("/account/")
    visitor.signs_in(person=person)
    visitor.page.get_by_role("button", name="Dark").click()
    expect(visitor.page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    visitor.visits("/")
    visitor.asks("[[say Hello]]").wait_for_state("complete")

    visitor.page.reload()
    visitor.answer.wait_for_text("Hello")
    expect(visitor.page.locator("html")).to_have_attribute("data-theme", "dark")
    kept = {cookie["name"]: cookie["secure"] for cookie in visitor.browser.cookies()}
    prefix = cookies.prefix(site.url)
    assert kept == {f"{prefix}{name}": True for name in ("session", "csrf", "theme", "zone")}
