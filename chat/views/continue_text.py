"""The page "Continue this text", where a model continues a text in place: for base models, which know no chats."""

from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chat.accounts.signed_in import SignedInRequest, signed_in
from chat.accounts.user_key import NoKey
from chat.forms.completion import CompletionForm
from chat.openrouter import KeyRejected
from chat.pages.completion import TextPage, note_of, render_completion
from chat.side_requests.completion import Completion, TextRequest, TooMany, begin
from chat.spending.limits import OverLimit
from chat.streaming.client_connection import ClientConnection
from chat.streaming.error_messages import explain
from chat.views.event_stream import event_stream

NOTE = "\0"  # what follows it is not the text but the sentence about it; no text has one

STREAMING = 202  # by which the script knows a stream from any page: one to sign in, or of an error


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def continue_text(request: SignedInRequest) -> HttpResponseBase:
    """The form; a POST answers with the longer text, or with `stream` in the address what is added, as it comes."""
    if request.method != "POST":
        return render_completion(request, TextPage())
    if "undo" in request.POST:
        return render_completion(request, _without_added(request))
    form = CompletionForm(request.POST)
    if not form.is_valid():
        return _refused(request, form.sentence)
    asked = TextRequest(**form.cleaned_data)
    try:
        completion = begin(request.user, asked)
    except (OverLimit, TooMany) as refusal:
        return _refused(request, str(refusal))
    except NoKey:
        return _refused(request, explain(KeyRejected(), asked.model)[0])
    if "stream" in request.GET:
        reader = ClientConnection(request.META.get("gunicorn.socket"), request.user.pk)
        return _stream(reader.stream(_added(completion, asked.model, reader)))
    return _longer(request, completion, asked)


def _longer(request: SignedInRequest, completion: Completion, asked: TextRequest) -> HttpResponse:
    added = "".join(completion.pieces())
    note = note_of(completion, asked.model)
    page = _page(request, text=asked.text + added, added_from=len(asked.text) if added else None, note=note)
    return render_completion(request, page, status=422 if completion.failure and not added else 200)


def _added(completion: Completion, model: str, reader: ClientConnection) -> Generator[bytes]:
    """The text as it comes, and the sentence about it in the end."""
    with closing(completion.pieces()) as pieces:
        for piece in pieces:
            if reader.has_disconnected():
                return
            yield piece.encode()
    yield f"{NOTE}{note_of(completion, model)}".encode()


def _stream(content: Iterator[bytes]) -> HttpResponseBase:
    response = event_stream(content)
    response["Content-Type"] = "text/plain; charset=utf-8"
    response.status_code = STREAMING
    return response


def _refused(request: SignedInRequest, sentence: str) -> HttpResponseBase:
    if "stream" in request.GET:
        return _stream(iter([f"{NOTE}{sentence}".encode()]))
    return render_completion(request, _page(request, note=sentence), status=422)


def _without_added(request: SignedInRequest) -> TextPage:
    text, start = request.POST.get("text", "").replace("\r\n", "\n"), request.POST.get("undo", "")
    is_place = start.isdecimal() and len(start) < 10
    note = _("The added text was removed.") if is_place else ""
    return _page(request, text=text[: int(start)] if is_place else text, note=note)


def _page(request: SignedInRequest, **values: Any) -> TextPage:
    """The form as it was sent."""
    sent = {name: request.POST.get(name, "") for name in ("text", "model", "max_tokens", "temperature")}
    return TextPage(**(sent | values))
