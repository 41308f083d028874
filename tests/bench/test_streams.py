"""The benchmark's own parts: what upstream sends arrives, is recognised in the page, and counts once."""

import re

import pytest

from chat.rendering.blocks import Blocks
from chat.streaming import sse
from tests.bench.measure import Run
from tests.bench.received import Received, looked_through
from tests.bench.setups import WAYS
from tests.bench.text import PROSE, TEXTS, stamp, tokens_of

TOKENS = 400  # more than the mixed text holds before it begins anew


def test_three_streams_of_the_upstream_arrive_whole_and_on_time():
    with WAYS["upstream"]("mixed") as way:
        run = Run(way, [0.0, 0.05, 0.1], way.ask(3, "[[n=60 rate=200 first=0]]"), 60)
        run.go(20)
    row = run.row()
    assert (row["whole"], row["tokens"], row["lost"], row["repeated"]) == (3, 180, 0, 0)
    assert 0 <= row["lag_p50_ms"] < 1000
    assert row["bytes_per_token"] > 100
    assert row["cpu_us_per_token"] > 0


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_token_can_be_found_in_the_page(text):
    stream = looked_through(a_page(blocks_of(text)), tokens=TOKENS, is_page=True)
    assert (stream.lost, stream.repeated, stream.is_whole) == (0, 0, True)


def test_a_block_that_does_not_come_is_lost_and_one_that_comes_twice_repeated():
    first, second, *others = blocks_of(PROSE)
    without = looked_through(a_page([first, *others]), tokens=TOKENS, is_page=True)
    twice = looked_through(a_page([first, second, second, *others]), tokens=TOKENS, is_page=True)
    assert (without.lost, without.repeated, without.is_whole) == (40, 0, False)
    assert (twice.lost, twice.repeated) == (0, 40)


def blocks_of(text: str) -> list[str]:
    blocks, pieces = Blocks(), tokens_of(text)
    for number in range(TOKENS):
        blocks.feed(json_text(pieces[number % len(pieces)]) + stamp(number + 1).decode())
    blocks.close()
    return blocks.finished


def json_text(piece: bytes) -> str:
    return piece.decode().replace("\\n", "\n").replace('\\"', '"')


def a_page(blocks: list[str]) -> Received:
    """A stream of the site that finishes one block after the other, in chunks cut at odd places."""
    sent = [
        sse.message([sse.partial("done-1", html, swap="beforeend")], blocks=number)
        for number, html in enumerate(blocks, 1)
    ]
    body = b"".join([*sent, sse.named("done", "complete")])
    chunks = [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in re.findall(rb"(?s).{1,777}", body)]
    received = Received(b"", began=0.0)
    for piece in [b"HTTP/1.1 200 OK\r\n\r\n", *chunks, b"0\r\n\r\n"]:
        received.take(1.0, piece)
    return received
