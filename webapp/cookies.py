"""Names of cookies that no other site on this host uses: cookies are kept by host, whatever the port."""

from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}


def prefix(public_url: str) -> str:
    """What the names of all cookies of this site begin with: "potluck_8000_", with https "__Host-potluck_443_"."""
    parts = urlsplit(public_url)
    # A name of this kind can be set by this very host alone, over https (RFC 6265bis, "Cookie Name Prefixes").
    host_only = "__Host-" if parts.scheme == "https" else ""
    return f"{host_only}potluck_{parts.port or DEFAULT_PORTS[parts.scheme]}_"
