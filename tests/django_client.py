"""People with a browser, on Django's test client: they sign in, ask, and look at pages. Also uploads for tests."""

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from chat.models import Conversation, Reply, User
from tests.standin import StandIn

Response = Any  # the test client adds to it what no type says

HTMX = {"HX-Request": "true"}


@dataclass
class Person:
    """`Person("alice", standin)`: the name is one of the stand-in's people."""

    name: str
    standin: StandIn
    client: Client = field(default_factory=lambda: Client(SERVER_NAME="localhost"))

    # --- getting in ---

    def goes_to_openrouter(self, *, destination: str = "/") -> str:
        """Click the button; return the address at OpenRouter that the browser is sent to."""
        response = self.client.post("/signin/", {"next": destination})
        assert response.status_code == 302
        return response.headers["Location"]

    def approves(self, auth_url: str) -> Response:
        return self.visits_callback(self.standin.approve(auth_url, person=self.name))

    def visits_callback(self, callback_url: str) -> Response:
        assert callback_url.startswith(settings.PUBLIC_URL + "/signin/callback/")
        return self.client.get(path_of(callback_url))

    def signs_in(self, *, destination: str = "/") -> Response:
        return self.approves(self.goes_to_openrouter(destination=destination))

    @property
    def user(self) -> User:
        return User.objects.get(pk=self.client.session["_auth_user_id"])

    # --- asking ---

    def uploads(self, *files: SimpleUploadedFile) -> Response:
        """Upload an image as the composer does as soon as it is chosen."""
        return self.client.post("/images/", {"images": files})

    def sends(self, text: str = "", *, chat: Conversation | None = None, **fields: Any) -> Response:
        """Post the composer without htmx, as a browser without JavaScript does."""
        return self.client.post(address_of(chat), {"text": text, **fields})

    def sends_with_htmx(self, text: str = "", *, chat: Conversation | None = None, **fields: Any) -> Response:
        return self.client.post(address_of(chat), {"text": text, **fields}, headers=HTMX)

    def asks(self, text: str = "", *, chat: Conversation | None = None, **fields: Any) -> "Page":
        """Send with htmx, follow the stream to its end, and look at the page."""
        response = self.sends_with_htmx(text, chat=chat, **fields)
        assert response.status_code == 200, response.content.decode()
        reply = self.latest_reply()
        self.follows(reply)
        return self.looks_at(reply.message.conversation)

    def latest_reply(self) -> Reply:
        replies = Reply.objects.filter(message__conversation__user=self.user)
        return replies.select_related("message__conversation").latest("asked_at")

    def follows(self, reply: Reply, *, after: int = 0) -> str:
        """The whole stream of a reply."""
        return b"".join(self.opens_stream(reply, after=after)).decode()

    def opens_stream(self, reply: Reply, *, after: int = 0) -> Iterable[bytes]:
        response: Response = self.client.get(f"/replies/{reply.id}/stream/?after={after}")
        assert response.status_code == 200
        content: Iterable[bytes] = response.streaming_content
        return content

    def looks_at(self, chat: Conversation, **query: Any) -> "Page":
        response = self.client.get(chat.get_absolute_url(), query)
        assert response.status_code == 200
        return Page(response)


class Page:
    """A chat page, read as a person reads it."""

    def __init__(self, response: Response) -> None:
        self.status = response.status_code
        self.html = response.content.decode()

    @cached_property
    def soup(self) -> BeautifulSoup:
        """The parsed page; only parsed when it is used, because that takes a good part of the time of a test."""
        return BeautifulSoup(self.html, "html.parser")

    def one(self, selector: str) -> Tag:
        found = self.soup.select(selector)
        assert len(found) == 1, f"{len(found)} of {selector}"
        return found[0]

    @cached_property
    def answer(self) -> Tag:
        """The last answer, parsed without the rest of the page, which is ten times as long."""
        start = self.html.rindex('<article id="answer-')
        end = self.html.index("</article>", start)
        return BeautifulSoup(self.html[start:end], "html.parser").select("article")[0]

    @property
    def text(self) -> str:
        return self.answer.select_one('[id^="done-"]').get_text().strip()

    @property
    def state(self) -> str:
        return str(self.answer["data-state"])

    @property
    def error(self) -> str:
        """The sentence where the answer would have been."""
        alert = self.answer.select_one('[role="alert"] > p')
        assert alert is not None, "no error is shown"
        return " ".join(alert.get_text().split())

    @property
    def version(self) -> str:
        """Which of the last answer's versions is shown: "2 / 3"; empty when it is the only one."""
        pager = self.answer.select_one(".pager > :not(.button)")
        return " ".join(pager.get_text().split()).removeprefix("Version ") if pager else ""

    def action(self, label: str) -> str:
        """Where the action of that name at the answer leads."""
        for element in self.answer.select("a, button"):
            if element.get_text().strip() == label:
                return str(element.get("href") or element.get("formaction"))
        raise AssertionError(f"no action “{label}”")

    @property
    def composer_error(self) -> str:
        return self.one("#composer-error").get_text().strip()


def address_of(chat: Conversation | None) -> str:
    return f"/chats/{chat.id}/messages/" if chat else "/chats/"


def path_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def image_file(*, name: str = "red.png", size: tuple[int, int] = (40, 30), colour: str = "red") -> SimpleUploadedFile:
    content = io.BytesIO()
    Image.new("RGB", size, colour).save(content, "PNG")
    return SimpleUploadedFile(name, content.getvalue(), content_type="image/png")
