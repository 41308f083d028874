"""A page on which a model goes on with a text, in place: for base models, which know no chats."""

import json
from collections.abc import Generator
from contextlib import closing
from typing import Any

from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chat.accounts.signed_in import SignedInRequest, signed_in
from chat.forms.completion import CompletionForm
from chat.openrouter import KeyRejected
from chat.pages.completion import TextPage, note_of, problem_of, render_completion
from chat.replies.completion_request import Completion, TextRequest, begin
from chat.replies.request_body import NoKey
from chat.spending.limits import OverLimit
from chat.streaming import sse
from chat.streaming.client_connection import ClientConnection
from chat.views.event_stream import event_stream

EVENTS = "text/event-stream"


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def continue_text(request: SignedInRequest) -> HttpResponseBase:
    """The form; a POST answers with the longer text, or with events if these are asked for."""
    if request.method != "POST":
        return render_completion(request, TextPage())
    form = CompletionForm(request.POST)
    if "undo" in request.POST:
        return render_completion(request, _without_added(request))
    if not form.is_valid():
        return _refused(request, form.sentence)
    asked = TextRequest(**form.cleaned_data)
    try:
        completion = begin(request.user, asked)
    except OverLimit as refusal:
        return _refused(request, str(refusal))
    except NoKey:
        return _refused(request, problem_of(KeyRejected(), asked.model))
    if _wants_events(request):
        reader = ClientConnection(request.META.get("gunicorn.socket"))
        return event_stream(reader.stream(_events(completion, asked, reader)))
    return _longer(request, completion, asked)


def _wants_events(request: SignedInRequest) -> bool:
    return request.headers.get("accept") == EVENTS


def _longer(request: SignedInRequest, completion: Completion, asked: TextRequest) -> HttpResponse:
    added = "".join(completion.pieces())
    problem = problem_of(completion.failure, asked.model)
    note = note_of(completion) if added or not problem else ""
    start = len(asked.text) if added else None
    page = _page(request, text=asked.text + added, added_from=start, note=note, problem=problem)
    return render_completion(request, page, status=422 if problem and not added else 200)


def _events(completion: Completion, asked: TextRequest, reader: ClientConnection) -> Generator[bytes]:
    """`text` events with pieces, as JSON, and `end` with the sentences to show."""
    with closing(completion.pieces()) as pieces:
        for piece in pieces:
            if reader.has_disconnected():
                return
            yield sse.named("text", json.dumps(piece)) if piece else sse.PING
    problem = problem_of(completion.failure, asked.model)
    yield sse.named("end", json.dumps({"note": note_of(completion) if not problem else "", "problem": problem}))


def _refused(request: SignedInRequest, sentence: str) -> HttpResponse:
    if _wants_events(request):
        return JsonResponse({"problem": sentence}, status=422)
    return render_completion(request, _page(request, problem=sentence), status=422)


def _without_added(request: SignedInRequest) -> TextPage:
    text, start = request.POST.get("text", "").replace("\r\n", "\n"), request.POST.get("undo", "")
    is_place = start.isdecimal() and len(start) < 10
    note = _("What was added is removed.") if is_place else ""
    return _page(request, text=text[: int(start)] if is_place else text, note=note)


def _page(request: SignedInRequest, **values: Any) -> TextPage:
    """The form as it was sent."""
    sent = {name: request.POST.get(name, "") for name in ("text", "model", "max_tokens", "temperature")}
    return TextPage(**(sent | values))
