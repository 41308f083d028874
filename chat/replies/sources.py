"""The web pages that an answer names as its sources: kept with the reply, shown below it.

They are what a model sent, so nothing about them is believed: only http and https, so many, and so long. They come as
events of their own, mostly at the end; a process that dies takes those of its running replies along, but no text.
"""

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from chat.openrouter import Citation
from chat.rendering.text import presentable

Kept = list[dict[str, str]]  # of {"url", "title"}: the column Reply.citations

MOST_SOURCES = 50
MAX_URL_CHARS = 2_000
MAX_TITLE_CHARS = 200
ADDRESS = re.compile(r"https?://[^\s/?#]", re.IGNORECASE)


class Source(NamedTuple):
    """One of them as the page shows it."""

    url: str
    name: str
    host: str  # empty where it is the name


def with_source(kept: Kept, told: Citation) -> Kept:
    """`kept` and one more, unless it is there already (then it may get its title), or is no address to follow."""
    return with_address(kept, told.url, told.title)


def with_address(kept: Kept, url: str, told_title: str) -> Kept:
    title = " ".join(presentable(told_title).split())[:MAX_TITLE_CHARS]
    if known := next((each for each in kept if each["url"] == url), None):
        known["title"] = known["title"] or title
        return kept
    is_room = len(kept) < MOST_SOURCES and len(url) <= MAX_URL_CHARS
    return [*kept, {"url": url, "title": title}] if is_room and host_of(url) else kept


def to_show(kept: Kept) -> list[Source]:
    return [
        Source(each["url"], each["title"] or host_of(each["url"]), host_of(each["url"]) if each["title"] else "")
        for each in kept
    ]


def host_of(address: str) -> str:
    """Whose page it is; empty when it is not an address on the web. What cannot be seen in it has no place there."""
    if not ADDRESS.match(address) or not address.isprintable() or " " in address:
        return ""
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
