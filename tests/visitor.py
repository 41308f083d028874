"""Somebody who visits a real site over plain HTTP: signs in at the stand-in and reads streams byte by byte."""

from collections.abc import Iterator

import requests

from tests.site import Site
from tests.standin import StandIn

TIMEOUT_SECONDS = 20


class Visitor:
    def __init__(self, site: Site, standin: StandIn, name: str = "alice") -> None:
        self._site, self._session = site, requests.Session()
        self._session.get(f"{site.url}/", timeout=TIMEOUT_SECONDS)
        to_openrouter = self.posts("/signin/").headers["Location"]
        self._session.get(standin.approve(to_openrouter, person=name), timeout=TIMEOUT_SECONDS)

    def posts(self, path: str, **fields: str) -> requests.Response:
        headers = {"X-CSRFToken": self._session.cookies["csrftoken"], "HX-Request": "true"} if fields else {}
        fields = fields or {"csrfmiddlewaretoken": self._session.cookies["csrftoken"]}
        return self._session.post(
            f"{self._site.url}{path}", fields, headers=headers, allow_redirects=False, timeout=TIMEOUT_SECONDS
        )

    def asks(self, text: str) -> requests.Response:
        """The stream of the answer, of which nothing has been read."""
        sent = self.posts("/chats/", text=text)
        assert sent.status_code == 200, sent.text
        address = sent.text.partition('hx-sse:connect="')[2].partition('"')[0]
        return self._session.get(f"{self._site.url}{address}", stream=True, timeout=TIMEOUT_SECONDS)

    def looks_at(self, path: str) -> requests.Response:
        return self._session.get(f"{self._site.url}{path}", timeout=TIMEOUT_SECONDS)

    def reads(self, stream: requests.Response) -> Iterator[bytes]:
        while piece := stream.raw.read1(65536):
            yield piece
