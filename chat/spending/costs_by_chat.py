"""What each chat of a person cost, without those that cannot be opened any more."""

from itertools import starmap
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from chat.models import Charge, Conversation, User
from chat.models.charge import NO_CHAT
from chat.models.dollars import DollarsField
from chat.spending.ledger_sums import ROWS_SHOWN, SUMS, Amount, Shares, amount_from, sum_of


class ChatAmount(NamedTuple):
    """What a chat cost that its person can still open."""

    id: UUID
    title: str
    amount: Amount


# The ledger has no foreign key to chats, so that Django cannot join them.
BY_CHAT = """
    SELECT chat.id, chat.title, {sums}
    FROM ({spent}) AS spent
    LEFT JOIN {chats} AS chat ON chat.id = spent.conversation
        AND chat.user_id = %s AND chat.deleted_at IS NULL AND NOT chat.is_temporary
    GROUP BY chat.id, chat.title
    ORDER BY chat.id IS NOT NULL, COALESCE(SUM(spent.dollars), 0) DESC, SUM(spent.requests) DESC, chat.id
    LIMIT %s
"""


def by_chat(user: User, rows: QuerySet[Charge], total: Amount) -> Shares:
    """The shares of chats, as ChatAmount; `rows` is a part of the ledger of `user`, and `total` the sum of it."""
    spent, values = rows.order_by().values("conversation").annotate(**SUMS).query.sql_with_params()
    sums = ", ".join(f"SUM(spent.{name})" for name in SUMS)
    sql = BY_CHAT.format(spent=spent, sums=sums, chats=Conversation._meta.db_table)
    owner = Conversation._meta.pk.get_db_prep_value(user.pk, connection)
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, owner, ROWS_SHOWN + 1])
        found = list(starmap(_chat_amount, cursor.fetchall()))
    chats = [ChatAmount(id_, title, amount) for id_, title, amount in found if id_ is not None][:ROWS_SHOWN]
    texts = _sum(rows.filter(kind=Charge.Kind.COMPLETION)) if total.texts else Amount()
    outside = _sum(rows.filter(conversation=NO_CHAT)) - texts if total.dictations else Amount()
    deleted = sum_of(amount for id_, _, amount in found if id_ is None)
    rest = total - deleted - sum_of(each.amount for each in chats)
    return Shares(chats, rest, deleted - outside - texts, outside, texts)


def _sum(rows: QuerySet[Charge]) -> Amount:
    return amount_from(*rows.aggregate(**SUMS).values())


def _chat_amount(id_: object, title: str, dollars: Any, *others: Any) -> tuple[UUID | None, str, Amount]:
    amount = amount_from(DollarsField().from_db_value(dollars), *(int(each or 0) for each in others))
    return None if id_ is None else UUID(str(id_)), title, amount
