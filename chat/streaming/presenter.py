"""A reply as the page shows it: the same whether the page is loaded while it runs, streams, or shows its end."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from chat.catalogue.picker import name_of
from chat.conversations.token_count import tokens_after
from chat.conversations.transcript import Pager, version
from chat.models import MessageImage, Reply
from chat.replies import live
from chat.replies.recover import stored_deltas
from chat.replies.render import REASONING, TEXT, Block, Snapshot, html_for_reader, render_snapshot
from chat.replies.sources import Source, link_targets, sources_to_show
from chat.streaming.error_messages import Problem, problem_of
from chat.streaming.reply_actions import Action, actions_after_stop, instead_of_waiting
from chat.upstream import openrouter

TAG = re.compile(r"<[^<>]*>")
STILL_WAITING_AFTER_SECONDS = 10  # as in static/js/lib/answer-progress.js


@dataclass(frozen=True)
class Facts:
    """The small line below an answer."""

    model_name: str
    asked_at: datetime
    cost: Decimal | None  # US dollars; None is unknown
    seconds: float | None  # from the first content to the end
    tokens_in: int | None
    tokens_out: int | None
    tokens_cached: int | None
    tokens_after: int | None  # that the next message brings along
    provider: str
    is_copy: bool  # of an answer that was paid for in another chat
    is_cost_looked_up: bool  # after the end: the stream did not say


@dataclass(frozen=True)
class Waiting:
    """What is told while nothing of the answer comes."""

    quiet_seconds: int  # so far
    quiet_limit: int  # seconds without a word of the answer
    silent_limit: int  # seconds without a byte
    action: Action | None  # None when no other model would do

    @property
    def is_long(self) -> bool:
        return self.quiet_seconds >= STILL_WAITING_AFTER_SECONDS


@dataclass(frozen=True)
class Answer:
    id: str
    state: str
    model_name: str
    is_live: bool
    blocks: int  # finished ones, of both kinds
    done_html: SafeString
    tail_html: SafeString
    reasoning_html: SafeString
    reasoning_tail_html: SafeString
    reasoning_label: str  # empty when the model did not think aloud
    waiting: Waiting | None  # while it runs
    stream_url: str
    cancellation_url: str
    continues: bool  # begins with what an answer before it had said
    problem: Problem | None
    actions: list[Action]  # without a problem
    sources: list[Source]  # once it is over
    facts: Facts | None
    images: list[MessageImage]  # that the model made
    message_id: str
    pager: Pager | None
    is_deleted: bool
    version: str  # chat/conversations/transcript.py
    is_cost_awaited: bool

    @property
    def words(self) -> int:
        """How many there are in the answer, for who cannot see how long it is."""
        return len(TAG.sub(" ", self.done_html).split())


def answer_to_show(reply: Reply, *, pager: Pager | None = None) -> Answer:
    over = Snapshot([Block(*block) for block in reply.blocks], len(reply.blocks), "", "")
    page = _shown_so_far(reply) if reply.is_running else over
    blocks = page.blocks()
    state = Reply.State.STREAMING if reply.is_running and _has_begun(reply, page) else reply.state
    return Answer(
        id=str(reply.id),
        state=state,
        model_name=name_of(reply.answered_by or reply.model),
        is_live=reply.is_running,
        blocks=len(blocks),
        done_html=_answer_html(reply, blocks),
        tail_html=_cleaned(html_for_reader(page.answer_tail, reply.pk)),
        reasoning_html=_html(blocks, REASONING),
        reasoning_tail_html=_cleaned(page.reasoning_tail),
        reasoning_label=_reasoning_label(reply, blocks),
        waiting=_waiting(reply) if reply.is_running else None,
        stream_url=reply.stream_url,
        cancellation_url=reply.cancellation_url,
        continues=reply.continues_id is not None,
        problem=None if reply.is_running else problem_of(reply),
        actions=actions_after_stop(reply) if reply.state == Reply.State.STOPPED else [],
        sources=[] if reply.is_running else sources_to_show(reply.citations),
        facts=None if reply.is_running else _facts(reply),
        images=[] if reply.is_running else list(reply.message.images_in_order.all()),
        message_id=str(reply.message_id),
        pager=pager,
        is_deleted=reply.message.deleted_at is not None,
        version="" if reply.is_running else version(reply.message, pager),
        is_cost_awaited=reply.is_cost_awaited,
    )


def _shown_so_far(reply: Reply) -> Snapshot:
    made_here = live.find(reply.pk)
    return made_here.snapshot() if made_here else render_snapshot(stored_deltas(reply.pk))


def _has_begun(reply: Reply, page: Snapshot) -> bool:
    if reply.continues_id is None:
        return bool(page.end or page.answer_tail or page.reasoning_tail)
    made_here = live.find(reply.pk)
    return made_here is not None and made_here.first_content_at is not None


def _waiting(reply: Reply) -> Waiting:
    client = openrouter()
    return Waiting(
        quiet_seconds=round(_quiet_seconds(reply)),
        quiet_limit=round(client.content_idle_seconds),
        silent_limit=round(client.transport_idle_seconds),
        action=instead_of_waiting(reply),
    )


def _quiet_seconds(reply: Reply) -> float:
    if made_here := live.find(reply.pk):
        return made_here.idle_seconds().content
    if reply.state == Reply.State.STREAMING:
        return 0  # what is not known is counted from now on
    return (timezone.now() - reply.asked_at).total_seconds()


def _html(blocks: list[Block], kind: str) -> SafeString:
    return _cleaned("".join(block.html for block in blocks if block.kind == kind))


def _answer_html(reply: Reply, blocks: list[Block]) -> SafeString:
    sources = {} if reply.is_running else link_targets(sources_to_show(reply.citations))
    return _cleaned(html_for_reader(_html(blocks, TEXT), reply.pk, sources))


def _cleaned(html: str) -> SafeString:
    return mark_safe(html)  # noqa: S308  whatever is typeset has passed the allow list of chat/rendering/clean.py


def _reasoning_label(reply: Reply, blocks: list[Block]) -> str:
    has_thought = any(block.kind == REASONING for block in blocks)
    if reply.is_running and not (reply.continues_id and has_thought):
        return _("Thinking")
    if not has_thought:
        return ""
    if reply.continues_id or not (reply.first_content_at and reply.finished_at):
        return _("Thoughts")
    seconds = ((reply.first_text_at or reply.finished_at) - reply.first_content_at).total_seconds()
    return _("Thought for %(seconds)d s") % {"seconds": max(1, round(seconds))}


def _facts(reply: Reply) -> Facts:
    took = (reply.finished_at - reply.first_content_at) if reply.finished_at and reply.first_content_at else None
    return Facts(
        model_name=name_of(reply.answered_by or reply.model),
        asked_at=reply.message.created_at,
        cost=reply.cost,
        seconds=took.total_seconds() if took else None,
        tokens_in=reply.prompt_tokens,
        tokens_out=reply.completion_tokens,
        tokens_cached=reply.cached_tokens,
        tokens_after=tokens_after(reply),
        provider=reply.provider,
        is_copy=reply.is_copy,
        is_cost_looked_up=reply.is_cost_looked_up,
    )
