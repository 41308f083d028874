"""A visitor of a real site over plain HTTP: signs in at the stand-in and reads streams byte by byte."""

from collections.abc import Iterable, Iterator
from typing import Self

import requests

from tests.site import Site
from tests.standin import StandIn

TIMEOUT_SECONDS = 60  # of a machine that has other things to do as well

Files = Iterable[tuple[str, tuple[str, bytes]]]  # ("images", (name, content))


class Visitor:
    """As a context manager closes its connections in the end, for which a site that stops would wait."""

    def __init__(self, site: Site, standin: StandIn, name: str = "alice") -> None:
        self._site, self._session = site, requests.Session()
        self._session.get(f"{site.url}/", timeout=TIMEOUT_SECONDS)
        to_openrouter = self.posts("/signin/").headers["Location"]
        self._session.get(standin.approve(to_openrouter, person=name), timeout=TIMEOUT_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._session.close()

    @property
    def cookies(self) -> str:
        """As a header, for other clients of the same person."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._session.cookies)

    @property
    def csrf_token(self) -> str:
        return str(self._session.cookies[self._site.cookie("csrf")])

    def posts(self, path: str, *, files: Files = (), **fields: str) -> requests.Response:
        headers = {"X-CSRFToken": self.csrf_token, "HX-Request": "true"} if fields else {}
        fields = fields or {"csrfmiddlewaretoken": self.csrf_token}
        return self._session.post(
            f"{self._site.url}{path}",
            fields,
            files=list(files),
            headers=headers,
            allow_redirects=False,
            timeout=TIMEOUT_SECONDS,
        )

    def sends(self, text: str, *, files: Files = ()) -> str:
        """Begin a chat; return the path of the answer's stream."""
        sent = self.posts("/chats/", files=files, text=text)
        assert sent.status_code == 200, sent.text
        return sent.text.partition('hx-sse:connect="')[2].partition('"')[0]

    def asks(self, text: str, *, files: Files = ()) -> requests.Response:
        """The stream of the answer, of which nothing has been read."""
        return self.opens(self.sends(text, files=files))

    def opens(self, path: str) -> requests.Response:
        return self._session.get(f"{self._site.url}{path}", stream=True, timeout=TIMEOUT_SECONDS)

    def looks_at(self, path: str) -> requests.Response:
        return self._session.get(f"{self._site.url}{path}", timeout=TIMEOUT_SECONDS)

    def reads(self, stream: requests.Response) -> Iterator[bytes]:
        while piece := stream.raw.read1(65536):
            yield piece
