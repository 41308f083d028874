"""Limits who may send a request body, how large and how slowly, and receives it before Django parses it.

Nothing else limits bodies: gunicorn passes them on unread, and Django's CSRF check would parse them, with all uploads,
on the event loop that all streams of the process share, before a view has checked who is sending.
"""

# gevent has no annotations.
# mypy: allow-untyped-calls

import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from gevent import Timeout

from chat.accounts.signed_in import VisitorRequest, redirect_to_welcome
from chat.offload import in_a_python_thread, is_on_a_loop, person
from chat.views.body_limit import BodyLimit, limit_of
from webapp.half_open import Crowd

PIECE_BYTES = 64 * 1024
PIECE_SECONDS = 15.0  # for each piece, so that nobody sends less than 4 KB a second
BASE_SECONDS = 60.0
MIN_BYTES_PER_SECOND = 50_000  # gives large bodies longer than `BASE_SECONDS`
DISCARD_SECONDS = 5.0
IN_MEMORY_BYTES = 1024 * 1024  # of each; the rest goes to a temporary file
MAX_BYTES_PARSED_INLINE = 16 * 1024  # takes a millisecond; larger forms are parsed in a thread

STRANGERS = "strangers"  # all who are not signed in share one thread, like one person
MAX_STRANGERS_BYTES = 256 * 1024  # a sign-in form, or a message of a person whose session has ended
MAX_OF_ONE_PERSON = 6  # bodies in transit, per process
MAX_OF_STRANGERS = 200  # of all of them; for one more, the one that has waited longest makes way


class BodyLost(OSError):
    """The body came too slowly, or ended early. Django answers with 400 if the client is still connected."""


class Body:
    """What a WSGI application reads as `wsgi.input`: empty until `receive` has been called."""

    def __init__(self, source: Any) -> None:
        self._source = source
        spool = SpooledTemporaryFile(IN_MEMORY_BYTES, dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115 (`close`)
        self._received = cast(BinaryIO, spool)

    def receive(self, length_bytes: int) -> None:
        """Receive the whole body, letting other greenlets run after each piece. Raises BodyLost."""
        give_up_at = time.monotonic() + BASE_SECONDS + length_bytes / MIN_BYTES_PER_SECOND
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

    def discard(self, length_bytes: int) -> None:
        """Discard a refused body for a few seconds: a browser reads no response if it is cut off while it sends."""
        give_up_at = time.monotonic() + DISCARD_SECONDS
        missing = length_bytes
        while missing and time.monotonic() < give_up_at:
            piece = self._piece(min(missing, PIECE_BYTES))
            missing = missing - len(piece) if piece else 0
            time.sleep(0)
        if missing:
            self.give_up()

    def give_up(self) -> None:
        """Leave the rest unread; gunicorn then closes the connection instead of discarding the rest."""
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
    """Middleware before the CSRF check: checks the sign-in and the view's limits, then receives the body."""

    def __init__(self, get_response: Callable[[WSGIRequest], HttpResponseBase]) -> None:
        self._get_response = get_response
        self._in_progress: Counter[Hashable] = Counter()
        self._strangers = Crowd(MAX_OF_STRANGERS)

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
            with self._among_strangers(request):
                _discard(request, length)
            return refusal
        if limit.upload_handler:
            request.upload_handlers = [limit.upload_handler(request)]
        with self._counted(request), self._among_strangers(request):
            try:
                _receive(request, length)
            except BodyLost:
                return HttpResponse(_("Your message didn't arrive completely. Please try again."), status=400)
        if length > MAX_BYTES_PARSED_INLINE:
            person.set(sender if (sender := _sender(request)) is not None else STRANGERS)
            in_a_python_thread(lambda: request.POST)
        return None

    def _refusal(self, request: WSGIRequest, limit: BodyLimit, length: int) -> HttpResponseBase | None:
        visitor = cast(VisitorRequest, request)
        if not visitor.user.is_authenticated and length > MAX_STRANGERS_BYTES:
            return limit.for_strangers(visitor) if limit.for_strangers else redirect_to_welcome(visitor, "/")
        if length > limit.most_bytes:
            return _too_large(visitor)
        if visitor.user.is_authenticated and self._in_progress[_sender(request)] >= MAX_OF_ONE_PERSON:
            return HttpResponse(
                _("Too many uploads at once. Please try again in a moment."),
                status=429,
                headers={"Retry-After": "10"},
            )
        return None

    @contextmanager
    def _counted(self, request: WSGIRequest) -> Iterator[None]:
        sender = _sender(request)
        self._in_progress[sender] += 1
        try:
            yield
        finally:
            self._in_progress[sender] -= 1
            if not self._in_progress[sender]:
                del self._in_progress[sender]

    def _among_strangers(self, request: WSGIRequest) -> AbstractContextManager[None]:
        connection = request.environ.get("gunicorn.socket")
        if connection is None or _sender(request) is not None:
            return nullcontext()
        return self._strangers.joined_by(connection)


def _length_of(request: WSGIRequest) -> int:
    """Return the content length as Django reads it; without one Django sees no body."""
    try:
        return max(0, int(request.META.get("CONTENT_LENGTH") or 0))
    except ValueError:
        return 0


def _sender(request: WSGIRequest) -> Hashable:
    return cast(VisitorRequest, request).user.pk  # None for everybody who is not signed in


def _receive(request: WSGIRequest, length: int) -> None:
    if isinstance(body := request.environ.get("wsgi.input"), Body):
        body.receive(length)


def _discard(request: WSGIRequest, length: int) -> None:
    if isinstance(body := request.environ.get("wsgi.input"), Body):
        body.discard(length)


def _too_large(request: VisitorRequest) -> HttpResponse:
    sentence = _("This is too large to send. Remove something and try again.")
    if request.htmx:
        return HttpResponse(sentence, status=413)
    return render(request, "413.html", {"sentence": sentence}, status=413)
