"""What anybody can send to a real site: it is answered, and the log has no traceback and no page for it."""

import re
import socket
from collections.abc import Iterator

import pytest
import requests

from tests.site import Site
from tests.standin import StandIn

UNFIT = ["rot13", "base64", "zlib", "hex", "uu", "idna", "punycode", "undefined", "utf-16", "nonsense", "x" * 2000]
FORM = "application/x-www-form-urlencoded"
PART = '--x\r\nContent-Disposition: form-data; name="text"{}\r\n\r\nwords\r\n--x--\r\n'
MULTIPART = {
    "charset of a part": PART.format("\r\nContent-Type: text/plain; charset=rot13"),
    "charset of a file": PART.format('; filename="a"\r\nContent-Type: image/png; charset=rot13'),
    "encoding of a name": PART.format("; filename*=rot13''x"),
    "encoding of a part": PART.format("\r\nContent-Transfer-Encoding: base64"),
    "no end": PART.format("")[:-9],
    "no boundary in it": "words",
}


@pytest.fixture(scope="module")
def site(one_standin: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("site"), openrouter_url=one_standin.url) as site:
        yield site


@pytest.fixture
def log(site: Site) -> Iterator[list[str]]:
    """The lines of one test, which are few and not a stranger's to fill."""
    before = site.log_length
    lines: list[str] = []
    yield lines
    lines += site.log(before).splitlines()
    assert not [line for line in lines if "Traceback" in line or len(line) > 300]
    assert len(lines) <= 2


def send(site: Site, head: str, body: str = "") -> tuple[int, str]:
    """The status and the page for these lines as they are."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=60) as line:
        line.sendall(f"{head}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode("latin1"))
        answer = b"".join(iter(lambda: line.recv(65536), b"")).decode()
    found = re.match(r"HTTP/1.1 (\d+)", answer)
    assert found, answer
    return int(found[1]), answer


def signed(site: Site) -> str:
    """Headers of a form that comes from the site's own page."""
    name = site.cookie("csrf")
    token = requests.get(site.url, timeout=60).cookies[name]
    return f"Host: localhost:{site.port}\r\nCookie: {name}={token}\r\nX-CSRFToken: {token}"


@pytest.mark.parametrize("charset", UNFIT)
@pytest.mark.parametrize("start", ["GET /?q=%ff", "GET /?q=x", "POST /signin/"])
@pytest.mark.usefixtures("log")
def test_a_charset_that_is_none(site, start, charset):
    body = "next=%ff" if start.startswith("POST") else ""

    assert send(site, f"{start} HTTP/1.1\r\n{signed(site)}\r\nContent-Type: {FORM}; charset={charset}", body)[0] == 400


@pytest.mark.usefixtures("log")
def test_the_usual_charset(site):
    head = f"POST /signin/ HTTP/1.1\r\n{signed(site)}\r\nContent-Type: {FORM}; charset=UTF-8"

    assert send(site, head, "next=/")[0] == 302


@pytest.mark.parametrize("body", MULTIPART.values(), ids=MULTIPART.keys())
@pytest.mark.usefixtures("log")
def test_odd_forms(site, body):
    head = f"POST /signin/ HTTP/1.1\r\n{signed(site)}\r\nContent-Type: multipart/form-data; boundary=x"

    assert send(site, head, body)[0] in (302, 400)


@pytest.mark.parametrize("header", ["SCRIPT_NAME: /x", "SCRIPT_NAME: /", "SCRIPT_NAME: \xff", "PATH_INFO: /x"])
@pytest.mark.usefixtures("log")
def test_what_only_a_proxy_may_say(site, header):
    assert send(site, f"GET / HTTP/1.1\r\nHost: localhost:{site.port}\r\n{header}")[0] == 400


@pytest.mark.parametrize("host", ["evil.example", "", "a b", "[::1", "localhost:abc", "\xff", "a, b", "x" * 3000])
@pytest.mark.parametrize("start", ["GET /", "POST /signin/"])
@pytest.mark.usefixtures("log")
def test_a_foreign_host_learns_the_right_one(site, host, start):
    status, page = send(site, f"{start} HTTP/1.1\r\nHost: {host}", "a=b")

    assert status == 400
    assert f'href="{site.url}/"' in page
    assert "evil" not in page


def test_of_foreign_hosts_the_log_has_one_line(one_standin, tmp_path):
    with Site(tmp_path, openrouter_url=one_standin.url) as site:
        for number in range(5):
            send(site, f"GET / HTTP/1.1\r\nHost: host-{number}.example")
        assert send(site, "GET /static/css/none.css HTTP/1.1\r\nHost: host.example")[0] in (400, 404)

    assert len(re.findall(r"host-\d\.example", site.log())) == 1
    assert site.url in site.log()


@pytest.mark.parametrize("start", ["GET /no/such/page", "POST /no/such/page", "FOO /", "PUT /", "POST /"])
@pytest.mark.usefixtures("log")
def test_other_ways_to_be_wrong(site, start):
    assert 400 <= send(site, f"{start} HTTP/1.1\r\n{signed(site)}")[0] < 500
