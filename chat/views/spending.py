"""What one spent: in a month, as CSV, and in a chat."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from chat.accounts.signed_in import SignedInRequest, signed_in
from chat.archive.zip_writer import encode_pieces
from chat.models.charge import utc_day
from chat.pages.spending import render_chat_spending, render_spending
from chat.spending.csv_export import write_charges
from chat.spending.report import month_from
from chat.throttle import throttled
from chat.views.access import own_conversation
from chat.views.download import download


@require_safe
@signed_in
def show(request: SignedInRequest) -> HttpResponse:
    """This month, or the one in `?month=2026-10`."""
    today = utc_day(timezone.now())
    return render_spending(request, month_from(request.GET.get("month"), today=today), today=today)


@require_safe
@signed_in
def as_csv(request: SignedInRequest) -> HttpResponseBase:
    """Everything, or the month in `?month=2026-10`."""
    named = request.GET.get("month")
    month = month_from(named, today=utc_day(timezone.now())) if named else None
    name = f"spending-{month.isoformat()[:7]}.csv" if month else "spending.csv"
    pieces = throttled(encode_pieces(write_charges(request.user, month)))
    return download(request, pieces, name, "text/csv; charset=utf-8")


@require_safe
@signed_in
def of_chat(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    return render_chat_spending(request, own_conversation(request, conversation_id))
