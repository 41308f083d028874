"""Voice: recordings become text for the message field, and answers are read aloud, part by part."""

from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from chat import formats
from chat.accounts.signed_in import SignedInRequest, VisitorRequest, as_signed_in, signed_in
from chat.catalogue.voice import dictation_model_of
from chat.input_values import int_or_none, uuid_or_none
from chat.models import Message, SpokenPart
from chat.models.charge import NO_CHAT
from chat.openrouter import OpenRouterError
from chat.pages.speech import render_speech
from chat.rate_limit import RateLimit
from chat.spending.limits import OverLimit
from chat.streaming.error_messages import explain
from chat.streaming.reply_actions import Action
from chat.views.access import own_message
from chat.views.body_limit import limit_body
from chat.views.over_limit import is_over_limit
from chat.voice.dictation import MAX_RECORDING_BYTES, MAX_SECONDS, NotPossible, dictation_model, transcribe
from chat.voice.speech import Reading, read_part, reading_of

DAY_SECONDS = 60 * 60 * 24  # that a browser may play a part without asking; later, others may use that browser
DICTATIONS = RateLimit(at_once=10, seconds_each=6)  # of a person
READINGS = RateLimit(at_once=30, seconds_each=3)  # of a person: parts, which are heard one after the other


def _signed_out(request: VisitorRequest) -> HttpResponse:
    return _refused(_("You're signed out. Sign in again in another tab, then try again."), status=401)


@limit_body(MAX_RECORDING_BYTES, for_strangers=_signed_out)
@require_http_methods(["GET", "HEAD", "POST"])
def dictate(request: VisitorRequest) -> HttpResponseBase:
    """What the composer shows while it records, for scripts; a POST, whose body is a recording, returns its text.

    Refusals have a sentence in `error`, and perhaps an `action`.
    """
    if request.method != "POST":
        return _recorder(request)
    return _dictate(as_signed_in(request)) if request.user.is_authenticated else _signed_out(request)


@signed_in
def _recorder(request: SignedInRequest) -> HttpResponse:
    if not request.htmx:
        return HttpResponseRedirect(f"{reverse('account')}#voice")
    model = dictation_model_of(request.user)
    price = model and model.price_per_second
    context = {
        **({"per_second": format(price.each, "f"), "per_request": format(price.request, "f")} if price else {}),
        "most_seconds": MAX_SECONDS,
        "most_bytes": MAX_RECORDING_BYTES,
    }
    return render(request, "composer/_dictation.html", context)


def _dictate(request: SignedInRequest) -> HttpResponse:
    if wait := DICTATIONS.wait_seconds(request.user.pk):
        return _too_often(wait)
    chat = uuid_or_none(request.GET.get("chat"))
    own = chat and request.user.conversations.filter(pk=chat).exists()
    seconds = int_or_none(request.GET.get("seconds"))
    try:
        model = dictation_model(request.user).id
        heard = transcribe(
            request.user,
            chat if chat and own else NO_CHAT,
            request.read(),
            seconds=seconds,
            over_limit=is_over_limit(request),
        )
    except NotPossible as refusal:
        return _refused(str(refusal))
    except OverLimit as refusal:
        return _refused(str(refusal), Action("link", _("Change limits"), f"{reverse('account')}#limits"), limit=True)
    except OpenRouterError as error:
        return _refused(*explain(error, model))
    return JsonResponse({"text": heard.text, "cost": "" if heard.cost is None else formats.cost(heard.cost)})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def speech(request: SignedInRequest, message_id: UUID) -> HttpResponse:
    """The parts of an answer, to be heard or to be asked for; a POST asks for one of them."""
    message = own_message(request, message_id)
    if message.role != Message.Role.ASSISTANT or message.reply.is_running:
        raise Http404
    try:
        reading = reading_of(request.user, message)
    except NotPossible as refusal:
        is_script = request.method == "POST" and request.htmx
        return _refused(str(refusal)) if is_script else render_speech(request, message, error=str(refusal))
    return _speak(request, reading) if request.method == "POST" else render_speech(request, message, reading)


def _speak(request: SignedInRequest, reading: Reading) -> HttpResponse:
    number = int_or_none(request.POST.get("part"))
    if number is None or not 0 <= number < len(reading.parts):
        raise Http404
    if wait := READINGS.wait_seconds(request.user.pk):
        return _too_often(wait)
    action: Action | None = None
    try:
        part = read_part(reading, number, over_limit=is_over_limit(request))
    except OverLimit as refusal:
        sentence, action = str(refusal), Action("link", _("Change limits"), f"{reverse('account')}#limits")
        is_limit = True
    except OpenRouterError as error:
        is_limit = False
        sentence, action = explain(error, reading.model.id)
    else:
        back = f"{reverse('speech', args=[reading.message.pk])}#part-{number + 1}"
        return JsonResponse({"url": part.url}) if request.htmx else HttpResponseRedirect(back)
    if request.htmx:
        return _refused(sentence, action, limit=is_limit)
    return render_speech(
        request, reading.message, reading, error=sentence, action=action, over_limit=number if is_limit else None
    )


@require_safe
@signed_in
def spoken_part(request: SignedInRequest, part_id: UUID) -> HttpResponse:
    """The audio of a part; Safari plays nothing that it cannot ask for in ranges."""
    rows = SpokenPart.objects.filter(message__conversation__deleted_at=None, audio__isnull=False)
    part = get_object_or_404(rows, pk=part_id, user=request.user)
    audio = bytes(part.audio or b"")
    begin, end = _range(request.META.get("HTTP_RANGE", ""), len(audio))
    response = HttpResponse(audio[begin:end], content_type=part.content_type, status=200 if end is None else 206)
    if end is not None:
        response["Content-Range"] = f"bytes {begin}-{end - 1}/{len(audio)}"
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = f"private, max-age={DAY_SECONDS}, immutable"  # an id never changes its content
    response["Content-Encoding"] = "identity"  # GZipMiddleware would compress it again
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _range(header: str, length: int) -> tuple[int, int | None]:
    """Where a range begins and ends; (0, None) for the whole, which may answer anything (RFC 9110, 14.2)."""
    unit, _equals, wanted = header.partition("=")
    first, dash, last = wanted.partition("-")
    begin, end = int_or_none(first), int_or_none(last) if last else length - 1
    if unit != "bytes" or not dash or begin is None or end is None or not begin <= end or begin >= length:
        return 0, None
    return begin, min(end + 1, length)


def _too_often(wait_seconds: float) -> HttpResponse:
    response = _refused(_("Too many requests at once. Try again in a moment."), status=429)
    response["Retry-After"] = str(round(wait_seconds) + 1)
    return response


def _refused(sentence: str, action: Action | None = None, *, limit: bool = False, status: int = 422) -> HttpResponse:
    link = {"action": {"label": str(action.label), "url": action.url}} if action else {}
    return JsonResponse({"error": sentence, **link, "over_limit": limit}, status=status)
