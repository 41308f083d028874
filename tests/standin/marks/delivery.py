"""Marks for how an answer is sent: its pace, its packets, and connections that break."""

from collections.abc import Iterator

from tests.standin.marks.mark import Mark, interrupt, register
from tests.standin.plan import (
    FOREVER_SECONDS,
    HangUp,
    Moment,
    Plan,
    Wait,
    in_one_packet,
    in_packets_of,
    with_crlf,
)
from tests.standin.prose import numbered
from tests.standin.wire import COMMENT, Usage, Wire

MULTI_BYTE = "Grüße aus Köln: 世界, مرحبا, 👩‍🚀🍲 and a line\u2028separator. Done.\n"


@register("rate", "n=10")
def _rate(plan: Plan, mark: Mark) -> None:
    """So many tokens a second."""
    plan.rate = mark.number("n", float(mark.word() or 10), least=0.01)


@register("slow", "first=8")
def _slow(plan: Plan, mark: Mark) -> None:
    """Only comments for that many seconds, then the answer."""
    plan.first_token_seconds = mark.number("first", 8)


@register("headers", "after=5")
def _headers(plan: Plan, mark: Mark) -> None:
    """Nothing at all, not even headers, for that many seconds."""
    plan.header_seconds = mark.number("after", 5)


@register("silence")
def _silence(plan: Plan, mark: Mark) -> None:
    """No answer at all; the connection stays open."""
    plan.header_seconds = FOREVER_SECONDS


@register("mute", "after=20")
def _mute(plan: Plan, mark: Mark) -> None:
    """Falls silent after so many tokens (or half of them); the connection stays open."""

    def interlude(wire: Wire, usage: Usage) -> Iterator[Moment]:
        yield Wait(FOREVER_SECONDS)

    interrupt(plan, mark, interlude)


@register("stall", "after=20")
def _stall(plan: Plan, mark: Mark) -> None:
    """Falls silent like `mute`, but comments go on: a dead generation on a live connection."""

    def interlude(wire: Wire, usage: Usage) -> Iterator[Moment]:
        while True:
            yield Wait(plan.comment_seconds)
            yield COMMENT

    interrupt(plan, mark, interlude)


@register("cut", "after=20")
def _cut(plan: Plan, mark: Mark) -> None:
    """The connection is closed in the middle of an event."""
    interrupt(plan, mark, lambda wire, usage: (_half(wire), HangUp()))


@register("reset", "after=20")
def _reset(plan: Plan, mark: Mark) -> None:
    """The connection is reset in the middle of an event."""
    # The wait lets the half event be read: a reset throws away what is still on its way.
    interrupt(plan, mark, lambda wire, usage: (_half(wire), Wait(0.05), HangUp(reset=True)))


@register("drop")
def _drop(plan: Plan, mark: Mark) -> None:
    """The connection is closed before any header."""
    plan.drops = True


@register("crlf")
def _crlf(plan: Plan, mark: Mark) -> None:
    """Lines end in CRLF, as a proxy may do."""
    plan.packets.append(with_crlf)


@register("bytes", "size=1")
def _bytes(plan: Plan, mark: Mark) -> None:
    """In packets of one byte, with characters of several bytes."""
    plan.suggest(MULTI_BYTE)
    plan.packets.append(in_packets_of(mark.count("size", 1)))


@register("burst", "n=2000")
def _burst(plan: Plan, mark: Mark) -> None:
    """So many tokens, all in one packet."""
    if "n" in mark.values or plan.is_default:
        plan.set_pieces(numbered(mark.count("n", 2000)))
    plan.rate = 1_000_000
    plan.packets.append(in_one_packet)


def _half(wire: Wire) -> bytes:
    whole = wire.text("half of an event")
    return whole[: len(whole) // 2]
