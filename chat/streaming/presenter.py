"""Prepares a reply for the templates: the same whether it is running, has just ended, or was loaded later."""

import re
import time
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from chat.catalogue import cache
from chat.catalogue.alternatives import image_editor
from chat.catalogue.picker import name_of
from chat.conversations.transcript import Pager, fingerprint
from chat.model_request.tools import may_search
from chat.models import MessageImage, Reply
from chat.replies import live
from chat.replies.budget_wait import stored_resumes_at
from chat.replies.recover import stored_deltas
from chat.reply_content.deltas import REASONING, TEXT
from chat.reply_content.reader_html import html_for_reader
from chat.reply_content.render import Block, Snapshot, render_snapshot
from chat.reply_content.sources import Source, link_targets, sources_to_show
from chat.streaming.answer_facts import Facts, facts_of
from chat.streaming.error_messages import Problem, problem_of
from chat.streaming.reply_actions import Action, actions_after_stop, stop_and_retry
from chat.streaming.steps import answer_html, is_asking, tail_html
from chat.upstream import client

TAG = re.compile(r"<[^<>]*>")
STILL_WAITING_AFTER_SECONDS = 10  # as in static/js/lib/waiting-time.js


@dataclass(frozen=True)
class Waiting:
    """What to show while the answer does not begin or has paused."""

    idle_seconds: int  # so far; negative while it pauses: until it is requested again
    content_idle_limit_seconds: int  # without content
    transport_idle_limit_seconds: int  # without a byte from OpenRouter
    action: Action | None  # to stop and ask another model; None when none would do
    is_image: bool  # what is waited for is one
    may_search: bool  # the web

    @property
    def is_long(self) -> bool:
        return self.idle_seconds >= STILL_WAITING_AFTER_SECONDS

    @property
    def pause_seconds(self) -> int:
        return max(0, -self.idle_seconds)


@dataclass(frozen=True)
class Answer:
    """A reply, as templates/messages/_answer.html shows it."""

    id: str
    state: str
    model_name: str
    is_live: bool
    is_asking: bool  # a tool call waits for the person
    blocks: int  # number of finished ones, of both kinds
    has_text: bool  # in finished blocks
    done_html: SafeString
    tail_html: SafeString
    reasoning_html: SafeString
    reasoning_tail_html: SafeString
    reasoning_label: str  # empty when there is no reasoning
    waiting: Waiting | None  # while it runs
    stream_url: str
    cancellation_url: str
    stop_url: str  # the same, but of all answers side by side
    is_continuation: bool  # begins with the text of an earlier answer
    problem: Problem | None
    actions: list[Action]  # of an answer that was stopped; those of a problem are in it
    sources: list[Source]  # of an answer that has ended
    facts: Facts | None
    images: list[MessageImage]  # that the model made
    image_model: str  # the id of a model that can edit them: the one that made them, if it can
    asked_model: str  # the id of the model that was asked
    message_id: str
    pager: Pager | None
    is_deleted: bool
    fingerprint: str  # chat/conversations/transcript.py
    side_by_side: int | None  # its column, if several models were asked
    is_cost_awaited: bool
    is_json: bool  # it had to be JSON
    format_problems: list[list[str]]  # where in its JSON something is wrong, and what

    @property
    def word_count(self) -> int:
        """Words in the answer: a screen reader announces its length."""
        return len(TAG.sub(" ", self.done_html).split())


