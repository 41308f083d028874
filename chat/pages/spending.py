"""The pages of what was spent: in a month, with a chart of its days, and in a chat."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from chat import formats
from chat.accounts.signed_in import SignedInRequest
from chat.catalogue.picker import name_of
from chat.models import Conversation
from chat.spending import chat_costs
from chat.spending.amounts import Amount
from chat.spending.report import MonthReport, days_of, previous_month, report_of

# Units of the drawing, which is stretched to the width of the page.
DAY_WIDTH, BAR_WIDTH, HEIGHT, LEAST_HEIGHT = 20, 14, 160, 2


class Bar(NamedTuple):
    """A day of the chart; `height` is 0 where nothing is known to have been spent."""

    label: str
    amount: Amount
    left: int  # of the whole day
    x: int
    y: int
    height: int


class Chart(NamedTuple):
    bars: list[Bar]
    width: int
    dearest: Bar


class ModelRow(NamedTuple):
    name: str
    amount: Amount


class PartRow(NamedTuple):
    label: str
    part: chat_costs.Part


def render_spending(request: SignedInRequest, month: date, *, today: date) -> HttpResponse:
    report = report_of(request.user, month, today=today)
    context = {
        "report": report,
        "name": formats.month(month, with_year=True),
        "name_before": formats.month(previous_month(month), with_year=True),
        "value": _value(month),
        "earlier": _link(report.earlier),
        "later": _link(report.later),
        "chart": _chart(report),
        "days": [(formats.day(day), amount) for day, amount in report.by_day.items()],
        "models": [ModelRow(name_of(model), amount) for model, amount in report.by_model.largest],
        "same_day": formats.day(min(today, days_of(month)[-1])),
    }
    return render(request, "spending/spending.html", context)


def _value(month: date) -> str:
    """For addresses."""
    return month.isoformat()[:7]


def _link(month: date | None) -> tuple[str, str] | None:
    return (_value(month), formats.month(month, with_year=True)) if month else None


def _chart(report: MonthReport) -> Chart:
    days = days_of(report.first)
    amounts = [report.by_day.get(day, Amount()) for day in days]
    most = max(amount.dollars for amount in amounts)
    bars = [_bar(number, day, amount, most) for number, (day, amount) in enumerate(zip(days, amounts, strict=True))]
    return Chart(bars, DAY_WIDTH * len(days), max(bars, key=lambda bar: bar.amount.dollars))


def _bar(number: int, day: date, amount: Amount, most: Decimal) -> Bar:
    height = max(LEAST_HEIGHT, round(HEIGHT * amount.dollars / most)) if amount.dollars > 0 else 0
    left = DAY_WIDTH * number
    return Bar(formats.day(day), amount, left, left + (DAY_WIDTH - BAR_WIDTH) // 2, HEIGHT - height, height)


def render_chat_spending(request: SignedInRequest, conversation: Conversation) -> HttpResponse:
    parts = chat_costs.parts_of(conversation)
    labels = _labels()
    context = {
        "conversation": conversation,
        "parts": [PartRow(labels[name], part) for name, part in parts.items()],
        "has_imported": chat_costs.IMPORTED in parts,
        "total": sum((part.dollars for part in parts.values()), start=Decimal(0)),
        "unknown": sum(part.unknown for part in parts.values()),
    }
    return render(request, "spending/chat.html", context)


def _labels() -> dict[str, str]:
    return {
        chat_costs.SHOWN: _("Answers that you see in the chat"),
        chat_costs.VERSIONS: _("Other versions, and answers from other models"),
        chat_costs.INCOMPLETE: _("Stopped and failed answers"),
        chat_costs.DELETED: _("Deleted answers"),
        chat_costs.TITLES: _("AI title"),
        chat_costs.IMPORTED: _("Imported answers"),
    }
