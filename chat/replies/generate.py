"""Making a reply: a thread of its own (a greenlet under gevent) asks the model and gathers what comes.

It belongs to no request: it goes on when every reader has left, and only Stop, an error or the end stops it.
"""

import logging
import threading
import time
from collections.abc import Iterator
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat import models
from chat.background import spawn, spawn_later
from chat.images.processing import ImageRefused
from chat.images.storage import store_data_url
from chat.models import Reply, StoredKey
from chat.openrouter import Event, Image, Interrupted, KeyRejected, OpenRouterError, Reasoning, Text
from chat.replies import checkpoint, cost_lookup, live, title_request
from chat.replies.continuation import RepeatedSpaceFilter, is_refused
from chat.replies.finish import Outcome, finish
from chat.replies.lease import claim
from chat.replies.live import LiveReply
from chat.replies.recover import stored_deltas
from chat.replies.render import REASONING, TEXT, Delta, image_delta
from chat.replies.request_body import NoKey, NoMedia, body_for, key_for
from chat.replies.sanitize import storable
from chat.upstream import openrouter

logger = logging.getLogger(__name__)

# A browser paints more often than people read. What comes within a frame is read, parsed, typeset and sent together.
FRAME_SECONDS = 0.08
IMAGE_PATIENCE_SECONDS, IMAGE_PAUSE_SECONDS = 45.0, 1.0  # OpenRouter waits meanwhile, which it may not do for long
SWEEP_SECONDS = 3.0  # a reader has this long to come and claim a reply; then it is made without one

_sweeps: dict[UUID, threading.Timer] = {}


def start(asked: Reply) -> LiveReply | None:
    """Begin to make a reply in this process; None when another one has it, or had it."""
    if not claim(asked.pk):
        return None
    reply = LiveReply.that_begins_with(asked.pk, stored_deltas(asked.pk) if asked.continues_id else [])
    live.register(reply)
    checkpoint.ensure_running()
    spawn(f"reply {asked.pk}", partial(_make, asked, reply))
    return reply


def start_later(reply_id: UUID) -> None:
    """Make the reply also if no reader ever comes: the tab was closed, or its connection failed."""
    _sweeps[reply_id] = spawn_later(SWEEP_SECONDS, f"reply {reply_id}", partial(_sweep, reply_id))


def forget_sweeps() -> None:
    """Leave the replies that nobody reads yet to another process: this one is about to end."""
    while _sweeps:
        _sweeps.popitem()[1].cancel()


def _sweep(reply_id: UUID) -> None:
    _sweeps.pop(reply_id, None)
    for reply in Reply.objects.filter(pk=reply_id, state=Reply.State.WAITING, worker=""):
        start(reply)  # should it not work, whoever looks at its chat begins it


def _make(asked: Reply, reply: LiveReply) -> None:
    outcome = Outcome(Reply.State.COMPLETE)
    try:
        try:
            _relay(asked, reply, outcome)
        except OpenRouterError as error:
            if not is_refused(reply, error):
                raise
            reply = _restart(asked, reply)
            _relay(asked, reply, outcome)
    except NoKey:
        outcome.fail("key_rejected", "")
    except NoMedia:
        logger.error("This site's images are not in %s. See /readyz.", settings.MEDIA_ROOT)
        outcome.fail("no_media", "")
    except OpenRouterError as error:
        outcome.fail(error.kind, error.message, error.details)
        if isinstance(error, Interrupted):
            outcome.state = Reply.State.INTERRUPTED
    except Exception:
        logger.exception("Reply %s failed", reply.reply_id)
        outcome.fail("internal", "")
    if reply.cut_as and "finish_reason" not in outcome.facts:
        outcome.cut(reply.cut_as)
    try:
        finish(reply, outcome)
        if outcome.facts.get("cost") is None:
            cost_lookup.look_up_later(reply.reply_id)
    finally:
        live.forget(reply)
        reply.end()
        title_request.write_later(reply.reply_id)


def _restart(asked: Reply, reply: LiveReply) -> LiveReply:
    """Make the same reply again, without a beginning. Its readers come back to it (chat/streaming/follow.py)."""
    asked.continues, asked.citations = None, []
    with transaction.atomic():
        asked.save(update_fields=["continues", "citations"])
        asked.pieces.all().delete()
    anew = LiveReply(asked.pk)
    live.register(anew)
    anew.cut_as = anew.cut_as or reply.cut_as  # a Stop that came just now
    reply.end()
    return anew


def _relay(asked: Reply, reply: LiveReply, outcome: Outcome) -> None:
    user_id = asked.message.conversation.user_id
    key = key_for(user_id)
    seam = RepeatedSpaceFilter(asked.continues.message.text) if asked.continues else None
    outcome.facts["citations"] = list(asked.citations)
    call = openrouter().chat(key, body_for(asked))
    close_old_connections()  # nothing is held while the model thinks
    reply.attach(call)
    try:
        for events in call.batches():
            for event in events:
                outcome.note(event)
            reply.generation_id = call.generation_id or ""
            deltas = _deltas(events, user_id)
            if new := list(seam.joined(deltas) if seam else deltas):
                reply.append(new)
                if "finish_reason" not in outcome.facts:
                    time.sleep(FRAME_SECONDS)
    except KeyRejected:
        # This key, not the one that the person may have signed in with since.
        StoredKey.objects.filter(user=user_id, sha256=key.sha256).update(rejected_at=timezone.now())
        raise
    finally:
        outcome.facts.setdefault("generation_id", call.generation_id or "")


def _deltas(events: list[Event], owner: UUID) -> Iterator[Delta]:
    for event in events:
        match event:
            case Text(text):
                yield Delta(TEXT, storable(text))
            case Reasoning(text):
                yield Delta(REASONING, storable(text))
            case Image(url):
                yield from _store_image(url, owner)
            case _:
                pass


def _store_image(url: str, owner: UUID) -> Iterator[Delta]:
    try:
        image = _store_patiently(url, owner)
    except ImageRefused as refusal:
        yield Delta(TEXT, f"\n\n*{refusal}*\n\n")
        return
    finally:
        close_old_connections()
    yield image_delta(image)


def _store_patiently(url: str, owner: UUID) -> models.Image:
    """An image that was paid for is not given up for a disk that is full or a database that is away just now."""
    give_up_at = time.monotonic() + IMAGE_PATIENCE_SECONDS
    while True:
        try:
            return store_data_url(url, owner=owner)
        except (OSError, OperationalError, InterfaceError) as error:
            connection.close()
            logger.warning("An image could not be stored yet: %s", type(error).__name__)
            if time.monotonic() > give_up_at:
                raise ImageRefused(_("The model sent an image, but this site had no space left to store it.")) from None
            time.sleep(IMAGE_PAUSE_SECONDS)
