"""The web pages that an answer names as its sources: kept with the reply, shown below it.

They are what a model sent, so nothing about them is believed: only http and https, so many, and so long. They come as
events of their own, mostly at the end; a process that dies takes those of its running replies along, but no text.

The text calls them by their place in the list that the model sent: so one that is named twice in it has two numbers,
and one that is left out keeps its own.
"""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from chat.openrouter import Citation
from chat.rendering.citations import Target
from chat.rendering.presentable import presentable

# The column Reply.citations: of {"url", "title"}, with "number" where that is not its place.
StoredSource = list[dict[str, Any]]

MOST_SOURCES = 50
MAX_URL_CHARS = 2_000
MAX_TITLE_CHARS = 200
ADDRESS = re.compile(r"https?://[^\s/?#]", re.IGNORECASE)


class Source(NamedTuple):
    """One of them as the page shows it."""

    number: int
    url: str
    name: str
    host: str  # empty where it is the name


def with_source(kept: StoredSource, told: Citation) -> StoredSource:
    """`kept` and one more, unless it is there already (then it may get its title), or is no address to follow."""
    return with_address(kept, told.url, told.title, position=told.position)


def with_address(kept: StoredSource, url: str, told_title: str, *, position: int) -> StoredSource:
    """`position` is its place in the list that it was told in, from 0."""
    title = " ".join(presentable(told_title).split())[:MAX_TITLE_CHARS]
    if known := _known(kept, url, position):
        known["title"] = known["title"] or title
        return kept
    is_room = len(kept) < MOST_SOURCES and len(url) <= MAX_URL_CHARS
    return [*kept, _entry(kept, url, title, position)] if is_room and host_of(url) else kept


def to_show(kept: StoredSource) -> list[Source]:
    return [
        Source(
            number,
            each["url"],
            name=each["title"] or host_of(each["url"]),
            host=host_of(each["url"]) if each["title"] else "",
        )
        for number, each in _numbered(kept)
    ]


def targets(sources: Iterable[Source]) -> dict[int, Target]:
    """Where the numbers in a text lead."""
    return {source.number: Target(source.url, source.name) for source in sources}


def _known(kept: StoredSource, url: str, position: int) -> dict[str, Any] | None:
    """A list may be sent again, and longer. Models that name them one by one give no numbers, and may repeat one."""
    same = [(number, each) for number, each in _numbered(kept) if each["url"] == url]
    return next((each for number, each in same if position in (0, number - 1)), None)


def _entry(kept: StoredSource, url: str, title: str, position: int) -> dict[str, Any]:
    latest = max((number for number, _ in _numbered(kept)), default=0)
    number = max(latest, position) + 1
    return {"url": url, "title": title} | ({"number": number} if number != len(kept) + 1 else {})


def _numbered(kept: StoredSource) -> list[tuple[int, dict[str, Any]]]:
    return [(each.get("number", place), each) for place, each in enumerate(kept, start=1)]


def host_of(address: str) -> str:
    """Whose page it is; empty when it is not an address on the web. What cannot be seen in it has no place there."""
    if not ADDRESS.match(address) or not address.isprintable() or " " in address:
        return ""
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
