"""What strangers and slow senders send costs nobody else their turn (webapp/request_body.py, webapp/worker.py)."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
import requests

from tests.http_client import Visitor
from tests.hub.test_busy import MOST_ON_LOOP
from tests.site import ImpatientSite, Site
from tests.standin import StandIn

PATIENCE_SECONDS = 60.0
UPLOAD_BYTES = 60_000_000


def connected(site: Site, *lines: str) -> socket.socket:
    """A raw connection that has sent these header lines, and the end of the headers where the last one is empty."""
    connection = socket.create_connection(("127.0.0.1", site.port), timeout=PATIENCE_SECONDS)
    connection.sendall("".join(f"{line}\r\n" for line in (*lines,)).encode())
    return connection


def post(site: Site, path: str, length: int, *headers: str) -> tuple[str, ...]:
    head = (f"POST {path} HTTP/1.1", f"Host: localhost:{site.port}", f"Content-Length: {length}", *headers)
    return (*head, "Content-Type: application/x-www-form-urlencoded", "")


def answer(connection: socket.socket) -> bytes:
    """All that comes until the other side closes the connection."""
    with closing(connection):
        received = b""
        while piece := connection.recv(65536):
            received += piece
        return received


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory, one_standin: StandIn) -> Iterator[Site]:
    with ImpatientSite(tmp_path_factory.mktemp("impatient"), openrouter_url=one_standin.url) as site:
        yield site


class TestStrangers:
    def test_a_large_body_is_not_read(self, site):
        """Not a byte of it is sent here, and the answer comes all the same."""
        with closing(connected(site, *post(site, "/chats/", 50_000_000))) as connection:
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(65536).startswith(b"HTTP/1.1 302")

    def test_an_upload_is_refused_as_the_page_expects_it(self, site):
        sent = requests.post(f"{site.url}/images/", files={"images": ("a.png", b"x" * 300_000)}, timeout=60)

        assert sent.status_code == 401
        assert "signed out" in sent.json()["error"]

    def test_a_text_whose_writers_session_has_ended_still_waits_behind_the_sign_in(self, site):
        with requests.Session() as browser:
            browser.get(f"{site.url}/", timeout=60)
            token = next(value for name, value in browser.cookies.items() if "csrf" in name)
            fields = {"csrfmiddlewaretoken": token, "text": "A thought " * 300}
            sent = browser.post(f"{site.url}/chats/", fields, timeout=60, allow_redirects=False)

        assert sent.headers["Location"] == "/?next=%2F"


class TestSlowSenders:
    @pytest.mark.parametrize("length", [1000, 200_000])
    def test_a_body_that_stands_still_ends_with_a_sentence(self, impatient, length):
        connection = connected(impatient, *post(impatient, "/signin/", length))
        connection.sendall(b"next=%2F")

        assert b"didn't arrive completely" in answer(connection)

    def test_a_body_in_single_bytes_ends_as_well(self, impatient):
        connection = connected(impatient, *post(impatient, "/signin/", 100_000))
        ended = threading.Event()

        def drips() -> None:
            while not ended.wait(0.1):
                try:
                    connection.sendall(b"a")
                except OSError:
                    return

        dripping = threading.Thread(target=drips)
        dripping.start()
        try:
            assert connection.recv(65536).startswith(b"HTTP/1.1 400")
        finally:
            ended.set()
            dripping.join()
            connection.close()

    def test_headers_that_stand_still_end_without_one(self, impatient):
        assert answer(connected(impatient, "POST /signin/ HTTP/1.1", "Host: localhost")) == b""

    def test_many_of_them_leave_the_site_to_others(self, impatient):
        with ExitStack() as stack:
            for _ in range(300):
                stack.enter_context(closing(connected(impatient, *post(impatient, "/signin/", 1000))))
            assert requests.get(f"{impatient.url}/healthz", timeout=60).ok

    def test_as_many_as_may_be_waited_for_keep_nobody_from_signing_in(self, site, one_standin):
        with ExitStack() as stack:
            for _ in range(200):
                stack.enter_context(closing(connected(site, *post(site, "/signin/", 100))))
            with Visitor(site, one_standin) as alice:
                assert alice.looks_at("/account/").status_code == 200

    @pytest.mark.parametrize(("length", "status"), [(100, 400), (50_000_000, 302)])
    def test_the_one_that_has_waited_longest_makes_way_for_one_more(self, site, length, status):
        with ExitStack() as stack:
            half = [stack.enter_context(closing(connected(site, *post(site, "/chats/", length)))) for _ in range(201)]
            assert answer(half[0]).startswith(b"HTTP/1.1 %d" % status)
            half[-1].setblocking(False)
            with pytest.raises(BlockingIOError):  # it is still waited for
                half[-1].recv(1)

    def test_those_that_make_way_for_others_leave_no_traceback(self, impatient):
        before = impatient.log_length
        with ExitStack() as stack:
            waiting = [stack.enter_context(closing(connected(impatient, "GET / HTTP/1.1"))) for _ in range(190)]
            assert waiting[0].recv(100) == b""
        assert "Traceback" not in impatient.log(before)

    def test_a_half_open_import_does_not_lock_its_owner_out(self, site, one_standin):
        with Visitor(site, one_standin) as alice:
            half = connected(site, *post(site, "/account/import/", 5000, f"Cookie: {alice.cookies}"))
            with closing(half):
                page = alice.posts("/account/import/", files=[("archive", ("chats.zip", b"PK"))], then="nothing")

            assert page.status_code == 422


class TestBesideTheLoop:
    def test_a_fast_upload_is_parsed_there(self, bob, worker):
        encoded = {"Content-Transfer-Encoding": "base64"}  # more to parse: to read it is for the loop
        content = b"/" * (UPLOAD_BYTES // 4)
        files = [("images", (f"{number}.jpg", content, "image/jpeg", encoded)) for number in range(4)]

        def sends() -> None:
            assert "0.jpg" in bob.posts("/chats/", files=files, text="These").text

        assert worker.share_on_loop(sends) < 0.8  # measured: 0.53 to 0.64, and 0.95

    def test_a_form_that_takes_long_to_parse_is_parsed_there(self, bob, worker):
        text = "%" * 1_600_000  # three bytes each on the way

        def sends() -> None:
            assert "too long" in bob.posts("/chats/", text=text).text

        assert worker.share_on_loop(sends) < MOST_ON_LOOP


def test_what_exceeds_the_limit_of_an_address_is_said(bob):
    sent = bob.posts("/preferences/", text="x" * 6_000_000)

    assert sent.status_code == 413
    assert "too large to send" in sent.text
