"""The last events of a stream: blocks that the page lacks, links to sources, and what stands below the answer."""

from collections.abc import Generator, Iterator, Mapping
from uuid import UUID

from django.db import close_old_connections
from django.template.loader import render_to_string

from chat.conversations.transcript import pager_of
from chat.models import Reply
from chat.rendering.citations import Target, cited
from chat.replies.render import (
    TEXT,
    Block,
    html_for_reader,
)
from chat.replies.sources import link_targets, sources_to_show
from chat.streaming import sse
from chat.streaming.partials import NO_TAILS, UNKNOWN_TAILS, block_partials, in_parts, tail_partials
from chat.streaming.presenter import answer_to_show


def end_events(reply_id: UUID, shown: int, continues: bool) -> Iterator[bytes]:
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
        *block_partials(reply.pk, part, _sources_of(reply)),
        *tail_partials(reply.pk, UNKNOWN_TAILS, NO_TAILS),
    ]
    shown += len(part)
    if not more:
        context = {"answer": answer_to_show(reply, pager=pager_of(reply)), "conversation": reply.message.conversation}
        partials.append(render_to_string("messages/_answer_finished.html", context))
    reply.blocks = []  # a reply and its message hold each other until the garbage is collected
    return sse.message(partials, blocks=shown), shown, None if more else reply.state


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
