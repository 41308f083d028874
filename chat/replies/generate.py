"""Makes a reply: a thread of its own (a greenlet under gevent) asks the model and collects what it sends.

The thread belongs to no request. It goes on when all browsers have disconnected; only Stop, an error, a shutdown or the
end of the answer ends it.
"""

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import partial
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection, transaction
from django.utils.translation import gettext as _

from chat import models
from chat.accounts import key_status
from chat.accounts.user_key import NoKey, key_for, mark_rejected
from chat.background import spawn, spawn_later
from chat.catalogue import token_calibration
from chat.conversations.token_estimate import prompt_of
from chat.images.processing import ImageRefused
from chat.images.storage import store_data_url
from chat.model_request.body import request_for
from chat.model_request.files import NoMedia
from chat.model_request.outline import DETAILS, PREFILL, Outline
from chat.model_request.tools import MAX_ROUNDS, offered_tools
from chat.models import Reply
from chat.openrouter import (
    ApiKey,
    Call,
    Event,
    Image,
    Interrupted,
    KeyRejected,
    OpenRouterError,
    Reasoning,
    ServerToolCall,
    Text,
)
from chat.replies import checkpoint, live
from chat.replies.budget_wait import BudgetWait
from chat.replies.database_wait import Cancelled, with_database
from chat.replies.finish import Outcome, finish
from chat.replies.lease import claim
from chat.replies.live import LiveReply
from chat.replies.recover import stored_deltas
from chat.replies.refusals import are_details_refused, is_prefill_refused
from chat.replies.repeated_space import RepeatedSpaceFilter
from chat.replies.server_steps import ServerSteps
from chat.replies.tool_runs import ToolRuns
from chat.reply_content.answer_format import as_code, check_format, schema_for
from chat.reply_content.deltas import REASONING, ROUND, TEXT, Delta, image_delta
from chat.reply_content.rounds import cost_of, rounds_of
from chat.sanitize import storable
from chat.side_requests.title import request_title_later
from chat.spending import cost_lookup
from chat.spending.limits import OverLimit
from chat.spending.reserve import reserve_for_round
from chat.upstream import openrouter

logger = logging.getLogger(__name__)

# Screens repaint faster than people read: what arrives within a frame is read, parsed, rendered and sent together.
FRAME_SECONDS = 0.08
# With these in a request, the model counts tokens that are not in its messages.
MORE_TOKENS = ("plugins", "tools", "web_search_options", "response_format")
# How long to retry to store an image: OpenRouter waits meanwhile, which it does not do for long.
IMAGE_GIVE_UP_AFTER_SECONDS, IMAGE_PAUSE_SECONDS = 45.0, 1.0
MAX_ADDRESS_CHARS = 2_000
ADDRESS_SIGNS = "%/:?#@!$&'()+,;=-._~"  # of an address; all others, like those of Markdown, are written as %3C
START_DELAY_SECONDS = 3.0  # how long to wait for a reader to claim a reply before it is made without one

_delayed_starts: dict[UUID, threading.Timer] = {}


def start(reply: Reply) -> LiveReply | None:
    """Claim a reply and begin to make it in this process; None when a process has claimed it before."""
    if not claim(reply.pk):
        return None
    if delayed := _delayed_starts.pop(reply.pk, None):
        delayed.cancel()
    live_reply = LiveReply.with_prefill(reply.pk, stored_deltas(reply.pk) if reply.has_prefill else [], reply.model)
    live.register(live_reply)
    checkpoint.ensure_running()
    spawn(f"reply {reply.pk}", partial(_generate, reply, live_reply))
    return live_reply


def start_later(reply_id: UUID) -> None:
    """Start the reply after START_DELAY_SECONDS if no reader has: the tab was closed, or its connection failed."""
    _delayed_starts[reply_id] = spawn_later(
        START_DELAY_SECONDS, f"reply {reply_id}", partial(_start_if_unclaimed, reply_id)
    )


def cancel_delayed_starts() -> None:
    """Leave unclaimed replies to other processes: this one is about to end."""
    while _delayed_starts:
        _delayed_starts.popitem()[1].cancel()


def _start_if_unclaimed(reply_id: UUID) -> None:
    """If the process ends before it can, chat/replies/catch_up.py starts it when somebody opens the chat."""
    _delayed_starts.pop(reply_id, None)
    try:
        for reply in Reply.objects.with_key().filter(pk=reply_id, state=Reply.State.WAITING, worker=""):
            start(reply)
    except (OperationalError, InterfaceError) as error:
        logger.warning("Reply %s could not be started: %s. It will be tried again.", reply_id, type(error).__name__)
        start_later(reply_id)


