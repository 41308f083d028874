"""Everything the stand-in knows, shared by the thread that answers and the thread of the tests."""

import time
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from tests.standin.clock import Clock
from tests.standin.connection import Connection
from tests.standin.marks import Mark
from tests.standin.people import Key, People
from tests.standin.refusal import Refused
from tests.standin.signin import SignIn
from tests.standin.web import Headers, Request

KEPT_REQUESTS = 2000


@dataclass
class Settings:
    """How lively it is. `rate` is tokens a second where no mark sets one."""

    rate: float = 1000.0
    first_token_seconds: float = 0.0
    comment_seconds: float = 1.0
    generation_seconds: float = 2.0
    bills_stopped: bool = False  # answers that were stopped cost as much as whole ones, as with some providers
    tells_voice_cost: bool = True  # with a transcription; otherwise only `/generation` has it


@dataclass(frozen=True)
class Received:
    """A request as it came in. `headers` have lower-case names; `at` is Unix time."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    at: float

    @classmethod
    def from_request(cls, request: Request) -> "Received":
        return cls(request.method, request.path, request.query, request.headers, request.body, time.time())


@dataclass(eq=False)
class Stream:
    """An answer on its way. Times are Unix times; `closed_at` is None while it is open."""

    generation_id: str
    connection: Connection = field(repr=False)
    opened_at: float = field(default_factory=time.time)
    closed_at: float | None = None
    bytes_sent: int = 0
    is_closed_early: bool = False


@dataclass(frozen=True)
class Raw:
    """Exact bytes. Each chunk is one HTTP chunk and one send; events among them are waited for.

    `end` is close, cut, reset or hang.
    """

    chunks: Sequence[bytes | Event]
    status: int
    headers: Headers
    pause_seconds: float
    end: str


@dataclass
class Queued:
    """What the next `times` requests get (None: all of them, until reset)."""

    answer: Sequence[Mark] | Raw
    times: int | None


@dataclass
class Generation:
    """What `/generation` tells about an answer, once `ready_at` (the stand-in's clock) is past."""

    facts: dict[str, Any]
    ready_at: float
    key: Key


@dataclass
class World:
    settings: Settings = field(default_factory=Settings)
    clock: Clock = field(default_factory=Clock)
    people: People = field(default_factory=People)
    received: deque[Received] = field(default_factory=lambda: deque(maxlen=KEPT_REQUESTS))
    streams: deque[Stream] = field(default_factory=lambda: deque(maxlen=KEPT_REQUESTS))
    queues: dict[str, deque[Queued]] = field(default_factory=lambda: defaultdict(deque))
    generations: dict[str, Generation] = field(default_factory=dict)
    excluded_models: set[str] = field(default_factory=set)  # by the privacy settings of everybody here
    presets: list[dict[str, Any]] = field(default_factory=list)  # of everybody here, as `/presets` lists them
    wants_key_for_tools: bool = False  # `/tools` is for those who have a key
    key_facts: dict[str, Any] = field(default_factory=dict)  # that replace those of `/key`, of everybody here
    balance: float | None = None  # that `/credits` tells everybody here; None: the person's own, if at all
    transcript: str = "This is what I said."  # what every recording says
    signin: SignIn = field(init=False)

    def __post_init__(self) -> None:
        self.signin = SignIn(self.people, self.clock)

    def key_of(self, request: Request) -> Key:
        """The key that a request carries. Refuses a missing, unknown or revoked one."""
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise Refused(401, "missing")
        key = self.people.living_key(secret.strip())
        if key is None:
            raise Refused(401, "user")
        return key

    def refuse_poor(self, key: Key) -> None:
        """Refuse what costs something to somebody who has nothing left."""
        balance = key.person.balance
        if not key.person.has_bought_credits:
            raise Refused(402, "never")
        if balance is not None and balance <= key.usage:
            raise Refused(402, "credits")
        if key.limit is not None and key.usage >= key.limit:
            raise Refused(403, "key-total")

    def next_answer(self, endpoint: str) -> Sequence[Mark] | Raw | None:
        """What a test has queued for this endpoint, if anything."""
        queue = self.queues[endpoint]
        if not queue:
            return None
        queued = queue[0]
        if queued.times is not None:
            queued.times -= 1
            if queued.times == 0:
                queue.popleft()
        return queued.answer
