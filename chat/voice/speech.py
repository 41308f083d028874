"""Reads answers aloud, part by part. What was read is stored for a week, so that hearing it again costs nothing."""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cached_property

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.background import wait
from chat.catalogue.voice import speech_model_of
from chat.models import Charge, Message, SpokenPart, User
from chat.openrouter import ApiKey, BadRequest, Interrupted, Speech, VoiceModel
from chat.spending.settle import settle
from chat.upstream import openrouter
from chat.voice.dictation import NotPossible
from chat.voice.paid_request import ESTIMATE_FACTOR, PaidRequest
from chat.voice.spoken_text import parts_of, spoken_text

LIFETIME = timedelta(days=7)
MAX_BYTES = 40 * 1024 * 1024  # of a person; the oldest are removed first
SWEEP_SECONDS = 60 * 60
LONGEST_REQUEST = timedelta(minutes=4)  # after that long whoever was making a part has died
LOOK_SECONDS = 0.2  # at a part that another request is making

_swept_at = float("-inf")  # time.monotonic(), in this process
_only_samples: set[str] = set()  # ids of models that refused MP3


@dataclass
class Reading:
    """An answer as it is read to one person: its parts, and which of them there are already."""

    user: User
    message: Message
    model: VoiceModel
    voice: str

    @cached_property
    def parts(self) -> list[str]:
        return parts_of(spoken_text(self.message.text))

    @cached_property
    def digests(self) -> list[str]:
        return [hashlib.sha256(f"{self.model.id}\0{self.voice}\0{part}".encode()).hexdigest() for part in self.parts]

    @cached_property
    def made(self) -> dict[str, SpokenPart]:
        """The parts that can be heard, by their digests, without their audio."""
        rows = self.message.spoken_parts.filter(user=self.user, audio__isnull=False).defer("audio")
        return {row.digest: row for row in rows if row.digest in self.digests}

    def made_in_order(self) -> list[SpokenPart | None]:
        return [self.made.get(digest) for digest in self.digests]

    def estimate(self, parts: Sequence[str]) -> Decimal | None:
        """What these parts cost in US dollars; None if the price is not known."""
        price = self.model.price_per_character
        return None if price is None else sum((price.of(len(part)) for part in parts), start=Decimal(0))

    @property
    def estimate_of_rest(self) -> Decimal | None:
        """What the parts that have not been read yet will cost."""
        missing = [part for part, row in zip(self.parts, self.made_in_order(), strict=True) if row is None]
        return self.estimate(missing)

    @property
    def cost(self) -> Decimal | None:
        """What the parts read so far have cost; None if OpenRouter has not said it of all."""
        charges = Charge.objects.filter(pk__in=[row.charge for row in self.made.values()])
        costs = list(charges.values_list("cost", flat=True))
        return None if None in costs else sum((cost for cost in costs if cost is not None), start=Decimal(0))


def reading_of(user: User, message: Message) -> Reading:
    """An answer as it is read aloud to a person. Raises NotPossible if that is off, or cannot be done."""
    if not user.reads_aloud:
        raise NotPossible(_("Reading aloud is turned off. You can turn it on in your account."))
    model, voice = speech_model_of(user)
    if model is None:
        raise NotPossible(_("OpenRouter offers no model that reads aloud right now."))
    reading = Reading(user, message, model, voice)
    if not reading.parts:
        raise NotPossible(_("This answer has no text to read aloud."))
    return reading


def read_part(reading: Reading, number: int, *, over_limit: bool = False) -> SpokenPart:
    """The part with this number, from the table or from OpenRouter. Raises OverLimit and OpenRouterError."""
    digest, text = reading.digests[number], reading.parts[number]
    if found := reading.made.get(digest):
        return found
    request = _request(reading, text)
    started = _start(reading, request, digest, over_limit=over_limit)
    if started is None:
        return _wait_for(reading, digest)
    charge, row = started
    try:
        speech = request.send(charge, lambda key: _speak(key, reading, text))
    except BaseException:
        row.delete()
        raise
    settle(charge, cost=None, generation_id=speech.generation_id)
    _store(row, speech)
    return row


def _request(reading: Reading, text: str) -> PaidRequest:
    price, most = reading.model.price_per_character, reading.estimate([text])
    if price and most is not None and not price.is_exact:
        most *= ESTIMATE_FACTOR
    conversation = reading.message.conversation_id
    return PaidRequest(reading.user, Charge.Kind.SPEECH, conversation, reading.model.id, most)


def _start(
    reading: Reading, request: PaidRequest, digest: str, *, over_limit: bool
) -> tuple[Charge, SpokenPart] | None:
    """Reserve, and say in the table that the part is being made; None if another request is making it, or has."""
    try:
        with transaction.atomic():
            charge = request.reserve(over_limit=over_limit)
            rows = reading.message.spoken_parts.filter(digest=digest, audio=None)
            rows.filter(created_at__lt=timezone.now() - LONGEST_REQUEST).delete()
            row = SpokenPart(user=reading.user, message=reading.message, digest=digest, charge=charge.pk)
            row.save(force_insert=True)
            return charge, row
    except IntegrityError:
        return None


def _wait_for(reading: Reading, digest: str) -> SpokenPart:
    rows = reading.message.spoken_parts.filter(digest=digest)
    give_up_at = time.monotonic() + LONGEST_REQUEST.total_seconds()
    while time.monotonic() < give_up_at:
        row = rows.defer("audio").first()
        if row is None:
            break
        if row.size_bytes:
            return row
        wait(LOOK_SECONDS)
    raise Interrupted


def _speak(key: ApiKey, reading: Reading, text: str) -> Speech:
    """As MP3, which is a twentieth of the size; models that cannot do that are asked for bare samples."""
    client, model = openrouter(), reading.model.id
    if model not in _only_samples:
        try:
            return client.speak(key, model=model, text=text, voice=reading.voice)
        except BadRequest:
            speech = client.speak(key, model=model, text=text, voice=reading.voice, audio_format="pcm")
            _only_samples.add(model)
            return speech
    return client.speak(key, model=model, text=text, voice=reading.voice, audio_format="pcm")


def _store(row: SpokenPart, speech: Speech) -> None:
    """Nothing if the message was deleted meanwhile."""
    row.content_type, row.size_bytes = speech.content_type, len(speech.audio)
    stored = {"audio": speech.audio, "content_type": row.content_type, "size_bytes": row.size_bytes}
    SpokenPart.objects.filter(pk=row.pk).update(**stored)
    _remove_oldest(row)
    _sweep_now_and_then()


def _remove_oldest(newest: SpokenPart) -> None:
    rows = SpokenPart.objects.filter(user=newest.user_id).exclude(pk=newest.pk).order_by("-created_at", "-pk")
    total, too_many = newest.size_bytes, []
    for pk, size_bytes in rows.values_list("pk", "size_bytes"):
        total += size_bytes
        if total > MAX_BYTES:
            too_many.append(pk)
    if too_many:
        SpokenPart.objects.filter(pk__in=too_many, audio__isnull=False).delete()


def _sweep_now_and_then() -> None:
    """Remove what is a week old, of anybody, at most once an hour. Only reading makes such rows, so it does this."""
    global _swept_at
    if time.monotonic() - _swept_at > SWEEP_SECONDS:
        _swept_at = time.monotonic()
        SpokenPart.objects.filter(created_at__lt=timezone.now() - LIFETIME).delete()
