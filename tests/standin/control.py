"""The interface of the stand-in for tests: start it, say what it shall answer, see what it was asked."""

import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import accumulate, pairwise
from threading import Event
from typing import Any, Self, TypeVar
from urllib.parse import parse_qsl, urlsplit

from tests.standin import errors, marks, models
from tests.standin.app import App
from tests.standin.marks import MARKS, Mark
from tests.standin.people import People
from tests.standin.server import Server
from tests.standin.signin import Attempt, Habits
from tests.standin.web import Headers
from tests.standin.wire import compact
from tests.standin.world import Queued, Raw, Received, Settings, Stream, World

T = TypeVar("T")
CHAT = "chat/completions"
LOOK_SECONDS, MAX_LOOK_SECONDS = 0.005, 0.05  # between two looks at what is waited for; the longer, the rarer


class StandIn:
    """An OpenRouter on this machine, in a thread of this process.

    `rate` is tokens a second where no mark sets one; the seconds say how long the first token, a comment and
    `/generation` take. Source of what it imitates: OpenRouter's docs and recorded answers, autumn 2026.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        certfile: str | None = None,
        keyfile: str | None = None,
        **settings: Any,
    ) -> None:
        self._settings = settings
        self._world = World(Settings(**settings))
        self._app = App(self._world)
        self._server = Server(self._app, host, port, (certfile, keyfile or certfile) if certfile else None)
        self._scheme = "https" if certfile else "http"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._cut_streams()
        self._server.stop()

    def reset(self) -> None:
        """Forget everything and end what is still running, as if just started. Requests sent before count no more."""
        self._server.catch_up()
        self._cut_streams()
        self._world = World(Settings(**self._settings))
        self._app.world = self._world

    @property
    def url(self) -> str:
        host, port = self._server.address
        return f"{self._scheme}://{host}:{port}"

    @property
    def settings(self) -> Settings:
        """`rate`, `first_token_seconds`, `comment_seconds`, `generation_seconds`; may be set at any time."""
        return self._world.settings

    # --- what the next requests get ---------------------------------------------------------------

    def answers(self, what: int | str, *, to: str = CHAT, times: int | None = 1, **facts: Any) -> None:
        """Queue an answer for an endpoint below /api/v1: the status of an error, a mark's name, or marks.

        `kind` or `limit_source` picks among errors of one status; other facts are the mark's values, or fill
        the error's message. First in, first out; `times=None` lasts until `reset`.
        """
        self._queue(self._marks(what, facts) if to == CHAT else self._other(what, facts), to, times)

    def answers_raw(
        self,
        chunks: bytes | Sequence[bytes | Event],
        *,
        status: int = 200,
        content_type: str = "text/event-stream",
        headers: Headers = (),
        lengths: Sequence[int] | None = None,
        pause_seconds: float = 0.0,
        end: str = "close",
        to: str = CHAT,
        times: int | None = 1,
    ) -> None:
        """Queue exact bytes. Each chunk, or each of `lengths` bytes, is one HTTP chunk and one send.

        An event among the chunks holds back what stands behind it until the test sets it.
        `end` is close (as it should be), cut (mid-body), reset, or hang (the line stays open).
        """
        pieces = [chunks] if isinstance(chunks, bytes) else list(chunks)
        if lengths is not None:
            assert isinstance(chunks, bytes)
            pieces = _cut(chunks, lengths)
        self._queue(Raw(pieces, status, (("Content-Type", content_type), *headers), pause_seconds, end), to, times)

    def exchange_answers(self, what: int | str, *, times: int | None = 1, **facts: Any) -> None:
        """Queue one for `POST /auth/keys`: a status, drop, silence, html, garbage, no-user or no-key."""
        self.answers(what, to="auth/keys", times=times, **facts)

    def hears(self, text: str) -> None:
        """Return this text for every recording from now on."""
        self._world.transcript = text

    # --- what happened ----------------------------------------------------------------------------

    @property
    def requests(self) -> list[Received]:
        """Every request so far, oldest first."""
        return list(self._world.received)

    @property
    def chat_requests(self) -> list[Received]:
        return [request for request in self.requests if request.path.endswith(CHAT)]

    def requests_to(self, endpoint: str) -> list[Received]:
        """The requests to one endpoint, like "audio/speech"."""
        return [request for request in self.requests if request.path.endswith(f"/{endpoint}")]

    def billed(self) -> dict[str, Decimal]:
        """What each answer cost, in US dollars, by its generation id."""
        records = self._world.generations.items()
        return {id_: Decimal(repr(record.facts["total_cost"])) for id_, record in records}

    @property
    def streams(self) -> list[Stream]:
        """Every answer of more than a refusal, oldest first."""
        return list(self._world.streams)

    @property
    def open_streams(self) -> list[Stream]:
        return [stream for stream in self.streams if stream.closed_at is None]

    @property
    def closed_early(self) -> list[Stream]:
        """Answers that their client did not stay for; `closed_at` says when it left."""
        return [stream for stream in self.streams if stream.closed_at and stream.is_closed_early]

    def wait_for(self, predicate: Callable[[], T], seconds: float = 60.0) -> T:
        """The first true value of `predicate()`. AssertionError when there is none in time."""
        deadline, pause = time.monotonic() + seconds, LOOK_SECONDS
        while not (value := predicate()):
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(pause)
            pause = min(1.3 * pause, MAX_LOOK_SECONDS)  # a look may load a page, which slows down the site
        return value

    # --- people -----------------------------------------------------------------------------------

    @property
    def people(self) -> People:
        return self._world.people

    def make_key(self, name: str = "alice", *, limit: float | None = None) -> str:
        return self.people.make_key(name, limit=limit)

    def revoke(self, key: str) -> None:
        self.people.revoke(key)

    def excludes(self, *model_ids: str) -> None:
        """Leave these models out of `/models/user`, as privacy settings do."""
        self._world.excluded_models = set(model_ids)

    def has_presets(self, *slugs: str, **facts: Any) -> None:
        """Give everybody these presets at OpenRouter; `facts` replace fields of each, like its status."""
        self._world.presets = [models.preset_item(slug) | facts for slug in slugs]

    def wants_key_for_tools(self) -> None:
        """List the tools at `/tools` only to who has a key: its docs leave open whether one is needed."""
        self._world.wants_key_for_tools = True

    def says_of_keys(self, **facts: Any) -> None:
        """Replace fields of what `/key` says of everybody's key; a field that is `...` is missing."""
        self._world.key_facts = facts

    def says_of_credits(self, balance: float) -> None:
        """Tell everybody's key at `/credits` that this is left, in US dollars, without what the key has used."""
        self._world.balance = balance

    @property
    def signin_habits(self) -> Habits:
        """What comes back from a sign-in; may be set at any time."""
        return self._world.signin.habits

    @signin_habits.setter
    def signin_habits(self, habits: Habits) -> None:
        self._world.signin.habits = habits

    def approve(self, auth_url: str, person: str = "alice") -> str:
        """What a browser does at `auth_url`: the address it is sent back to. ValueError if refused."""
        return self._world.signin.approve(_attempt(auth_url), person)

    def shows_code(self, auth_url: str, person: str = "alice") -> str:
        """What a person reads after approving at an `auth_url` without callback_url. ValueError if refused."""
        return self._world.signin.make_code(_attempt(auth_url), person)

    def deny(self, auth_url: str) -> str:
        return self._world.signin.deny(_attempt(auth_url))

    def later(self, seconds: float) -> None:
        """Move the clock: codes expire, `/generation` becomes ready."""
        self._world.clock.ahead_seconds += seconds

    # ----------------------------------------------------------------------------------------------

    def _queue(self, answer: Sequence[Mark] | Raw, to: str, times: int | None) -> None:
        self._world.queues[to].append(Queued(answer, times))

    def _marks(self, what: int | str, facts: dict[str, Any]) -> Sequence[Mark]:
        if isinstance(what, int):
            source = facts.pop("limit_source", "")
            error = errors.find(what, facts.pop("kind", ""), limit_source=source)
            return [Mark("error", values={**facts, "status": what, "kind": error.kind})]
        found = [Mark(what, values=facts)] if what in MARKS else marks.written_in(what)
        if not found:
            raise LookupError(f"no mark in {what!r}")
        return found

    def _other(self, what: int | str, facts: dict[str, Any]) -> Sequence[Mark] | Raw:
        """Queue answers for an endpoint other than chat."""
        json = (("Content-Type", "application/json"),)
        match what:
            case "html":
                return self._marks(502, {"kind": "html"})
            case "garbage":
                return Raw([b"<this is not JSON>"], 200, json, 0.0, "close")
            case "no-key":
                return Raw([b"{}"], 200, json, 0.0, "close")
            case "no-user":
                body = compact({"key": self.make_key("nobody"), "user_id": None})
                return Raw([body.encode()], 200, json, 0.0, "close")
        return self._marks(what, facts)

    def _cut_streams(self) -> None:
        for stream in self.open_streams:
            self._server.call(stream.connection.give_up)


def _attempt(auth_url: str) -> Attempt:
    return Attempt.from_query(dict(parse_qsl(urlsplit(auth_url).query, keep_blank_values=True)))


def _cut(content: bytes, lengths: Sequence[int]) -> list[bytes]:
    edges = [0, *accumulate(lengths)]
    assert edges[-1] == len(content), f"lengths make {edges[-1]} bytes, there are {len(content)}"
    return [content[start:end] for start, end in pairwise(edges)]
