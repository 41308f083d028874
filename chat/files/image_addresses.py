"""Checks the addresses of images that a message names. Nothing is fetched from them, by this site or by browsers."""

import re
from urllib.parse import unquote, urlsplit

LONGEST = 2_000  # characters
FORBIDDEN = re.compile(r"[\0-\x20\x7f-\x9f\"<>\\^`{|}\u2028\u2029\u202a-\u202e\u2066-\u2069]")
LONGEST_NAME = 200


def image_address(text: str) -> str | None:
    """The address in `text` if it may be sent to a model: http or https, with a host and without a password."""
    address = text.strip()
    if not address or len(address) > LONGEST or FORBIDDEN.search(address):
        return None
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return None
    is_plain = parts.scheme in ("http", "https") and parts.username is None and parts.password is None
    return address if is_plain and host and "@" not in parts.netloc else None


def name_in(address: str) -> str:
    """The file name in an address; its host if it has none."""
    parts = urlsplit(address)
    name = " ".join(FORBIDDEN.sub(" ", unquote(parts.path.rstrip("/").rpartition("/")[2])).split())
    return (name or parts.hostname or "")[:LONGEST_NAME]