def _generate(reply: Reply, live_reply: LiveReply) -> None:
    outcome = Outcome(Reply.State.COMPLETE)
    refused: list[str] = []
    budget_wait = BudgetWait()
    try:
        while True:
            try:
                _answer(reply, live_reply, outcome, refused)
                break
            except OpenRouterError as error:
                if DETAILS not in refused and are_details_refused(live_reply, error):
                    refused.append(DETAILS)
                elif is_prefill_refused(live_reply, error):
                    live_reply = _restart_without_prefill(reply, live_reply)
                    refused.append(PREFILL)
                elif budget_wait.wait_after(error, live_reply):
                    outcome.fields["error_details"] = reply.error_details  # the row has what the wait stored
                else:
                    raise
    except Cancelled:
        pass  # `cancelled_as` says how
    except NoKey:
        outcome.fail("key_rejected", "")
    except OverLimit as refusal:
        outcome.fail("over_limit", str(refusal))
    except NoMedia:
        logger.error("This site's images are not in %s. See /readyz.", settings.MEDIA_ROOT)
        outcome.fail("no_media", "")
    except OpenRouterError as error:
        outcome.fail(error.kind, error.message, error.details)
        if isinstance(error, Interrupted):
            outcome.state = Reply.State.INTERRUPTED
        elif live_reply.deltas and not live_reply.has_new_content:
            outcome.refuse(rounds_of(live_reply.deltas))
    except Exception:
        logger.exception("Reply %s failed", reply.pk)
        outcome.fail("internal", "")
    if live_reply.cancelled_as and "finish_reason" not in outcome.fields:
        outcome.cancel(live_reply.cancelled_as)
    try:
        _examine(reply, live_reply, outcome)
        finish(live_reply, outcome, reply=reply)
        if outcome.fields.get("cost") is None or cost_of(rounds_of(live_reply.deltas)) is None:
            cost_lookup.look_up_later(reply.pk)
    finally:
        live.unregister(live_reply)
        live_reply.mark_as_ended()
        request_title_later(reply)
        key_status.refresh_after_answer(reply.message.conversation.user_id)


def _examine(reply: Reply, live_reply: LiveReply, outcome: Outcome) -> None:
    """Note what can be said about the answer; where that fails, it is stored without."""
    for examine in (_check_format, _estimate_cost):
        try:
            examine(reply, live_reply, outcome)
        except Exception:
            logger.exception("Reply %s is stored without %s", reply.pk, examine.__name__)


def _check_format(reply: Reply, live_reply: LiveReply, outcome: Outcome) -> None:
    """Note what is wrong with a complete answer that had to be JSON, and show it indented."""
    if outcome.state != Reply.State.COMPLETE or (schema := schema_for(reply)) is None:
        return
    outcome.fields["format_problems"] = check_format(live_reply.deltas, schema)
    outcome.shown_deltas = as_code(live_reply.deltas)


def _estimate_cost(reply: Reply, live_reply: LiveReply, outcome: Outcome) -> None:
    """Note what an answer came to that ended before its cost was known; and learn from its usage, if it has some."""
    prompt, counted = live_reply.prompt, outcome.fields.get("prompt_tokens")
    if not prompt:
        return
    if outcome.fields.get("cost") is None and outcome.state != Reply.State.COMPLETE:
        outcome.fields["estimated_cost"] = live_reply.cost_so_far(counted)
    if live_reply.is_comparable:
        token_calibration.learn(reply.model, estimated=prompt.text_tokens, images=prompt.images, counted=counted)


def _restart_without_prefill(reply: Reply, refused: LiveReply) -> LiveReply:
    """Begin the same reply again as a new answer. Its readers reconnect to it (chat/streaming/follow.py)."""
    with_database(partial(_forget_prefill, reply), refused)
    restarted = LiveReply(reply.pk, model=reply.model)
    live.register(restarted)
    # After it is registered, so that a Stop at this moment is not lost.
    restarted.cancelled_as = restarted.cancelled_as or refused.cancelled_as
    refused.mark_as_ended()
    return restarted


def _forget_prefill(reply: Reply) -> None:
    reply.continues, reply.prefill, reply.citations = None, "", []
    with transaction.atomic():
        reply.save(update_fields=["continues", "prefill", "citations"])
        reply.pieces.all().delete()


def _answer(reply: Reply, live_reply: LiveReply, outcome: Outcome, refused: list[str]) -> None:
    """Ask the model, run what it calls, and ask again, until it has answered."""
    tools = with_database(lambda: offered_tools(reply.message.conversation, reply.model), live_reply)
    runs = ToolRuns(reply, live_reply, tools)
    while runs.finish_open():
        rounds = len(rounds_of(live_reply.deltas))
        is_over = rounds >= MAX_ROUNDS or runs.is_time_over
        call = _stream(reply, live_reply, outcome, refused, is_over=is_over)
        calls = [] if outcome.fields.get("finish_reason") == "length" else call.tool_calls
        if not (calls and runs.has_tools) or is_over or live_reply.cancelled_as:
            return
        ended = outcome.end_round(call.reasoning_details)
        live_reply.append([Delta(ROUND, ended.as_json()), *runs.begin(calls)])
        live_reply.end_round(None if ended.cost is None else Decimal(ended.cost))


