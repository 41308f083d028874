"""One request for voice: reserved in the ledger before it is sent, and settled when it is over."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from django.db import close_old_connections, transaction
from django.utils import timezone

from chat.accounts.key_status import refresh_after_answer
from chat.models import Charge, StoredKey, User
from chat.openrouter import ApiKey, Interrupted, KeyRejected, OpenRouterError
from chat.replies import cost_lookup
from chat.replies.reserve import reserved_by_running
from chat.replies.sanitize import storable_dollars, storable_fields
from chat.spending.ledger import add_up_voice, charge_of_voice, next_lookup
from chat.spending.limits import check_amount

T = TypeVar("T")

ESTIMATE_FACTOR = 2  # of a price that is estimated from tokens, for the most that it can be


@dataclass(frozen=True)
class PaidRequest:
    """What is asked for, and for whom. `most` is what it can cost in US dollars, None if that is not known."""

    user: User
    kind: Charge.Kind
    conversation: UUID
    model: str
    most: Decimal | None

    def reserve(self, *, over_limit: bool) -> Charge:
        """A row of the ledger with what it can cost. In a transaction. Raises OverLimit."""
        running = reserved_by_running(self.user.pk)
        if not over_limit:
            check_amount(self.user, self.most, self.model, running=running)
        charge = charge_of_voice(self.user.pk, self.kind, self.conversation, self.model, self.most or Decimal(0))
        charge.save(force_insert=True)
        return charge

    def send(self, charge: Charge, ask: Callable[[ApiKey], T]) -> T:
        """What `ask` returns, which is called with the person's key. Raises OpenRouterError.

        What OpenRouter refused costs nothing. What broke off may have cost something, which is asked for later.
        """
        key = self.user.working_key()
        if key is None:
            charge.delete()
            raise KeyRejected
        close_old_connections()  # do not hold a database connection while waiting for the model
        try:
            return ask(key)
        except KeyRejected:
            charge.delete()
            # Only if it is still this key: the person may have signed in with another one meanwhile.
            StoredKey.objects.filter(user=self.user, sha256=key.sha256).update(rejected_at=timezone.now())
            raise
        except OpenRouterError as error:
            if error.generation_id or isinstance(error, Interrupted):
                settle(charge, cost=None, generation_id=error.generation_id or "")
            else:
                charge.delete()
            raise
        except BaseException:  # what is reserved would count for ever
            charge.delete()
            raise


def settle(
    charge: Charge,
    *,
    cost: Decimal | None,
    generation_id: str,
    prompt_tokens: int | None = None,
    completion_tokens: int | None = None,
) -> None:
    """Store what a request cost; where OpenRouter has not said, ask its records."""
    known = None if cost is None else storable_dollars(cost)
    facts = {"generation_id": generation_id, "prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens}
    row = Charge.objects.filter(pk=charge.pk)
    is_awaited = known is None and generation_id
    fields = storable_fields(facts) | {"next_lookup_at": next_lookup(charge.asked_at) if is_awaited else None}
    with transaction.atomic():
        row.update(**fields, **({} if known is None else {"cost": known, "estimate": Decimal(0)}))
        add_up_voice(charge.conversation)
    if is_awaited:
        cost_lookup.look_up_later(charge.pk)
    refresh_after_answer(charge.user_id)
