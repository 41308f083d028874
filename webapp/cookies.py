"""Makes cookie names that differ from those of other sites on the same host: browsers ignore the port."""

from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}


def prefix(public_url: str) -> str:
    """Return the prefix of all cookie names of this site: "potluck_8000_", with https "__Host-potluck_443_"."""
    parts = urlsplit(public_url)
    # Only this very host can set a cookie with this prefix, over https (RFC 6265bis, "Cookie Name Prefixes").
    host_only = "__Host-" if parts.scheme == "https" else ""
    return f"{host_only}potluck_{parts.port or DEFAULT_PORTS[parts.scheme]}_"
