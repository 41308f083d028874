"""Following a reply: what one reader's browser gets, from the block it has to the end.

The reply may be made in this process, in another one, or be over: the reader sees the same events.
"""

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Protocol
from uuid import UUID

from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.template.loader import render_to_string

from chat.conversations.transcript import pager_of
from chat.models import Reply
from chat.rendering.citations import Target, cited
from chat.rendering.growth import growth
from chat.replies import lease, live
from chat.replies.generate import FRAME_SECONDS, start
from chat.replies.recover import recover
from chat.replies.render import (
    NO_SOURCES,
    REASONING,
    TEXT,
    Block,
    Delta,
    ReplyRenderer,
    Snapshot,
    count_chars,
    html_for_reader,
    offload_if_large,
)
from chat.replies.sources import link_targets, sources_to_show
from chat.streaming import sse
from chat.streaming.presenter import answer_to_show

HEARTBEAT_SECONDS = 15.0
LOOK_SECONDS = 2.0  # how often a reader is asked whether it is still there while there is nothing to send
TAIL_BYTES_PER_SECOND = 40_000  # a large open block is sent again less often
LONGEST_FRAME_SECONDS = 1.0  # but the end of an answer does not wait for it
UNKNOWN_TAILS = ("?", "?")  # of a browser that comes back: it may show blocks as open that are finished by now
NO_TAILS = ("", "")
PART_BYTES = 500_000  # of finished blocks in one event
POLL_SECONDS = 0.5  # how often another process's pieces are looked for; they are written that often


class Source(Protocol):
    """Where a running reply's content comes from."""

    @property
    def has_ended(self) -> bool: ...
    def wait(self, seen: int, timeout_seconds: float) -> int: ...
    def idle_seconds(self) -> live.IdleSeconds: ...
    def snapshot(self) -> Snapshot: ...


def follow(
    reply: Reply, *, after: int, continues: bool = False, has_disconnected: Callable[[], bool] = lambda: False
) -> Generator[bytes]:
    """Yield events from the block behind number `after` on. Only a running reply nobody makes yet is begun.

    `continues` tells that the page shows it as going on with an older answer. Should the model not have been able to,
    the page gets its article anew. `has_left` tells whether the browser has hung up: without it only a failing ping
    does.
    """
    continues = continues or bool(reply.continues_id)
    source, reply_id = _source_of(reply, continues), reply.pk
    close_old_connections()  # no connection is held while the reader waits
    yield sse.PING
    shown: int | None = after
    try:
        if source:
            shown = yield from _live_events(reply_id, source, after, has_disconnected)
        if shown is not None:
            yield from _end_events(reply_id, shown, continues)
    except Reply.DoesNotExist:  # its chat was deleted meanwhile
        yield sse.named("done", Reply.State.STOPPED)
    finally:
        close_old_connections()


def _source_of(reply: Reply, continues: bool) -> Source | None:
    """Where its content comes from, which may have to be begun here; None when the reply is over, or begun anew."""
    made_here = live.find(reply.pk)
    if continues and not (made_here.prefill_count if made_here else reply.continues_id):
        return None
    if made_here is None and reply.is_running:
        made_here = start(reply)
    return made_here or (StoredReply(reply) if reply.is_running else None)


def _live_events(
    reply_id: UUID, source: Source, after: int, has_disconnected: Callable[[], bool]
) -> Generator[bytes, None, int | None]:
    """Yield frames until the source ends; return how many blocks the reader has then, or None to let it go."""
    screen = Screen(reply_id, blocks=after)
    seen = 0
    told_at = time.monotonic() - source.idle_seconds().content
    while True:
        now_there = source.wait(seen, LOOK_SECONDS)
        if has_disconnected():
            return None
        if lease.is_closed() and isinstance(source, StoredReply):
            return None  # the browser comes back, to a process that stays
        if source.has_ended:
            return screen.blocks
        if now_there == seen:
            if time.monotonic() - told_at > HEARTBEAT_SECONDS:
                told_at = time.monotonic()
                yield sse.quiet(*source.idle_seconds())
            continue
        told_at = time.monotonic() - source.idle_seconds().content  # who comes late is told soon
        seen = now_there
        page = source.snapshot()
        yield from screen.update(page)
        tail_seconds = (len(page.answer_tail) + len(page.reasoning_tail)) / TAIL_BYTES_PER_SECOND
        if tail_seconds > FRAME_SECONDS:
            time.sleep(min(tail_seconds, LONGEST_FRAME_SECONDS))