def present_reply(reply: Reply, *, pager: Pager | None = None) -> Answer:
    """The reply as it is now. `pager` leads to the other versions of its message."""
    stored = Snapshot([Block(*block) for block in reply.blocks], len(reply.blocks), "", "")
    snapshot = _current_snapshot(reply) if reply.is_running else stored
    blocks = snapshot.blocks()
    state = Reply.State.STREAMING if reply.is_running and _has_begun(reply, snapshot) else reply.state
    images = [] if reply.is_running else list(reply.message.images_in_order.all())
    return Answer(
        id=str(reply.id),
        state=state,
        model_name=name_of(reply.answered_by or reply.model),
        is_live=reply.is_running,
        is_asking=is_asking(snapshot),
        blocks=len(blocks),
        has_text=any(block.kind == TEXT and not block.is_image for block in blocks),
        done_html=_answer_html(reply, blocks),
        tail_html=_mark_as_safe(html_for_reader(tail_html(snapshot, reply.pk), reply.pk)),
        reasoning_html=_html(blocks, REASONING),
        reasoning_tail_html=_mark_as_safe(snapshot.reasoning_tail),
        reasoning_label=_reasoning_label(reply, blocks),
        waiting=_waiting(reply) if reply.is_running else None,
        stream_url=reply.stream_url,
        cancellation_url=reply.cancellation_url,
        stop_url=reply.stop_url,
        is_continuation=reply.has_prefill,
        problem=None if reply.is_running else problem_of(reply),
        actions=actions_after_stop(reply) if reply.state == Reply.State.STOPPED else [],
        sources=[] if reply.is_running else sources_to_show(reply.citations),
        facts=None if reply.is_running else facts_of(reply),
        images=images,
        image_model=_image_model(reply) if images else "",
        asked_model=reply.model,
        message_id=str(reply.message_id),
        pager=pager,
        is_deleted=reply.message.deleted_at is not None,
        fingerprint="" if reply.is_running else fingerprint(reply.message, pager),
        side_by_side=reply.side_by_side,
        is_cost_awaited=reply.is_cost_awaited,
        is_json=reply.format_problems is not None,
        format_problems=reply.format_problems or [],
    )


def _image_model(reply: Reply) -> str:
    model = image_editor(reply.model)
    return model.id if model else ""


def _current_snapshot(reply: Reply) -> Snapshot:
    if reply.is_unclaimed and not reply.has_prefill:
        return Snapshot([], 0, "", "")  # nothing can be stored yet
    live_reply = live.find(reply.pk)
    return live_reply.snapshot() if live_reply else render_snapshot(stored_deltas(reply.pk))


def _has_begun(reply: Reply, snapshot: Snapshot) -> bool:
    if not reply.has_prefill:
        return bool(snapshot.end or snapshot.answer_tail or snapshot.reasoning_tail or snapshot.open_steps)
    live_reply = live.find(reply.pk)
    return live_reply is not None and live_reply.first_content_at is not None


def _waiting(reply: Reply) -> Waiting:
    return Waiting(
        idle_seconds=round(_idle_seconds(reply)),
        content_idle_limit_seconds=round(client().content_idle_seconds),
        transport_idle_limit_seconds=round(client().transport_idle_seconds),
        action=stop_and_retry(reply),
        is_image=_makes_images(reply),
        may_search=may_search(reply),
    )


def _makes_images(reply: Reply) -> bool:
    model = cache.find(reply.model)
    return model is not None and model.draws_images and model.maker != "openrouter"


def _idle_seconds(reply: Reply) -> float:
    if live_reply := live.find(reply.pk):
        return live_reply.idle_seconds().content
    if reply.state == Reply.State.STREAMING:
        return 0  # another process makes it, which alone knows: count from now on
    return time.time() - (stored_resumes_at(reply) or reply.asked_at.timestamp())


def _html(blocks: list[Block], kind: str) -> SafeString:
    return _mark_as_safe("".join(block.html for block in blocks if block.kind == kind))


def _answer_html(reply: Reply, blocks: list[Block]) -> SafeString:
    sources = {} if reply.is_running else link_targets(sources_to_show(reply.citations))
    has_images = any(block.is_image for block in blocks)
    question = reply.message.parent.text if has_images and reply.message.parent else None
    shown = (block for block in blocks if block.kind != REASONING)
    return _mark_as_safe(answer_html(shown, reply.pk, sources, question=question))


def _mark_as_safe(html: str) -> SafeString:
    return mark_safe(html)  # noqa: S308  all rendered HTML has passed the allow list of chat/rendering/allow_list.py


def _reasoning_label(reply: Reply, blocks: list[Block]) -> str:
    has_reasoning = any(block.kind == REASONING for block in blocks)
    if reply.is_running and not (reply.continues_id and has_reasoning):
        return _("Thinking")
    if not has_reasoning:
        return ""
    if reply.continues_id or not (reply.first_content_at and reply.finished_at):
        return _("Thoughts")
    seconds = ((reply.first_text_at or reply.finished_at) - reply.first_content_at).total_seconds()
    return _("Thought for %(seconds)d s") % {"seconds": max(1, round(seconds))}
