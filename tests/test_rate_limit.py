"""How often somebody may do something (chat/rate_limit.py)."""

import pytest
from django.test import RequestFactory

from chat import rate_limit
from chat.rate_limit import RateLimit, address_of


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 1000.0

    monkeypatch.setattr("chat.rate_limit.time.monotonic", lambda: Clock.now)
    return Clock


def test_so_many_at_once_and_then_one_at_a_time(clock):
    limit = RateLimit(at_once=3, seconds_each=10)

    assert [limit.wait_seconds("a") for _ in range(4)] == [0, 0, 0, 10]
    clock.now += 4
    assert limit.wait_seconds("a") == 6
    clock.now += 6
    assert [limit.wait_seconds("a") for _ in range(2)] == [0, 10]
    clock.now += 1000
    assert [limit.wait_seconds("a") for _ in range(4)] == [0, 0, 0, 10]


def test_each_for_themselves(clock):
    limit = RateLimit(at_once=1, seconds_each=10)

    assert [limit.wait_seconds(key) for key in ("a", "b", "a")] == [0, 0, 10]


def test_a_crowd_takes_no_more_memory_than_it_may(clock, monkeypatch):
    monkeypatch.setattr(rate_limit, "MAX_KEYS", 10)
    limit = RateLimit(at_once=1, seconds_each=10)
    for number in range(100):
        limit.wait_seconds(number)

    assert len(limit._full_at) <= 10
    assert limit.wait_seconds(99) == 10


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("8.8.4.4", "198.51.100.1", "8.8.4.4"),  # a stranger says so, and the test ranges count as near by
        ("127.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("172.17.0.1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("::ffff:203.0.113.7", "", "203.0.113.7"),
        ("::ffff:8.8.4.4", "198.51.100.1", "8.8.4.4"),
        ("::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        ("", "", "None"),
    ],
)
def test_the_address_is_that_of_the_visitor_and_not_of_the_proxy(peer, forwarded, address):
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}

    assert address_of(RequestFactory(REMOTE_ADDR=peer).get("/", headers=headers)) == address


@pytest.mark.parametrize(
    ("peer", "address"),
    [("192.168.1.7", "192.168.1.7"), ("127.0.0.1", "203.0.113.9"), ("::ffff:127.0.0.1", "203.0.113.9")],
)
def test_on_a_local_network_without_a_proxy_visitors_are_not_believed(peer, address, settings):
    settings.IS_PRIVATE = False  # PUBLIC_URL is http://192.168.1.5:8000
    request = RequestFactory(REMOTE_ADDR=peer).get("/", headers={"X-Forwarded-For": "203.0.113.9"})

    assert address_of(request) == address
