"""Each site names its cookies for itself: browsers keep them by host, whatever the port."""

import pytest

from tests.django_client import Person
from webapp import cookies


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        ("http://localhost:8000", "potluck_8000_"),
        ("http://localhost:8001", "potluck_8001_"),
        ("http://192.168.1.5", "potluck_80_"),
        ("http://[fd00::5]:8000", "potluck_8000_"),
        ("https://chat.example.org", "__Host-potluck_443_"),
        ("https://chat.example.org:8443", "__Host-potluck_8443_"),
    ],
)
def test_names_tell_the_sites_of_a_host_apart(address, prefix):
    assert cookies.prefix(address) == prefix


def test_every_cookie_has_such_a_name(alice):
    alice.signs_in()
    alice.client.get("/account/")
    alice.client.post("/appearance/", {"theme": "dark"})

    assert set(alice.client.cookies) == {"potluck_8000_session", "potluck_8000_csrf", "potluck_8000_theme"}


def test_over_https_every_cookie_is_what_its_name_promises(standin, site, settings):
    """Secure, for the whole host, and for no other: or browsers would not keep it (RFC 6265bis, "__Host-")."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    alice = Person("alice", standin)
    alice.signs_in()
    alice.client.get("/account/")
    alice.client.post("/appearance/", {"theme": "dark"})

    assert len(alice.client.cookies) == 3
    for cookie in alice.client.cookies.values():
        assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")
