import random
import time

import pytest

from chat.openrouter.connection import sse
from chat.openrouter.connection.sse import EventParser
from chat.openrouter.errors.kinds import AnswerTooLarge


def parse(*pieces: bytes) -> list[str]:
    parser = EventParser()
    return [payload for piece in pieces for payload in parser.feed(piece)] + parser.close()


def test_an_event_is_known_when_its_blank_line_comes():
    parser = EventParser()

    assert parser.feed(b"data: one\n") == []
    assert parser.feed(b"\n") == ["one"]


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
def test_lines_end_in_three_ways(ending):
    assert parse(b"data: a\n: c\n\ndata: b\n\n".replace(b"\n", ending)) == ["a", "b"]


@pytest.mark.parametrize(
    ("received", "payloads"),
    [
        (b": OPENROUTER PROCESSING\n\n", []),
        (b"data: a\n: in between\ndata: b\n\n", ["a\nb"]),
        (b"data:no space\n\ndata:  two spaces\n\n", ["no space", " two spaces"]),
        (b"event: x\nid: 1\nretry: 5\ndata: a\n\n", ["a"]),
        (b"data\n\ndatabase: x\n\n", [""]),
        (b"data: a:b\n\n", ["a:b"]),
        (b"\xef\xbb\xbfdata: after a byte order mark\n\n", ["after a byte order mark"]),
        (b"\n\n\n\ndata: a\n\n\n\n", ["a"]),
        (b"data: no blank line at the end\n", ["no blank line at the end"]),
        (b"data: no end at all", ["no end at all"]),
        (b"", []),
    ],
)
def test_what_a_stream_may_hold(received, payloads):
    assert parse(received) == payloads
    assert parse(*(received[i : i + 1] for i in range(len(received)))) == payloads


@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c"])
def test_only_line_feeds_and_carriage_returns_end_a_line(character):
    assert parse(f'data: "a{character}b"\n\n'.encode()) == [f'"a{character}b"']


def test_a_broken_character_costs_only_itself():
    assert parse(b"data: a\xff\xe2\x82b\n\n") == ["a\ufffd\ufffdb"]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_it_does_not_matter_where_reads_cut(seed, ending):
    chance = random.Random(seed)
    expected, stream = [], ""
    for _ in range(200):
        lines = [
            "".join(chance.choices("ab é€😀\u2028:{}", k=chance.randrange(12))) for _ in range(chance.randint(1, 3))
        ]
        expected.append("\n".join(lines))
        stream += f": comment{ending}" + "".join(f"data: {line}{ending}" for line in lines) + ending
    received = stream.encode()
    cuts = sorted(chance.choices(range(len(received)), k=chance.choice([0, 5, 500, 5000])))

    assert parse(*(received[start:end] for start, end in zip([0, *cuts], [*cuts, None], strict=True))) == expected


def test_two_thousand_events_in_one_read():
    assert parse(b"".join(b"data: %d\n\n" % number for number in range(2000))) == [str(n) for n in range(2000)]


def test_an_event_of_many_megabytes_takes_linear_time():
    """An image is one line. Ten times the length may take about ten times the time; joining at each read takes 100."""

    def seconds(size: int) -> float:
        pieces = [b"data: ", *[b"x" * 1000] * (size // 1000), b"\n\n"]
        started = time.thread_time()
        (payload,) = parse(*pieces)
        assert len(payload) == size
        return time.thread_time() - started

    assert min(seconds(20_000_000) for _ in range(3)) < 40 * min(seconds(2_000_000) for _ in range(3))


@pytest.mark.parametrize("line", [b"x" * 1_000, b"data: " + b"x" * 994 + b"\n"])
def test_an_event_without_an_end_is_not_kept(monkeypatch, line):
    monkeypatch.setattr(sse, "MAX_EVENT_BYTES", 99_000)
    parser = EventParser()
    for _ in range(99):
        parser.feed(line)

    with pytest.raises(AnswerTooLarge):
        parser.feed(line * 2)


def test_any_number_of_events_may_come(monkeypatch):
    monkeypatch.setattr(sse, "MAX_EVENT_BYTES", 100)

    assert parse(*[b"data: " + b"x" * 60 + b"\n\n: comment\n"] * 1_000) == ["x" * 60] * 1_000
