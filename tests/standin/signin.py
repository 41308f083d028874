"""Sign-in by OAuth PKCE: the page a person sees, and the exchange of a code for a key."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from tests.standin.clock import Clock
from tests.standin.people import PEOPLE, Key, People
from tests.standin.refusal import Refused

CODE_LIFETIME_SECONDS = 600
STATES = ("echoed", "absent", "twice", "differs", "twice-differs")
QUERIES = ("kept", "dropped", "naive")
METHODS = ("S256", "plain")
LOOPBACK = ("localhost", "127.0.0.1")


class BadAddress(ValueError):
    """`/auth` was called with parameters that OpenRouter would not accept; the text says which."""


@dataclass(frozen=True)
class Habits:
    """What comes back from a sign-in: documents, reports and other programs disagree, so each is possible.

    `state` is one of STATES, `query` (of callback_url) one of QUERIES; `refused_code` is an HTTP status.
    """

    state: str = "echoed"
    query: str = "kept"
    denial_state: str = "absent"
    denial_query: str = "kept"
    refused_code: int = 403

    def states(self, state: str | None) -> list[tuple[str, str]]:
        return _states(self.state, state)

    def denial_states(self, state: str | None) -> list[tuple[str, str]]:
        return _states(self.denial_state, state)


def _states(habit: str, state: str | None) -> list[tuple[str, str]]:
    if state is None:
        return []
    values = {"echoed": [state], "twice": [state, state], "differs": ["another"], "twice-differs": ["another", state]}
    return [("state", value) for value in values.get(habit, [])]


@dataclass(frozen=True)
class Attempt:
    """What an app asks for when it sends somebody to `/auth`; without `callback_url` the person is shown the code."""

    callback_url: str
    code_challenge: str
    code_challenge_method: str
    state: str | None = None

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "Attempt":
        attempt = cls(
            query.get("callback_url", ""),
            query.get("code_challenge", ""),
            query.get("code_challenge_method", "plain"),
            query.get("state"),
        )
        if "callback_url" in query and not is_allowed_callback(attempt.callback_url):
            raise BadAddress("callback_url must be https, or http on localhost or 127.0.0.1.")
        if not attempt.code_challenge:
            raise BadAddress("code_challenge is missing.")
        if attempt.code_challenge_method not in METHODS:
            raise BadAddress("code_challenge_method must be S256 or plain.")
        if not attempt.callback_url and attempt.code_challenge_method != "S256":
            raise BadAddress("code_challenge_method must be S256 without a callback_url.")
        return attempt

    def allows(self, verifier: str) -> bool:
        expected = verifier
        if self.code_challenge_method == "S256":
            digest = hashlib.sha256(verifier.encode()).digest()
            expected = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return hmac.compare_digest(expected.encode(), self.code_challenge.encode())


@dataclass(frozen=True)
class Grant:
    """A code that waits for its exchange. `expires_at` is seconds on the stand-in's clock."""

    attempt: Attempt
    person: str
    expires_at: float


@dataclass
class SignIn:
    people: People
    clock: Clock
    habits: Habits = field(default_factory=Habits)
    grants: dict[str, Grant] = field(default_factory=dict)

    def make_code(self, attempt: Attempt, person: str) -> str:
        """A code that works once, for ten minutes."""
        if person not in PEOPLE:
            raise BadAddress(f"There is nobody called {person!r} here.")
        code = secrets.token_urlsafe(24)
        self.grants[code] = Grant(attempt, person, self.clock.now() + CODE_LIFETIME_SECONDS)
        return code

    def approve(self, attempt: Attempt, person: str, habits: Habits | None = None) -> str:
        """The address to send the browser back to, with a code."""
        habits = habits or self.habits
        more = [("code", self.make_code(attempt, person)), *habits.states(attempt.state)]
        return with_query(attempt.callback_url, more, old=habits.query)

    def deny(self, attempt: Attempt, habits: Habits | None = None) -> str:
        """The address for "no"."""
        habits = habits or self.habits
        error = [("error", "access_denied"), ("error_description", "The user denied the request")]
        more = [*error, *habits.denial_states(attempt.state)]
        return with_query(attempt.callback_url, more, old=habits.denial_query)

    def exchange(self, body: object) -> Key:
        """The new key for a code and its verifier. Source: OpenRouter docs, "OAuth PKCE"."""
        if not isinstance(body, dict) or not isinstance(body.get("code"), str):
            raise Refused(400, "bad-request")
        grant = self.grants.get(body["code"])
        if grant is None:
            raise Refused(self.habits.refused_code, "code")
        if self.clock.now() >= grant.expires_at:
            raise Refused(403, "expired")
        if (body.get("code_challenge_method") or "plain") != grant.attempt.code_challenge_method:
            raise Refused(400, "challenge-method")
        if not grant.attempt.allows(str(body.get("code_verifier", ""))):
            raise Refused(self.habits.refused_code, "code")
        del self.grants[body["code"]]
        return self.people.keys[self.people.make_key(grant.person)]


def is_allowed_callback(url: str) -> bool:
    parts = urlsplit(url)
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))


def with_query(url: str, more: list[tuple[str, str]], *, old: str = "kept") -> str:
    """`url` with more in its query; `old`, one of QUERIES, is what becomes of what is there already."""
    parts = urlsplit(url)
    if old == "naive":
        return f"{url}?{urlencode(more)}"
    query = "&".join(part for part in (parts.query if old == "kept" else "", urlencode(more)) if part)
    return parts._replace(query=query).geturl()
