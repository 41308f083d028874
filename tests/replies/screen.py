"""What a browser and htmx make of a stream: a reader of server-sent events and the few places that a reply fills.

Independent of the product: it knows the standard (https://html.spec.whatwg.org/multipage/server-sent-events.html)
and what `<hx-partial>` means to htmx, and nothing of how the events are made.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from chat.models import Reply
from tests.django_client import Person, Response

PARTIAL = re.compile(r'<hx-partial hx-target="#([^"]+)" hx-swap="(\w+)">(.*?)</hx-partial>', re.DOTALL)


@contextmanager
def reading(person: Person, reply: Reply, *, after: int | str = 0, last_id: str = "") -> Iterator[Iterator["Event"]]:
    """The events of a reply's stream; the line is closed at the end of the block."""
    headers = {"Last-Event-ID": last_id} if last_id else {}
    response: Response = person.client.get(f"/replies/{reply.id}/stream/?after={after}", headers=headers)
    assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    try:
        yield events_of(response.streaming_content)
    finally:
        response.close()


@dataclass(frozen=True)
class Event:
    name: str  # "message" when the stream gives none
    data: str
    id: str  # the last one that the stream has given


def events_of(stream: Iterable[bytes]) -> Iterator[Event]:
    """Yield what an EventSource would dispatch; an event without data is none."""
    name, last_id = "", ""
    data: list[str] = []
    for line in _lines(stream):
        label, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match label:
            case "" if not line:
                if data:
                    yield Event(name or "message", "\n".join(data), last_id)
                name, data = "", []
            case "event":
                name = value
            case "data":
                data.append(value)
            case "id":
                last_id = value


def _lines(stream: Iterable[bytes]) -> Iterator[str]:
    rest = b""
    for piece in stream:
        *whole, rest = re.split(rb"\r\n|\r|\n", rest + piece)
        yield from (line.decode() for line in whole)


@dataclass
class Screen:
    """The elements that a stream writes to, by id, with the HTML inside them."""

    places: dict[str, str] = field(default_factory=dict)
    last_id: str = ""
    new_article: str = ""  # the last one that came in place of another
    heard: list[tuple[str, str]] = field(default_factory=list)  # named events

    @classmethod
    def of(cls, html: str, reply_id: object) -> "Screen":
        """What a loaded page shows of a reply."""
        names = ("by", "thinking", "reasoning", "reasoning-tail", "done", "tail", "end")
        return cls({f"{name}-{reply_id}": inner_html(html, f"{name}-{reply_id}") for name in names})

    def apply(self, event: Event) -> None:
        self.last_id = event.id
        if event.name != "message":
            self.heard.append((event.name, event.data))
            return
        assert not PARTIAL.sub("", event.data).strip(), "something stands outside of all partials"
        for target, swap, html in PARTIAL.findall(event.data):
            place, *levels = target.split(" > ")
            assert set(levels) <= {":last-child"}
            if swap == "outerHTML":
                self.new_article = html
                self.places |= Screen.of(html, place.partition("-")[2]).places
                continue
            before = self.places.get(place, "")
            end = _end_inside(before, len(levels))
            self.places[place] = {"innerHTML": html, "beforeend": before[:end] + html + before[end:]}[swap]

    def follow(self, person: Person, reply: Reply, *, after: int | str = 0, last_id: str = "") -> "Screen":
        """Apply a whole stream."""
        with reading(person, reply, after=after, last_id=last_id) as events:
            for event in events:
                self.apply(event)
        return self

    def of_reply(self) -> dict[str, str]:
        """Without what stands elsewhere on the page: the composer's button with the running cost, the status."""
        here = (place for place in self.places if place.count("-") > 4 and not place.startswith("so-far-"))
        return {place: self.places[place] for place in here}


def _end_inside(html: str, depth: int) -> int:
    """Where the content of the last element ends, or of its last child, and so on."""
    end = len(html)
    for _ in range(depth):
        closing = re.search(r"</\w+>\s*$", html[:end])
        assert closing, "text stands behind the element"
        end = closing.start()
    return end


def inner_html(html: str, element_id: str) -> str:
    """The exact source between an element's tags."""
    opening = re.search(rf'<(\w+) id="{re.escape(element_id)}"[^>]*>', html)
    assert opening, f"no element {element_id}"
    depth = 1
    for tag in re.finditer(rf"<(/?){opening[1]}\b[^>]*>", html[opening.end() :]):
        depth += -1 if tag[1] else 1
        if not depth:
            return html[opening.end() : opening.end() + tag.start()]
    raise AssertionError(f"{element_id} is not closed")
