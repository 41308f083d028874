"""Request bodies: who may send one, how large, how slowly; received whole before anybody parses it.

Nothing else bounds them: gunicorn hands the body over unread, and Django's CSRF check would parse it, upload and all,
on the loop that every stream of the process shares, before a view has asked who is sending.
"""

# gevent has no annotations.
# mypy: allow-untyped-calls

import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from gevent import Timeout

from chat.accounts.signed_in import VisitorRequest, redirect_to_welcome
from chat.offload import beside_the_loop, is_on_a_loop, person
from chat.views.body_limit import BodyLimit, limit_of

PIECE_BYTES = 64 * 1024
PIECE_SECONDS = 15.0  # for each piece, so that nobody sends less than 4 KB a second
SECONDS_IN_ALL = 60.0
SLOWEST_BYTES_PER_SECOND = 50_000  # gives large bodies longer than `SECONDS_IN_ALL`
SKIPPING_SECONDS = 5.0
IN_MEMORY_BYTES = 1024 * 1024  # of each; the rest goes to a temporary file
PARSED_AT_ONCE_BYTES = 16 * 1024  # takes a millisecond; more is parsed beside the loop

STRANGERS = "strangers"  # take their turns as if they were one person
MOST_STRANGERS_BYTES = 256 * 1024  # a sign-in form, or a text whose writer's session has ended
MOST_AT_ONCE = {True: 6, False: 200}  # bodies on their way, per process: of one person; of all who are not signed in


class BodyLost(OSError):
    """The body came too slowly, or ended early. Django answers with 400 to whoever is still there."""


class Body:
    """What a WSGI application reads as `wsgi.input`: empty until `receive` has been called."""

    def __init__(self, source: Any) -> None:
        self._source = source
        spool = SpooledTemporaryFile(IN_MEMORY_BYTES, dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115 (`close`)
        self._received = cast(BinaryIO, spool)

    def receive(self, length_bytes: int) -> None:
        """Take in the whole body. Raises BodyLost; others have their turn after each piece."""
        give_up_at = time.monotonic() + SECONDS_IN_ALL + length_bytes / SLOWEST_BYTES_PER_SECOND
        missing = length_bytes
        while missing:
            piece = self._piece(min(missing, PIECE_BYTES))
            if not piece or time.monotonic() > give_up_at:
                self.give_up()
                raise BodyLost("the body was incomplete or too slow")
            self._received.write(piece)
            missing -= len(piece)
            time.sleep(0)
        self._received.seek(0)

    def skip(self, length_bytes: int) -> None:
        """Read past a refused body for a moment: a browser that is cut off while it sends never reads the answer."""
        give_up_at = time.monotonic() + SKIPPING_SECONDS
        missing = length_bytes
        while missing and time.monotonic() < give_up_at:
            piece = self._piece(min(missing, PIECE_BYTES))
            missing = missing - len(piece) if piece else 0
            time.sleep(0)
        if missing:
            self.give_up()

    def give_up(self) -> None:
        """Leave the rest unread; gunicorn then closes the connection instead of reading past it."""
        self._source.failed = True

    def read(self, size: int = -1) -> bytes:
        return self._received.read(size)

    def readline(self, size: int = -1) -> bytes:
        return self._received.readline(size)

    def close(self) -> None:
        self._received.close()

    def _piece(self, size: int) -> bytes:
        piece = b""
        with Timeout(PIECE_SECONDS, False) if is_on_a_loop() else nullcontext():
            piece = self._source.read(size)
        return bytes(piece)


def with_received_bodies(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Put a `Body` into the environment of each request that `application` gets."""

    def receiving(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["wsgi.input"] = Body(environ["wsgi.input"])
        return application(environ, start_response)

    return receiving


class RequestBodies:
    """Middleware before the CSRF check: the sign-in and the limits of the view are looked at, then the body."""

    def __init__(self, get_response: Callable[[WSGIRequest], HttpResponseBase]) -> None:
        self._get_response = get_response
        self._on_their_way: Counter[Hashable] = Counter()

    def __call__(self, request: WSGIRequest) -> HttpResponseBase:
        try:
            return self._get_response(request)
        finally:
            if isinstance(body := request.environ.get("wsgi.input"), Body):
                body.close()

    def process_view(
        self, request: WSGIRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        length = _length_of(request)
        if not length:
            return None
        limit = limit_of(view)
        if refusal := self._refusal(request, limit, length):
            _skip(request, length)
            return refusal
        if limit.upload_handler:
            request.upload_handlers = [limit.upload_handler(request)]
        with self._counted(request):
            try:
                _receive(request, length)
            except BodyLost:
                return HttpResponse(_("Your message didn't arrive completely. Please try again."), status=400)
        if length > PARSED_AT_ONCE_BYTES:
            person.set(sender if (sender := _sender(request)) is not None else STRANGERS)
            beside_the_loop(lambda: request.POST)
        return None

    def _refusal(self, request: WSGIRequest, limit: BodyLimit, length: int) -> HttpResponseBase | None:
        visitor = cast(VisitorRequest, request)
        if not visitor.user.is_authenticated and length > MOST_STRANGERS_BYTES:
            return limit.for_strangers(visitor) if limit.for_strangers else redirect_to_welcome(visitor, "/")
        if length > limit.most_bytes:
            return _too_large(visitor)
        if self._on_their_way[_sender(request)] >= MOST_AT_ONCE[visitor.user.is_authenticated]:
            return HttpResponse(
                _("Too much is being sent at once. Please try again in a moment."),
                status=429,
                headers={"Retry-After": "10"},
            )
        return None

    @contextmanager
    def _counted(self, request: WSGIRequest) -> Iterator[None]:
        sender = _sender(request)
        self._on_their_way[sender] += 1
        try:
            yield
        finally:
            self._on_their_way[sender] -= 1
            if not self._on_their_way[sender]:
                del self._on_their_way[sender]


def _length_of(request: WSGIRequest) -> int:
    """As Django reads it; a body without a length is none to it."""
    try:
        return max(0, int(request.META.get("CONTENT_LENGTH") or 0))
    except ValueError:
        return 0


def _sender(request: WSGIRequest) -> Hashable:
    return cast(VisitorRequest, request).user.pk  # None for everybody who is not signed in


def _receive(request: WSGIRequest, length: int) -> None:
    if isinstance(body := request.environ.get("wsgi.input"), Body):
        body.receive(length)


def _skip(request: WSGIRequest, length: int) -> None:
    if isinstance(body := request.environ.get("wsgi.input"), Body):
        body.skip(length)


def _too_large(request: VisitorRequest) -> HttpResponse:
    sentence = _("This is too large to send. Remove something and try again.")
    if request.htmx:
        return HttpResponse(sentence, status=413)
    return render(request, "413.html", {"sentence": sentence}, status=413)
