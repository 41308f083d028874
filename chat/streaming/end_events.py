"""The last events of a stream: blocks that the page lacks, links to sources, and what stands below the answer."""

from collections.abc import Generator, Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db import close_old_connections
from django.db.models import Exists, OuterRef, QuerySet
from django.template.loader import render_to_string

from chat.conversations.transcript import Pager, pager_of
from chat.models import Message, MessageImage, Reply
from chat.models.conversation import cost_of_replies
from chat.models.prepared_queries import prepared
from chat.rendering.citations import Target, cited
from chat.replies.stop import others_running
from chat.reply_content.deltas import REASONING, TEXT
from chat.reply_content.render import Block
from chat.reply_content.sources import link_targets, sources_to_show
from chat.streaming import sse
from chat.streaming.page_events import NO_TAILS, UNKNOWN_TAILS, block_partials, split_into_parts, tail_partials
from chat.streaming.presenter import present_reply
from chat.streaming.steps import answer_html


def end_events(reply_id: UUID, shown: int, continues: bool) -> Iterator[bytes]:
    """Yield the events for a reply that has ended, to a page that has `shown` finished blocks.

    `continues` as in `follow`: a page that shows a continuation which failed gets one event with a new article instead.

    Streams may wait long for a sleeping browser. So the answer is read again for each event, in parts, and neither it
    nor a database connection is held meanwhile.
    """
    reply = _load_reply(reply_id)
    if continues and not reply.has_prefill:
        yield sse.message([_replacement_article(reply_id)], blocks=0)
        return
    # Its user is looking at the chat: hidden tabs close their streams.
    reply.message.conversation.mark_as_seen(newest=reply.finished_at)
    state: str | None = None
    relinked: list[str] = []
    if reply.format_problems is not None:  # its JSON is shown indented now
        shown, relinked = 0, [sse.partial(f"{place}-{reply_id}", "") for place in ("reasoning", "done")]
    elif _has_new_links(reply, shown):
        reply = None
        relinked = yield from _blocks_with_links(reply_id, shown)
    while state is None:
        content, shown, state = _next_end_event(_load_reply(reply_id) if reply is None else reply, shown, relinked)
        reply, relinked = None, []
        close_old_connections()
        yield content
    yield sse.named("done", state)


def _load_reply(reply_id: UUID) -> Any:
    """The reply with all that its end needs, in one query; `has_versions` says whether it may have a pager."""
    reply: Any = next(iter(_replies_with_facts(reply_id)), None)
    if reply is None:
        raise Reply.DoesNotExist
    if not reply.has_images:
        reply.message.has_no("images_in_order")
    reply.message.has_no("files_in_order")  # answers have none
    reply.message.conversation.read_cost = (reply.chat_cost,)
    return reply


@prepared
def _replies_with_facts(id_: UUID) -> QuerySet[Reply]:
    versions = Message.objects.filter(parent=OuterRef("message__parent")).exclude(pk=OuterRef("message"))
    return (
        Reply.objects.filter(pk=id_)
        .select_related("message__conversation")
        .defer("message__text")
        .annotate(
            has_versions=Exists(versions),
            has_images=Exists(MessageImage.objects.filter(message=OuterRef("message"))),
            chat_cost=cost_of_replies("message__conversation"),
        )
    )


def _pager_of(reply: Any) -> Pager | None:
    return pager_of(reply) if reply.has_versions else None


def _next_end_event(reply: Any, shown: int, relinked: list[str]) -> tuple[bytes, int, str | None]:
    """The next event, how many blocks the page has after it, and the final state if it is the last one."""
    part, *more = split_into_parts([Block(*block) for block in reply.blocks[shown:]])
    partials = [
        *relinked,
        *block_partials(reply.pk, part, _sources_of(reply)),
        *tail_partials(reply.pk, UNKNOWN_TAILS, NO_TAILS),
    ]
    shown += len(part)
    if not more:
        context = {
            "answer": present_reply(reply, pager=_pager_of(reply)),
            "conversation": reply.message.conversation,
            "is_last": not others_running(reply).exists(),
        }
        partials.append(render_to_string("messages/_answer_finished.html", context))
    reply.blocks = []  # reply and message refer to each other, so they stay in memory until a garbage collection
    return sse.message(partials, blocks=shown), shown, None if more else reply.state


def _replacement_article(reply_id: UUID) -> str:
    """The article as on a page loaded now, but always with a stream of its own: the old one ends with the old article.

    So the page hears of the end even if the reply has ended already.
    """
    reply = _load_reply(reply_id)
    answer = present_reply(reply, pager=_pager_of(reply))
    article = render_to_string("messages/_answer.html", {"answer": answer, "has_stream": True})
    return sse.partial(f"answer-{reply.pk}", article, swap="outerHTML")


def _sources_of(reply: Reply) -> Mapping[int, Target]:
    return link_targets(sources_to_show(reply.citations))


def _has_new_links(reply: Reply, shown: int) -> bool:
    """Whether blocks that the page has should get links: the sources of an answer are known only at its end."""
    sources = _sources_of(reply)
    return any(kind == TEXT and cited(html, sources) != html for kind, html in reply.blocks[:shown] if sources)


def _blocks_with_links(reply_id: UUID, shown: int) -> Generator[bytes, None, list[str]]:
    """Yield events that replace the page's blocks by the same ones with links; return partials for the next event."""
    partial, begin = _next_blocks_with_links(_load_reply(reply_id), 0, shown)
    while begin < shown:
        close_old_connections()
        yield sse.message([partial], blocks=shown)
        partial, begin = _next_blocks_with_links(_load_reply(reply_id), begin, shown)
    return [partial]


def _next_blocks_with_links(reply: Reply, begin: int, shown: int) -> tuple[str, int]:
    """A partial for the blocks from `begin` on, as many as fit, and the number of the first that did not."""
    part = split_into_parts([Block(*block) for block in reply.blocks[begin:shown]])[0]
    html = answer_html((block for block in part if block.kind != REASONING), reply.pk, _sources_of(reply))
    return sse.partial(f"done-{reply.pk}", html, swap="beforeend" if begin else "innerHTML"), begin + len(part)
