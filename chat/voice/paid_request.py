"""One request for voice: reserved in the ledger before it is sent, and settled when it is over."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from django.db import close_old_connections

from chat.accounts.user_key import mark_rejected
from chat.models import Charge, User
from chat.openrouter import ApiKey, Interrupted, KeyRejected, OpenRouterError
from chat.spending.ledger import pending_charge
from chat.spending.limits import check_amount
from chat.spending.reserve import reserved_by_running
from chat.spending.settle import settle

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
        charge = pending_charge(self.user.pk, self.kind, self.model, conversation=self.conversation, estimate=self.most)
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
            mark_rejected(self.user.pk, key)
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
