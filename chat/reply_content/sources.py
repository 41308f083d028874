"""The sources of an answer: web pages that the model cites, stored with the reply and listed below it.

The model may send anything, so only http and https addresses are stored, and their number and length are limited. They
come as events of their own, mostly at the end; if the process dies, those of its running replies are lost.

The text refers to sources by their place in the list that the model sent, like "[2]". So a source that is listed twice
has two numbers, and a source that is not stored leaves a gap in the numbers.
"""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from chat.openrouter import Citation
from chat.rendering.citations import Target
from chat.rendering.forbidden_characters import presentable

# The field Reply.citations: a list of {"url", "title"}, with "number" where that differs from the place in this list.
StoredSources = list[dict[str, Any]]

MAX_SOURCES = 50
MAX_URL_CHARS = 2_000
MAX_TITLE_CHARS = 200
ADDRESS = re.compile(r"https?://[^\s/?#]", re.IGNORECASE)


class Source(NamedTuple):
    """A source as the page shows it."""

    number: int
    url: str
    name: str
    host: str  # empty when the host is the name, for want of a title


def add_citation(stored: StoredSources, citation: Citation) -> StoredSources:
    """`stored` with a source from OpenRouter's stream; see `add_source`."""
    return add_source(stored, citation.url, citation.title, position=citation.position)


def add_source(stored: StoredSources, url: str, title: str, *, position: int) -> StoredSources:
    """`stored` with one more source, unless it has it already, is full, or the address is unusable.

    A source without a title gets one when it is added again. `position` is its place, from 0, in the model's own list.
    """
    title = " ".join(presentable(title).split())[:MAX_TITLE_CHARS]
    if known := _find(stored, url, position):
        known["title"] = known["title"] or title
        return stored
    fits = len(stored) < MAX_SOURCES and len(url) <= MAX_URL_CHARS
    return [*stored, _new_entry(stored, url, title, position)] if fits and host_of(url) else stored


def sources_to_show(stored: StoredSources) -> list[Source]:
    """The stored sources with their numbers and names, in order."""
    return [
        Source(
            number,
            each["url"],
            name=each["title"] or host_of(each["url"]),
            host=host_of(each["url"]) if each["title"] else "",
        )
        for number, each in _numbered(stored)
    ]


def link_targets(sources: Iterable[Source]) -> dict[int, Target]:
    """The targets of links from numbers in the text, by number."""
    return {source.number: Target(source.url, source.name) for source in sources}


def _find(stored: StoredSources, url: str, position: int) -> dict[str, Any] | None:
    """The stored entry for this source: a model may send its list again, longer, or send a single source twice.

    Models that send sources one by one give no positions: each of them has position 0.
    """
    same = [(number, each) for number, each in _numbered(stored) if each["url"] == url]
    return next((each for number, each in same if position in (0, number - 1)), None)


def _new_entry(stored: StoredSources, url: str, title: str, position: int) -> dict[str, Any]:
    latest = max((number for number, _ in _numbered(stored)), default=0)
    number = max(latest, position) + 1
    return {"url": url, "title": title} | ({"number": number} if number != len(stored) + 1 else {})


def _numbered(stored: StoredSources) -> list[tuple[int, dict[str, Any]]]:
    return [(each.get("number", place), each) for place, each in enumerate(stored, start=1)]


def host_of(address: str) -> str:
    """The host of a web address, without "www."; empty when it is no http address or has invisible characters."""
    if not ADDRESS.match(address) or not address.isprintable() or " " in address:
        return ""
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
