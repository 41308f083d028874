"""How often somebody may do what costs this site something; counted in memory, in each process for itself."""

import threading
import time
from collections.abc import Hashable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.http import HttpRequest

MOST_KEYS = 10_000  # remembered by each limit: a megabyte


class RateLimit:
    """Each key has `at_once` times without a wait, and once more every `seconds_each` after that."""

    def __init__(self, *, at_once: int, seconds_each: float) -> None:
        self._at_once, self._seconds_each = at_once, seconds_each
        self._paid_until: dict[Hashable, float] = {}  # time.monotonic() at which a key has all its times again
        self._lock = threading.Lock()

    def wait_seconds(self, key: Hashable) -> float:
        """Take one time of `key` and return 0; or, where none is left, the seconds until there is one."""
        now = time.monotonic()
        with self._lock:
            paid_until = max(self._paid_until.get(key, now), now)
            wait = paid_until - now - (self._at_once - 1) * self._seconds_each
            if wait > 0:
                return wait
            self._paid_until.pop(key, None)  # so that the latest stand last
            self._paid_until[key] = paid_until + self._seconds_each
            self._forget(now)
        return 0.0

    def clear(self) -> None:
        """Everybody begins anew."""
        self._paid_until = {}

    def _forget(self, now: float) -> None:
        if len(self._paid_until) <= MOST_KEYS:
            return
        left = {key: until for key, until in self._paid_until.items() if until > now}
        self._paid_until = dict(list(left.items())[-MOST_KEYS // 2 :])


def address_of(request: HttpRequest) -> str:
    """Where a request comes from: an IPv4 address, or the /64 of an IPv6 one, which is what one customer gets.

    What `X-Forwarded-For` says last was added by the proxy that we talk to, if we talk to one: a machine near by.
    """
    peer = _parsed(request.META.get("REMOTE_ADDR", ""))
    if peer is None or peer.is_private:
        peer = _parsed(request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()) or peer
    if isinstance(peer, IPv6Address):
        return str(peer.ipv4_mapped or ip_network((peer, 64), strict=False))
    return str(peer)


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(address)
    except ValueError:
        return None