def _end_events(reply_id: UUID, shown: int, continues: bool) -> Iterator[bytes]:
    reply: Reply | None = _with_its_chat(reply_id)
    assert reply
    if continues and not reply.continues_id:
        yield sse.message(_replacement_article(reply_id), blocks=0)
        return
    # Whoever follows has the chat open: hidden tabs let their streams go.
    reply.message.conversation.mark_as_seen()
    state: str | None = None
    anew: list[str] = []
    if _is_cited_in(reply, shown):
        reply = None
        anew = yield from _replacement_answer(reply_id, shown)
    while state is None:
        content, shown, state = _end_from(_with_its_chat(reply_id) if reply is None else reply, shown, anew)
        reply, anew = None, []  # a reader that sleeps must not hold the whole answer: it is read anew for each part
        close_old_connections()  # also not while a reader sleeps that has not taken this
        yield content
    yield sse.named("done", state)


def _with_its_chat(reply_id: UUID) -> Reply:
    return Reply.objects.select_related("message__conversation").defer("message__text").get(pk=reply_id)


def _end_from(reply: Reply, shown: int, anew: list[str]) -> tuple[bytes, int, str | None]:
    """The next event of the end, how many blocks the reader has then, and the state if that was all."""
    part, *more = in_parts([Block(*block) for block in reply.blocks[shown:]])
    partials = [
        *anew,
        *_block_partials(reply.pk, part, _sources_of(reply)),
        *_tail_partials(reply.pk, UNKNOWN_TAILS, NO_TAILS),
    ]
    shown += len(part)
    if not more:
        context = {"answer": answer_to_show(reply, pager=pager_of(reply)), "conversation": reply.message.conversation}
        partials.append(render_to_string("messages/_answer_finished.html", context))
    reply.blocks = []  # a reply and its message hold each other until the garbage is collected
    return sse.message(partials, blocks=shown), shown, None if more else reply.state


def in_parts(blocks: list[Block]) -> list[list[Block]]:
    """At least one part, of about `PART_BYTES` each: as much as one reader that sleeps may hold."""
    parts: list[list[Block]] = [[]]
    size = 0
    for block in blocks:
        if size > PART_BYTES:
            parts.append([])
            size = 0
        parts[-1].append(block)
        size += len(block.html)
    return parts


def _replacement_article(reply_id: UUID) -> Iterator[str]:
    """As a page has it that is loaded now: with a stream of its own while it runs, else with what the end brings."""
    reply = _with_its_chat(reply_id)
    conversation = reply.message.conversation
    answer = answer_to_show(reply, pager=pager_of(reply))
    article = render_to_string("messages/_answer.html", {"answer": answer})
    yield sse.partial(f"answer-{reply.pk}", article, swap="outerHTML")
    if not answer.is_live:
        yield render_to_string("messages/_answer_finished.html", {"answer": answer, "conversation": conversation})


def _sources_of(reply: Reply) -> Mapping[int, Target]:
    return link_targets(sources_to_show(reply.citations))


def _is_cited_in(reply: Reply, shown: int) -> bool:
    """Whether blocks that the page has would have links by now: the sources of an answer are known at its end."""
    sources = _sources_of(reply)
    return any(kind == TEXT and cited(html, sources) != html for kind, html in reply.blocks[:shown] if sources)


def _replacement_answer(reply_id: UUID, shown: int) -> Generator[bytes, None, list[str]]:
    """Those blocks once more, in place of themselves; return what goes with the next event, mostly all."""
    partial, begin = _replacement_from(_with_its_chat(reply_id), 0, shown)
    while begin < shown:
        close_old_connections()
        yield sse.message([partial], blocks=shown)
        partial, begin = _replacement_from(_with_its_chat(reply_id), begin, shown)
    return [partial]


def _replacement_from(reply: Reply, begin: int, shown: int) -> tuple[str, int]:
    """The next part of that, and how many blocks there have been with it."""
    part = in_parts([Block(*block) for block in reply.blocks[begin:shown]])[0]
    html = "".join(html_for_reader(block.html, reply.pk, _sources_of(reply)) for block in part if block.kind == TEXT)
    return sse.partial(f"done-{reply.pk}", html, swap="beforeend" if begin else "innerHTML"), begin + len(part)


