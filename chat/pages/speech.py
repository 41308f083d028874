"""An answer as it is read aloud: the page of its parts, and for scripts the player, which has them, too."""

from typing import NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from chat.accounts.signed_in import SignedInRequest
from chat.formats import cost, money
from chat.models import Message, User
from chat.streaming.reply_actions import Action
from chat.voice.dictation import NotPossible
from chat.voice.speech import Reading, reading_of


def price_of_reading(user: User, message: Message) -> str:
    """What it costs to have an answer read aloud, for its menu; "" if that is off, or there is nothing to read."""
    if not user.reads_aloud:
        return ""
    try:
        price = reading_of(user, message).estimate_of_rest
    except NotPossible:
        return ""
    if price is None:
        return _("price unknown")
    return _("about %(price)s") % {"price": money(price)} if price else _("free")


class Part(NamedTuple):
    """A part of an answer, some sentences long, and its audio or what it costs to get that."""

    number: int
    text: str
    url: str
    price: str
    is_over_limit: bool  # and can be asked for all the same


def render_speech(
    request: SignedInRequest,
    message: Message,
    reading: Reading | None = None,
    *,
    error: str = "",
    action: Action | None = None,
    over_limit: int | None = None,
) -> HttpResponse:
    """Render an answer as it is read aloud. `over_limit` is the number of a part that a spending limit refused."""
    context = {
        "message": message,
        "reading": reading,
        "parts": _parts(reading, over_limit) if reading else [],
        "price": money(reading.estimate_of_rest) if reading else "",
        "error": error,
        "action": action,
        "cost": cost_of(reading) if reading else "",
        "back": message.url,
    }
    template = "messages/_player.html" if request.htmx else "messages/speech.html"
    return render(request, template, context, status=422 if error else 200)


def cost_of(reading: Reading) -> str:
    """What the parts read so far cost, in words; "" if nothing was read, or OpenRouter has not said."""
    return "" if not reading.made or reading.cost is None else cost(reading.cost)


def _parts(reading: Reading, over_limit: int | None) -> list[Part]:
    return [
        Part(number, text, row.url if row else "", money(reading.estimate([text])), number == over_limit)
        for number, (text, row) in enumerate(zip(reading.parts, reading.made_in_order(), strict=True))
    ]
