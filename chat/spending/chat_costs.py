"""What a chat has cost, in parts that add up to the sum in its heading: everything in it that was paid."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from chat.models import Charge, Conversation, Reply

PARTS = SHOWN, VERSIONS, INCOMPLETE, DELETED, TITLES, VOICE, IMPORTED = (
    *("shown", "versions", "incomplete", "deleted", "titles", "voice", "imported"),
)


@dataclass
class Part:
    """How many requests of one sort, and what they cost together in US dollars, as far as that is known."""

    count: int = 0
    unknown: int = 0  # of them
    dollars: Decimal = Decimal(0)

    def count_in(self, cost: Decimal | None) -> None:
        self.count += 1
        self.unknown += cost is None
        self.dollars += cost or 0


def parts_of(conversation: Conversation) -> dict[str, Part]:
    """Those parts in which there is something, by their names, in the order of PARTS."""
    parts: dict[str, Part] = defaultdict(Part)
    rows = list(Charge.objects.filter(conversation=conversation.pk).values_list("id", "kind", "cost"))
    charges = {id_: kind for id_, kind, _ in rows}
    path = set(conversation.tree().path())
    for reply in _replies_of(conversation):
        is_charged = reply.pk in charges
        if reply.cost is not None or (is_charged and not reply.is_running):
            parts[_part_of(reply, path, is_charged)].count_in(reply.cost)
    if Charge.Kind.TITLE in charges.values():
        parts[TITLES].count_in(conversation.title_cost)
    elif conversation.title_cost is not None:
        parts[IMPORTED].dollars += conversation.title_cost
    for _, kind, cost in rows:
        if kind in Charge.VOICE:
            parts[VOICE].count_in(cost)
    return {name: parts[name] for name in PARTS if name in parts}


def _replies_of(conversation: Conversation) -> list[Reply]:
    replies = Reply.objects.filter(message__conversation=conversation).select_related("message")
    return list(replies.only("state", "cost", "message__deleted_at"))


def _part_of(reply: Reply, path: set[UUID], is_charged: bool) -> str:
    if reply.message.deleted_at:
        return DELETED
    if not is_charged:  # it came with an imported chat, so that somebody paid for it elsewhere
        return IMPORTED
    if reply.state in Reply.INCOMPLETE:
        return INCOMPLETE
    return SHOWN if reply.message_id in path else VERSIONS