def _block_partials(reply_id: UUID, blocks: list[Block], sources: Mapping[int, Target] = NO_SOURCES) -> Iterator[str]:
    for block in blocks:
        place = "reasoning" if block.kind == REASONING else "done"
        html = block.html if block.kind == REASONING else html_for_reader(block.html, reply_id, sources)
        yield sse.partial(f"{place}-{reply_id}", html, swap="beforeend")


def _tail_partials(reply_id: UUID, old: tuple[str, str], new: tuple[str, str]) -> Iterator[str]:
    for place, before, now in zip(("reasoning-tail", "tail"), old, new, strict=True):
        if now != before:
            depth, added = growth(before, now) or (None, now)
            html = html_for_reader(added, reply_id) if place == "tail" else added
            yield _tail_partial(f"{place}-{reply_id}", depth, html)


def _tail_partial(place: str, depth: int | None, html: str) -> str:
    """The open block: only what it has grown by, where it has merely grown."""
    if depth is None:
        return sse.partial(place, html)
    return sse.partial(place + " > :last-child" * depth, html, swap="beforeend")


class Screen:
    """What one browser shows of a reply, and the events that bring it up to date."""

    def __init__(self, reply_id: UUID, *, blocks: int) -> None:
        self._reply_id = reply_id
        self.blocks = blocks  # finished ones that it has
        self._tails = UNKNOWN_TAILS
        self._is_streaming = False

    def update(self, page: Snapshot) -> Iterator[bytes]:
        if not self._is_streaming:
            self._is_streaming = True
            yield sse.named("state", Reply.State.STREAMING)
        *parts, last = in_parts(page.blocks(after=self.blocks))
        for part in parts:
            yield from self._message(part, NO_TAILS)
        yield from self._message(last, (page.reasoning_tail, page.answer_tail))

    def _message(self, blocks: list[Block], tails: tuple[str, str]) -> Iterator[bytes]:
        partials = [
            *_block_partials(self._reply_id, blocks),
            *_tail_partials(self._reply_id, self._tails, tails),
        ]
        self.blocks += len(blocks)
        self._tails = tails
        if partials:
            content = sse.message(partials, blocks=self.blocks)
            del partials  # or a reader that sleeps would hold it twice
            yield content


class StoredReply:
    """A reply that another process makes, followed through the pieces that it stores."""

    def __init__(self, reply: Reply) -> None:
        self._reply_id = reply.pk
        self._continues = reply.continues_id
        self._renderer = ReplyRenderer()
        self._pieces = 0
        self._news: list[Delta] = []
        self._last_content_at = time.monotonic()  # or since when we look
        self.has_ended = False

    def wait(self, seen: int, timeout_seconds: float) -> int:
        give_up_at = time.monotonic() + timeout_seconds
        while self._pieces == seen and not (self.has_ended or lease.is_closed()) and time.monotonic() < give_up_at:
            self._look()
            if self._pieces == seen and not self.has_ended:
                time.sleep(POLL_SECONDS)
        return self._pieces

    def idle_seconds(self) -> live.IdleSeconds:
        return live.IdleSeconds(time.monotonic() - self._last_content_at, None)

    def snapshot(self) -> Snapshot:
        return offload_if_large(self._render_snapshot, count_chars(self._news) + self._renderer.open_chars)

    def _render_snapshot(self) -> Snapshot:
        while self._news:
            self._renderer.feed(self._news.pop(0))
        return self._renderer.snapshot()

    def _look(self) -> None:
        try:
            self._catch_up()
        except (OperationalError, InterfaceError):  # the database is away; the reader waits here as well as elsewhere
            connection.close()

    def _catch_up(self) -> None:
        this = Reply.objects.filter(pk=self._reply_id)
        recover(this)
        # The state is read before the pieces: those of a reply that ends in between are gone, but its end is there.
        state, continues = this.values_list("state", "continues").get()
        self.has_ended = state not in Reply.RUNNING or continues != self._continues
        if state == Reply.State.WAITING:  # what it may have is the beginning that the page has, too
            return close_old_connections()
        for kind, content in this.get().pieces.filter(number__gte=self._pieces).values_list("kind", "content"):
            self._news.append(Delta(kind, content))
            self._pieces += 1
            self._last_content_at = time.monotonic()
        close_old_connections()
