"""Replies: stream one, stop it, continue it, retry it, or ask for one where there is none."""

import time
from collections.abc import Iterator
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET, require_POST

from chat.accounts.signed_in import SignedInRequest, VisitorRequest, page_that_asks, signed_in
from chat.background import wait
from chat.catalogue.pseudo_models import can_be_asked
from chat.conversations.quota import OutOfSpace
from chat.input_values import int_or_none
from chat.models import Reply
from chat.models.prepared_queries import prepared
from chat.new_replies.continuation import continue_reply
from chat.new_replies.retry import answer_question, retry_reply
from chat.new_replies.running_replies import Busy
from chat.replies.generate import start
from chat.replies.recover import recover
from chat.replies.stop import stop, stop_all_beside
from chat.spending.limits import OverLimit
from chat.streaming import sse
from chat.streaming.error_messages import signed_out_problem
from chat.views.access import own_question, own_replies, own_reply
from chat.views.event_stream import event_stream, reply_stream
from chat.views.over_limit import is_over_limit, refused_page

STOP_WAIT_SECONDS = 2.0  # so that the next page shows the stop; another process learns of it within half a second


@require_GET
def stream(request: VisitorRequest, reply_id: UUID) -> HttpResponseBase:
    """Server-sent events, from the first block that the browser lacks; for a finished reply just its end."""
    if request.htmx and not request.user.is_authenticated:
        return event_stream(_signed_out(request, reply_id))
    return _stream(request, reply_id)


@signed_in
def _stream(request: SignedInRequest, reply_id: UUID) -> StreamingHttpResponse:
    reply = next(iter(_replies_to_stream(request.user.pk, reply_id)), None)
    if reply is None:
        raise Http404
    after = int_or_none(request.headers.get("Last-Event-ID")) or int_or_none(request.GET.get("after")) or 0
    return reply_stream(request, reply, after=after, continues="continues" in request.GET)


@prepared
def _replies_to_stream(user: UUID, id_: UUID) -> QuerySet[Reply]:
    """Without texts, which would stay in memory for as long as somebody reads."""
    own = Reply.objects.filter(pk=id_, message__conversation__user=user, message__conversation__deleted_at=None)
    return own.with_key().defer("blocks", "reasoning", "message__text")


def _signed_out(request: VisitorRequest, reply_id: UUID) -> Iterator[bytes]:
    """The end of a stream, or the browser would connect for ever. It does not say whether there is such a reply."""
    card = render_to_string("messages/_error.html", {"problem": signed_out_problem(page_that_asks(request))})
    yield sse.message([sse.partial(f"end-{reply_id}", card)], blocks=0)
    yield sse.named("done", Reply.State.INTERRUPTED)


@require_POST
@signed_in
def cancel(request: SignedInRequest, reply_id: UUID) -> HttpResponse:
    """Stop a reply; with `all`, also those of other models beside it."""
    reply = own_reply(request, reply_id)
    stop(reply)
    if "all" in request.GET:
        stop_all_beside(reply)
    if request.htmx:
        return HttpResponse(status=204)  # what changes on the page comes through the stream
    _wait_for_end(reply)
    return HttpResponseRedirect(reply.message.conversation.get_absolute_url())


@require_POST
@signed_in
def retry(request: SignedInRequest, reply_id: UUID) -> HttpResponse:
    recover(own_replies(request).filter(pk=reply_id))
    reply = own_reply(request, reply_id)
    conversation = reply.message.conversation
    if "instead" in request.GET and not _stop_unless_complete(reply):
        return HttpResponseRedirect(conversation.get_absolute_url())
    if not reply.is_running and not _is_being_retried(reply):
        model = request.POST.get("model", "")
        try:
            again = retry_reply(
                reply,
                model=model if can_be_asked(model) else reply.model,
                max_completion_tokens=int_or_none(request.POST.get("max_completion_tokens")),
                over_limit=is_over_limit(request),
            )
        except (Busy, OverLimit, OutOfSpace) as refusal:
            return refused_page(request, conversation, refusal)
        start(again)
    return HttpResponseRedirect(conversation.get_absolute_url())


@require_POST
@signed_in
def answer(request: SignedInRequest, message_id: UUID) -> HttpResponse:
    """Ask for an answer to a question whose answers were all deleted."""
    question = own_question(request, message_id)
    try:
        model = question.conversation.model
        start(answer_question(question, model=model, over_limit=is_over_limit(request)))
    except (Busy, OverLimit, OutOfSpace) as refusal:
        return refused_page(request, question.conversation, refusal)
    return HttpResponseRedirect(question.conversation.get_absolute_url())


@require_POST
@signed_in
def continuation(request: SignedInRequest, reply_id: UUID) -> HttpResponse:
    recover(own_replies(request).filter(pk=reply_id))
    reply = own_reply(request, reply_id)
    conversation = reply.message.conversation
    try:
        tokens = int_or_none(request.POST.get("max_completion_tokens"))
        continued = continue_reply(reply, max_completion_tokens=tokens, over_limit=is_over_limit(request))
    except (Busy, OverLimit, OutOfSpace) as refusal:
        return refused_page(request, conversation, refusal)
    if continued:
        start(continued)
    return HttpResponseRedirect(conversation.get_absolute_url())


def _stop_unless_complete(reply: Reply) -> bool:
    """Stop the reply if it runs; False if it became complete meanwhile, as nobody asked to pay for another one then."""
    if reply.is_running:
        stop(reply)
        _wait_for_end(reply)
    return reply.state not in (*Reply.RUNNING, Reply.State.COMPLETE)


def _is_being_retried(reply: Reply) -> bool:
    """Whether another answer to its question is being made in its place, as after a double click."""
    same_place = Reply.objects.filter(message__parent=reply.message.parent_id, side_by_side=reply.side_by_side)
    return same_place.filter(state__in=Reply.RUNNING).exists()


def _wait_for_end(reply: Reply) -> None:
    give_up_at = time.monotonic() + STOP_WAIT_SECONDS
    while time.monotonic() < give_up_at:
        reply.refresh_from_db(fields=["state"])
        if not reply.is_running:
            return
        wait(0.05)
