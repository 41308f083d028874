"""PUBLIC_URL says what the site's address is."""

import pytest
from django.urls import resolve


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "[::1]:8000"])
def test_another_local_name_is_sent_to_the_one_that_has_the_cookies(client, host):
    response = client.get("/?prompt=x", headers={"host": host})

    assert response.status_code == 302
    assert response.headers["Location"] == "http://localhost:8000/?prompt=x"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_checks_are_answered_under_any_local_name(client, db, path):
    assert client.get(path, headers={"host": "127.0.0.1:8000"}).status_code == 200


def test_behind_a_proxy_that_names_itself_nothing_is_redirected(client, db, settings):
    """A redirect would come back through the same proxy, for ever."""
    settings.PUBLIC_HOST = "chat.example.org"
    settings.ALLOWED_HOSTS = ["chat.example.org", "127.0.0.1"]

    assert client.get("/", headers={"host": "127.0.0.1:8000"}).status_code == 200


def test_a_foreign_host_is_refused(client, db):
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400


def test_over_https_the_site_says_so_although_the_proxy_speaks_http(client, db, settings):
    settings.PUBLIC_SCHEME = "https"
    settings.SECURE_HSTS_SECONDS = 1000
    response = client.get("/", SERVER_NAME="localhost")

    assert response.wsgi_request.is_secure()
    assert "Strict-Transport-Security" in response.headers


class Unread:
    """What somebody sends, and nobody may look into."""

    def read(self, *args: object) -> bytes:
        raise AssertionError("it was read")

    readline = read


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/no/such/page", {}, 404),
        ("/signin/", {"host": "evil.example"}, 400),
        ("/healthz", {}, 500),
    ],
)
def test_a_page_about_an_error_reads_nothing_of_what_was_sent(
    client, db, settings, monkeypatch, path, headers, status, debug
):
    def broken(request):
        raise RuntimeError

    settings.DEBUG = debug
    monkeypatch.setattr(resolve("/healthz").func, "__code__", broken.__code__)
    client.raise_request_exception = False
    sent = {"wsgi.input": Unread(), "CONTENT_LENGTH": "10", "SERVER_NAME": "localhost"}
    response = client.generic("POST", path, headers=headers, **sent)

    assert response.status_code == status
