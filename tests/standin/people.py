"""Who has an account here, and which keys they hold."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True)
class Person:
    """`user_id` is None where the exchange is to answer `"user_id": null`, which OpenRouter allows.

    `balance` is what `/credits` tells in US dollars, where it answers; `budget` caps each month of the person's keys.
    `key_days` is how long their keys last, None for ever.
    """

    name: str
    user_id: str | None
    has_bought_credits: bool = True
    balance: float | None = None
    budget: float | None = None
    key_days: float | None = None


PEOPLE = {
    person.name: person
    for person in (
        Person("alice", "user_2aLiCe4kQpZr7TnXw9VbYc1MdEf"),
        Person("bob", "user_2bObbb8hJsGu3LmKy5WtRv6NcAx"),
        Person("newcomer", "user_2nEwCoMer1DqFj9SzPo4HiUeTgB", has_bought_credits=False),
        Person("nobody", None),
        Person("rich", "user_2rIcHhh5WmQz8NbVc3XyTg7KeJp", balance=12.34),
        Person("spent", "user_2sPeNt9LkJh4GfDs6AqWe2RtYui", balance=0.0),
        Person("debtor", "user_2dEbToR7ZxCv1BnMa5SdFg8HjKl", balance=-0.52),
        Person("capped", "user_2cApPeD3QwEr6TyUi9OpAs4DfGh", budget=1.0),
        Person("short", "user_2sHoRt6PlOkMiJnUhBy9GtVfRc1", balance=0.43),
        Person("leaving", "user_2lEaViNg4TgBnHyUjMki8OlPqAz", key_days=3),
        Person("late", "user_2lAtEeE7EdCrFvTgByHn1UjMiKo", key_days=-1),
    )
}


@dataclass
class Key:
    """`limit` and `usage` are US dollars; a limit of None is no cap."""

    secret: str
    person: Person
    limit: float | None = None
    usage: float = 0.0
    revoked: bool = False
    free_requests: int = 0
    expires_at: str | None = None  # ISO 8601

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.secret.encode()).hexdigest()

    @property
    def label(self) -> str:
        return f"{self.secret[:12]}...{self.secret[-3:]}"


@dataclass
class People:
    keys: dict[str, Key] = field(default_factory=dict)

    def make_key(self, name: str = "alice", *, limit: float | None = None) -> str:
        """A valid key, as if that person had just signed in."""
        secret = f"sk-or-v1-{secrets.token_hex(32)}"
        self.keys[secret] = Key(secret, PEOPLE[name], limit, expires_at=_in_days(PEOPLE[name].key_days))
        return secret

    def revoke(self, secret: str) -> None:
        """Delete the key, as its owner may do on OpenRouter's settings page."""
        self.keys[secret].revoked = True

    def living_key(self, secret: str) -> Key | None:
        key = self.keys.get(secret)
        return None if key is None or key.revoked else key

    def user_id(self, name: str) -> str | None:
        return PEOPLE[name].user_id


def _in_days(days: float | None) -> str | None:
    return None if days is None else (datetime.now(UTC) + timedelta(days=days)).isoformat()
