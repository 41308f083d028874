"""Rate limits for expensive actions, counted in the memory of each process."""

import threading
import time
from collections.abc import Hashable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

MAX_KEYS = 10_000  # remembered by each limit: a megabyte


class RateLimit:
    """Allows `at_once` actions per key in a burst, and one more every `seconds_each` after that."""

    def __init__(self, *, at_once: int, seconds_each: float) -> None:
        self._at_once, self._seconds_each = at_once, seconds_each
        self._full_at: dict[Hashable, float] = {}  # time.monotonic() at which a key may burst again
        self._lock = threading.Lock()

    def wait_seconds(self, key: Hashable) -> float:
        """Count an action of `key` and return 0; if it is not allowed, return the seconds until it will be."""
        now = time.monotonic()
        with self._lock:
            full_at = max(self._full_at.get(key, now), now)
            wait = full_at - now - (self._at_once - 1) * self._seconds_each
            if wait > 0:
                return wait
            self._full_at.pop(key, None)  # so that the dict is ordered by the latest action
            self._full_at[key] = full_at + self._seconds_each
            self._forget(now)
        return 0.0

    def clear(self) -> None:
        """Forget all actions."""
        self._full_at = {}

    def _forget(self, now: float) -> None:
        if len(self._full_at) <= MAX_KEYS:
            return
        limited = {key: full_at for key, full_at in self._full_at.items() if full_at > now}
        self._full_at = dict(list(limited.items())[-MAX_KEYS // 2 :])


def address_of(request: HttpRequest) -> str:
    """Return the client's IPv4 address, or the /64 network of its IPv6 address, which is what one customer gets.

    If the peer is a proxy, the last entry of `X-Forwarded-For` is what it added.
    """
    peer = _parsed(request.META.get("REMOTE_ADDR", ""))
    if _is_proxy(peer):
        peer = _parsed(request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()) or peer
    if isinstance(peer, IPv6Address):
        return str(ip_network((peer, 64), strict=False))
    return str(peer)


def _is_proxy(peer: IPv4Address | IPv6Address | None) -> bool:
    """A proxy has a private address. So have visitors on a local network, but over plain http they need no proxy."""
    return peer is None or peer.is_loopback or (peer.is_private and settings.IS_PRIVATE)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # A socket for both families writes IPv4 as IPv6. What is loopback or private then depends on the version of Python.
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
