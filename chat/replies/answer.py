"""A reply as the page shows it: the same whether the page is loaded while it runs, streams, or shows its end."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from chat.catalogue.picker import name_of
from chat.conversations.models import Message
from chat.replies import live
from chat.replies.models import Reply
from chat.replies.problems import Problem, problem_of
from chat.replies.reap import stored_deltas
from chat.replies.typeset import REASONING, TEXT, Block, Shown, typeset_of


@dataclass(frozen=True)
class Facts:
    """The small line below an answer."""

    model_name: str
    cost: Decimal | None  # US dollars; None is unknown
    seconds: float | None  # from the first content to the end
    tokens_in: int | None
    tokens_out: int | None
    tokens_cached: int | None
    provider: str
    is_cost_looked_up: bool  # after the end: the stream did not say


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
    waited_seconds: int
    stream_url: str
    cancel_url: str
    problem: Problem | None
    facts: Facts | None
    earlier: list[SafeString]


def answer_to_show(reply: Reply, *, earlier: list[Message] | None = None) -> Answer:
    over = Shown([Block(*block) for block in reply.blocks], len(reply.blocks), "", "")
    page = _shown_so_far(reply) if reply.is_running else over
    blocks = page.blocks()
    has_begun = blocks or page.answer_tail or page.reasoning_tail
    state = Reply.State.STREAMING if reply.is_running and has_begun else reply.state
    return Answer(
        id=str(reply.id),
        state=state,
        model_name=name_of(reply.answered_by or reply.model),
        is_live=reply.is_running,
        blocks=len(blocks),
        done_html=_html(blocks, TEXT),
        tail_html=_cleaned(page.answer_tail),
        reasoning_html=_html(blocks, REASONING),
        reasoning_tail_html=_cleaned(page.reasoning_tail),
        reasoning_label=_reasoning_label(reply, page),
        waited_seconds=round((timezone.now() - reply.asked_at).total_seconds()),
        stream_url=reply.stream_url,
        cancel_url=reply.cancellation_url,
        problem=None if reply.is_running else problem_of(reply),
        facts=None if reply.is_running else _facts(reply),
        earlier=[html for message in earlier or [] if (html := _html_of_earlier(message))],
    )


def _shown_so_far(reply: Reply) -> Shown:
    made_here = live.find(reply.pk)
    return made_here.shown() if made_here else typeset_of(stored_deltas(reply)).shown()


def _html(blocks: list[Block], kind: str) -> SafeString:
    return _cleaned("".join(block.html for block in blocks if block.kind == kind))


def _cleaned(html: str) -> SafeString:
    return mark_safe(html)  # noqa: S308  whatever is typeset has passed the allow list of chat/rendering/clean.py


def _html_of_earlier(message: Message) -> SafeString:
    return _html([Block(*block) for block in message.reply.blocks], TEXT)


def _reasoning_label(reply: Reply, page: Shown) -> str:
    if reply.is_running:
        return _("Thinking")
    if not any(block.kind == REASONING for block in page.blocks()):
        return ""
    if not (reply.first_content_at and reply.finished_at):
        return _("Thoughts")
    seconds = ((reply.first_text_at or reply.finished_at) - reply.first_content_at).total_seconds()
    return _("Thought for %(seconds)d s") % {"seconds": max(1, round(seconds))}


def _facts(reply: Reply) -> Facts:
    took = (reply.finished_at - reply.first_content_at) if reply.finished_at and reply.first_content_at else None
    return Facts(
        model_name=name_of(reply.answered_by or reply.model),
        cost=reply.cost,
        seconds=took.total_seconds() if took else None,
        tokens_in=reply.prompt_tokens,
        tokens_out=reply.completion_tokens,
        tokens_cached=reply.cached_tokens,
        provider=reply.provider,
        is_cost_looked_up=reply.is_cost_looked_up,
    )