def _stream(reply: Reply, live_reply: LiveReply, outcome: Outcome, refused: list[str], *, is_over: bool) -> Call:
    """Send one request, and take what comes. `is_over`: the model may not call tools any more."""
    user_id = reply.message.conversation.user_id
    prepare = partial(_prepare, reply, live_reply, refused, is_over=is_over)
    key, prefill, call, outline = with_database(prepare, live_reply)
    space_filter = RepeatedSpaceFilter(prefill) if prefill else None
    outcome.begin_request(reply.citations)
    outcome.fields["request"] = outline.as_json()
    close_old_connections()  # do not hold a database connection while waiting for the model
    live_reply.attach(call)
    server_steps = ServerSteps(live_reply)
    try:
        for events in call.batches():
            for event in events:
                outcome.record(event)
            live_reply.generation_id = call.generation_id or ""
            deltas = _deltas(events, user_id, server_steps)
            if new := list(space_filter.filter(deltas) if space_filter else deltas):
                live_reply.append(new)
                if "finish_reason" not in outcome.fields:
                    time.sleep(FRAME_SECONDS)
        if "finish_reason" in outcome.fields and not reply.continues:  # details of all of the answer
            outcome.fields["reasoning_details"] = call.reasoning_details or None
        live_reply.append(server_steps.counted(outcome.fields.get("cost_details")))
    except KeyRejected:
        with_database(partial(mark_rejected, user_id, key), live_reply)
        raise
    finally:
        outcome.fields.setdefault("generation_id", call.generation_id or "")
        if call.file_annotations:  # of the first of several requests, which sends them back with the next one
            outcome.fields["file_annotations"] = reply.file_annotations = call.file_annotations
        outcome.fields |= {"logprobs": call.logprobs.as_json() or None, "logprob_count": len(call.logprobs) or None}
    return call


def _prepare(
    reply: Reply, live_reply: LiveReply, refused: list[str], *, is_over: bool
) -> tuple[ApiKey, str, Call, Outline]:
    """All that asks the database before a request is sent: the key, what the answer begins with, the call itself."""
    key = key_for(reply.message.conversation.user)
    prefill = reply.continues.message.text if reply.continues else reply.prefill
    return key, prefill, *_call(reply, live_reply, key, refused, is_over=is_over)


def _call(
    reply: Reply, live_reply: LiveReply, key: ApiKey, refused: list[str], *, is_over: bool
) -> tuple[Call, Outline]:
    """The call and the outline of its request. The texts are in neither: they may be megabytes."""
    request = request_for(reply, deltas=live_reply.deltas, with_details=DETAILS not in refused, forbids_tools=is_over)
    body = request.body()
    live_reply.sends_details = request.outline.details_from is not None
    live_reply.prompt = request.with_file_tokens(prompt_of(body))
    if request.outline.rounds:
        reserve_for_round(reply, live_reply.prompt, live_reply.earlier_cost)
        body["max_completion_tokens"] = reply.max_completion_tokens
    is_text = not (live_reply.sends_details or request.file_tokens)
    live_reply.is_comparable = is_text and not any(name in body for name in MORE_TOKENS)
    call = openrouter().chat(key, body, api=request.api)
    sent = {**body, "messages": request.outline.body["messages"]}
    return call, replace(request.outline, body=sent, size_bytes=call.request_bytes, refused=tuple(refused))


def _deltas(events: list[Event], owner: UUID, server_steps: ServerSteps) -> Iterator[Delta]:
    for event in events:
        match event:
            case Text(text):
                yield Delta(TEXT, storable(text))
            case Reasoning(text):
                yield Delta(REASONING, storable(text))
            case Image(url):
                yield from _store_image(url, owner)
            case ServerToolCall():
                yield server_steps.delta(event)
            case _:
                pass


def _store_image(url: str, owner: UUID) -> Iterator[Delta]:
    try:
        image = _store_with_retries(url, owner)
    except ImageRefused as refusal:
        yield Delta(TEXT, f"\n\n{_address_note(url) or f'*{refusal}*'}\n\n")
        return
    finally:
        close_old_connections()
    yield image_delta(image)


def _address_note(url: str) -> str:
    """A link for the person to open, in Markdown, in place of an image that the model only named; empty for others."""
    if not url.startswith(("https://", "http://")) or len(url) > MAX_ADDRESS_CHARS:
        return ""
    sentence = _("The model sent a link to an image, which this site doesn't load:")
    return f"*{sentence}* <{quote(url, safe=ADDRESS_SIGNS)}>"


def _store_with_retries(url: str, owner: UUID) -> models.Image:
    """Store an image; wait a while if the disk is full or the database fails, because the user has paid for it.

    Raises ImageRefused.
    """
    give_up_at = time.monotonic() + IMAGE_GIVE_UP_AFTER_SECONDS
    while True:
        try:
            return store_data_url(url, owner=owner)
        except (OSError, OperationalError, InterfaceError) as error:
            connection.close()
            logger.warning("An image could not be stored yet: %s", type(error).__name__)
            if time.monotonic() > give_up_at:
                raise ImageRefused(_("The model sent an image, but this site had no space left to store it.")) from None
            time.sleep(IMAGE_PAUSE_SECONDS)
