"""A browser tab at a real site: it shows a reply, disconnects, and returns, perhaps to another process."""

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Self

import requests
from bs4 import BeautifulSoup

from tests.http_client import TIMEOUT_SECONDS, Visitor
from tests.replies.screen import Screen, events_of
from tests.site import Site

RETURN_SECONDS = 0.2
PATIENCE_SECONDS = 40.0


class Person(Visitor):
    """A visitor who can be at several processes of one site with one session."""

    def at(self, site: Site) -> Self:
        same = object.__new__(type(self))
        same._site, same._session = site, requests.Session()
        for name in ("session", "csrf"):
            same._session.cookies.set(site.cookie(name), self._session.cookies[self._site.cookie(name)])
        return same

    def begins(self, text: str, *, chat: str = "") -> "Tab":
        """Send a message, the first of a chat or to one; nobody reads the answer yet."""
        sent = self.posts(f"{chat}messages/" if chat else "/chats/", text=text)
        assert sent.status_code == 200, sent.text
        path = sent.text.partition('hx-sse:connect="')[2].partition('"')[0].partition("?")[0]
        reply_id = path.split("/")[2]
        return Tab(self, reply_id, chat or sent.headers["HX-Push-Url"], Screen.of(sent.text, reply_id))

    def posts_and_leaves(self, path: str, **fields: str) -> None:
        """Hang up as soon as the last byte is sent."""
        headers = {"X-CSRFToken": self.csrf_token, "HX-Request": "true"}
        request = requests.Request("POST", f"{self._site.url}{path}", headers, data=fields)
        ready = self._session.prepare_request(request)
        head = "".join(f"{name}: {value}\r\n" for name, value in ready.headers.items())
        message = f"POST {path} HTTP/1.1\r\nHost: localhost:{self._site.port}\r\n{head}\r\n"
        assert isinstance(ready.body, str)
        with socket.create_connection(("127.0.0.1", self._site.port)) as line:
            line.sendall(f"{message}{ready.body}".encode())

    def chats(self) -> set[str]:
        """The paths of all there are."""
        return set(re.findall(r'href="(/chats/[^"/]+/)"', self.looks_at("/").text))

    def opens(self, path: str, *, last_id: str = "") -> requests.Response:
        headers = {"Last-Event-ID": last_id} if last_id else {}
        return self._session.get(f"{self._site.url}{path}", headers=headers, stream=True, timeout=TIMEOUT_SECONDS)


@dataclass
class Tab:
    person: Person
    reply_id: str
    chat: str
    screen: Screen
    connections: int = 0
    disconnections: list[str] = field(default_factory=list)  # streams that ended in the middle of a chunk

    def also_at(self, site: Site) -> "Tab":
        """Another tab of the same person with the same page."""
        return Tab(self.person.at(site), self.reply_id, self.chat, Screen(dict(self.screen.places)))

    @property
    def end(self) -> str:
        """The state in which the stream ended, empty before."""
        return next((data for name, data in self.screen.heard if name == "done"), "")

    @property
    def text(self) -> str:
        shown = [self.screen.places.get(f"{place}-{self.reply_id}", "") for place in ("done", "tail")]
        return BeautifulSoup("".join(shown), "html.parser").get_text()

    @property
    def last_word(self) -> str:
        return (self.text.split() or [""])[-1]

    def reads(self, until: Callable[["Tab"], object] = lambda tab: False) -> "Tab":
        """Read one stream, until it ends or what it was read for is there."""
        self.connections += 1
        with self._stream() as stream:
            for event in events_of(stream):
                self.screen.apply(event)
                if until(self):
                    break
        return self

    def looks_in(self) -> None:
        """Open the stream, which begins the reply if nobody has, and leave again."""
        with self._stream() as stream:
            next(stream)

    def reads_to_the_end(self, *others: Person) -> "Tab":
        """Reconnect as browsers do, to whichever process answers, until the stream ends."""
        give_up_at = monotonic() + PATIENCE_SECONDS
        doors = [self.person, *others]
        while not self.end:
            assert monotonic() < give_up_at, f"no end in sight: {self.screen.heard}"
            with suppress(requests.ConnectionError):
                self.reads()
            if not self.end:
                sleep(RETURN_SECONDS)
                doors = [*doors[1:], doors[0]]
                self.person = doors[0]
        return self

    def stops(self) -> requests.Response:
        return self.person.posts(f"/replies/{self.reply_id}/cancellation/", why="enough")

    def page(self) -> str:
        response = self.person.looks_at(self.chat)
        assert response.status_code == 200, response.text
        return response.text

    def state(self) -> str:
        """As a freshly loaded page says."""
        article = BeautifulSoup(self.page(), "html.parser").select('article[data-role="assistant"]')[-1]
        return str(article["data-state"])

    def shows_the_page(self) -> bool:
        """Whether it shows, byte for byte, what a fresh page does."""
        shown, loaded = self.screen.of_reply(), Screen.of(self.page(), self.reply_id).places
        assert shown == loaded  # here, where pytest tells in what they differ
        return True

    @contextmanager
    def _stream(self) -> Iterator[Iterator[bytes]]:
        response = self.person.opens(f"/replies/{self.reply_id}/stream/?after=0", last_id=self.screen.last_id)
        if response.status_code != 200:
            raise requests.ConnectionError(f"status {response.status_code}")
        try:
            yield self._pieces(response)
        finally:
            response.close()

    def _pieces(self, response: requests.Response) -> Iterator[bytes]:
        try:
            yield from self.person.reads(response)
        except Exception as error:
            self.disconnections.append(repr(error))
