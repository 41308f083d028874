"""Lets a model continue a text outside of chats, in a thread of its own, and stores what that cost."""

from collections.abc import Generator
from dataclasses import dataclass, replace
from decimal import Decimal
from queue import Empty, SimpleQueue

from django.db import close_old_connections, transaction
from django.utils.translation import gettext as _

from chat.accounts.user_key import key_for, mark_rejected
from chat.background import spawn
from chat.model_request.common_fields import model_field, pseudonym
from chat.models import Charge, User
from chat.openrouter import (
    COMPLETIONS,
    ApiKey,
    Call,
    Finished,
    KeyRejected,
    OpenRouterError,
    Started,
    Text,
    UpstreamUnavailable,
    Usage,
)
from chat.sanitize import storable
from chat.spending.ledger import pending_charge
from chat.spending.limits import Request, reserve
from chat.spending.reserve import reserved_by_running
from chat.spending.settle import note_generation, settle
from chat.upstream import openrouter

MOST_OF_ONE = 4  # person, in a process
SILENCE_SECONDS = 1.0  # after which a reader is given "", to notice that its browser has left


class TooMany(Exception):
    """The person has to wait for other continuations first; `str()` is the sentence to show."""


@dataclass(frozen=True)
class TextRequest:
    """What a person asks for: more of `text`. Without a temperature the model's own is used."""

    model: str
    text: str
    max_tokens: int
    temperature: float | None = None


class Completion:
    """A continuation as it arrives. At its end it has `failure`, `finish_reason` and `cost` (None: unknown)."""

    def __init__(self, call: Call, charge: Charge, key: ApiKey) -> None:
        self.failure: OpenRouterError | None = None
        self.finish_reason = ""
        self.cost: Decimal | None = None
        self.user_id = charge.user_id
        self._call, self._charge, self._key = call, charge, key
        self._pieces: SimpleQueue[str | None] = SimpleQueue()

    def pieces(self) -> Generator[str]:
        """Yield the text as it comes, and "" in each second without any. Closing this stops the model."""
        close_old_connections()  # do not hold a database connection while the model writes
        try:
            while True:
                try:
                    piece = self._pieces.get(timeout=SILENCE_SECONDS)
                except Empty:
                    yield ""
                    continue
                if piece is None:
                    return
                yield piece
        finally:
            self._call.cancel()

    def run(self) -> None:
        """Ask, and collect what comes, until it ends or the reader has left. The cost is stored in any case."""
        usage = Usage()
        try:
            for event in self._call:
                match event:
                    case Started():
                        note_generation(self._charge, event.generation_id)
                        close_old_connections()  # do not hold a database connection while the model writes
                    case Text(text):
                        self._pieces.put(storable(text))
                    case Finished(reason):
                        self.finish_reason = reason
                    case Usage():
                        usage = event
        except OpenRouterError as failure:
            self.failure = failure
            if isinstance(failure, KeyRejected):
                mark_rejected(self._charge.user_id, self._key)
        except Exception:
            self.failure = UpstreamUnavailable()
            raise
        finally:
            _running.discard(self)
            self._store_cost(usage)
            self._pieces.put(None)

    def _store_cost(self, usage: Usage) -> None:
        """Write what it cost; nothing if OpenRouter refused the request."""
        if not (generation_id := self._call.generation_id):
            Charge.objects.filter(pk=self._charge.pk).delete()
            return
        self.cost = settle(
            self._charge,
            cost=usage.cost,
            generation_id=generation_id,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
        )


_running: set[Completion] = set()  # in this process


def begin(user: User, asked: TextRequest) -> Completion:
    """Reserve what it can cost, and ask in the background. Raises NoKey, OverLimit and TooMany."""
    _refuse_if_too_many(user)
    key = key_for(user)
    charge, max_tokens = _reserve(user, asked)
    body = _body(user, replace(asked, max_tokens=max_tokens))
    completion = Completion(openrouter().chat(key, body, api=COMPLETIONS), charge, key)
    _running.add(completion)
    spawn(f"completion {charge.pk}", completion.run)
    return completion


def _refuse_if_too_many(user: User) -> None:
    if sum(each.user_id == user.pk for each in list(_running)) >= MOST_OF_ONE:
        sentence = _("You can have %(count)d texts continued at a time. Wait for one to finish, or stop one first.")
        raise TooMany(sentence % {"count": MOST_OF_ONE})


def _reserve(user: User, asked: TextRequest) -> tuple[Charge, int]:
    """A row of the ledger with what it can cost at most, and how many tokens the limits leave. Raises OverLimit."""
    with transaction.atomic():
        running = reserved_by_running(user.pk)
        request = Request([asked.model], len(asked.text.encode()) // 2, asked.max_tokens)
        (reservation,) = reserve(user, [request], running=running)
        charge = pending_charge(user.pk, Charge.Kind.COMPLETION, asked.model, estimate=reservation.dollars)
        charge.save(force_insert=True)
        return charge, reservation.max_completion_tokens


def _body(user: User, asked: TextRequest) -> dict[str, object]:
    temperature = {} if asked.temperature is None else {"temperature": asked.temperature}
    asked_for = {"prompt": asked.text, "max_tokens": asked.max_tokens, **temperature}
    return {**model_field(asked.model), **asked_for, "user": pseudonym(user.pk)}
