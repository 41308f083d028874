"""Plays an answer on a connection: in time, and aware of a client that leaves."""

import time
from collections.abc import Callable, Iterable, Iterator
from threading import Event

from tests.standin.connection import Left
from tests.standin.plan import FOREVER_SECONDS, HangUp, Moment, Wait
from tests.standin.web import Request, Response
from tests.standin.world import Raw, Stream, World

LOOK_SECONDS = 0.01  # at what a test decides


def play(moments: Iterable[Moment], stream: Stream, at_end: Callable[[], None] = lambda: None) -> Iterator[bytes]:
    """The bytes of `moments`, each at its time. Keeps `stream` up to date; `at_end` is called in any case."""
    connection = stream.connection
    connection.watch()
    due = time.monotonic()
    try:
        for moment in moments:
            if isinstance(moment, Wait):
                due += moment.seconds
                connection.wait_until(due)
            elif isinstance(moment, HangUp):
                connection.hang_up(reset=moment.reset)
            elif isinstance(moment, bytes):
                stream.bytes_sent += len(moment)
                yield moment
    except Left as left:
        stream.is_closed_early = left.by_client
        raise
    except GeneratorExit:  # the server could not write what was yielded last
        stream.is_closed_early = True
        raise
    finally:
        connection.unwatch()
        stream.closed_at = connection.left_at or time.time()
        at_end()


def replay(world: World, request: Request, raw: Raw) -> Response:
    """Exactly the bytes that a test has given."""
    stream = Stream("raw", request.connection)
    world.streams.append(stream)
    return Response(raw.status, raw.headers, play(_moments(raw), stream))


def _moments(raw: Raw) -> Iterator[Moment]:
    for chunk in raw.chunks:
        if isinstance(chunk, Event):
            yield from _pauses_until(chunk)
            continue
        yield chunk
        if raw.pause_seconds:
            yield Wait(raw.pause_seconds)
    match raw.end:
        case "cut":
            yield HangUp()
        case "reset":
            yield Wait(0.05)  # a reset throws away what is still on its way
            yield HangUp(reset=True)
        case "hang":
            yield Wait(FOREVER_SECONDS)


def _pauses_until(event: Event) -> Iterator[Moment]:
    """Short ones: the event belongs to another thread, and nobody here may wait for it."""
    while not event.is_set():
        yield Wait(LOOK_SECONDS)
