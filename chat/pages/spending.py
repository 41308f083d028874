"""The pages of what was spent: in a month, with a chart of its days, and in a chat."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chat import formats
from chat.accounts.signed_in import SignedInRequest
from chat.catalogue.picker import name_of
from chat.models import Conversation
from chat.spending import chat_costs
from chat.spending.ledger_sums import Amount, Shares
from chat.spending.report import MonthReport, days_of, previous_month, report_of

# Units of the drawing, which is stretched to the width of the page.
DAY_WIDTH, BAR_WIDTH, HEIGHT, LEAST_HEIGHT = 20, 14, 160, 2


class Row(NamedTuple):
    """A row in a table of sums."""

    label: str
    details: list[str]
    dollars: Decimal | None  # None if nothing of it is known
    url: str = ""


class Link(NamedTuple):
    """A link to another month."""

    value: str
    name: str


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


def render_spending(request: SignedInRequest, month: date, *, today: date) -> HttpResponse:
    report = report_of(request.user, month, today=today)
    context = {
        "report": report,
        "total": report.total,
        "made_of": _made_of(report.total),
        "name": formats.month(month, with_year=True),
        "name_before": formats.month(previous_month(month), with_year=True),
        "value": _value(month),
        "earlier": _link(report.earlier),
        "later": _link(report.later),
        "chart": _chart(report),
        "days": [_row(formats.day(day), amount) for day, amount in report.by_day.items()],
        "before": _before(report),
        "models": _model_rows(report.by_model),
        "chats": _chat_rows(report.by_chat),
    }
    return render(request, "spending/spending.html", context)


def _value(month: date) -> str:
    """For addresses."""
    return month.isoformat()[:7]


def _link(month: date | None) -> Link | None:
    return Link(_value(month), formats.month(month, with_year=True)) if month else None


def _row(label: str, amount: Amount, *, url: str = "", more: str = "") -> Row:
    details = [*_made_of(amount), *([more] if more else []), *_unknown(amount.unknown)]
    return Row(label, details, None if amount.unknown == amount.requests > 0 else amount.dollars, url)


def _made_of(amount: Amount) -> list[str]:
    """How many answers and other things it is for."""
    answers = [_answers(amount.answers)] if amount.answers or not amount.requests else []
    others = [*_dictations(amount.dictations), *_readings(amount.readings), *_texts(amount.texts)]
    return [*answers, *_titles(amount.titles), *others]


def _answers(count: int) -> str:
    return ngettext("%(number)s answer", "%(number)s answers", count) % {"number": formats.number(count)}


def _titles(count: int) -> list[str]:
    if not count:
        return []
    return [ngettext("%(number)s AI title", "%(number)s AI titles", count) % {"number": formats.number(count)}]


def _dictations(count: int) -> list[str]:
    if not count:
        return []
    return [ngettext("%(number)s dictation", "%(number)s dictations", count) % {"number": formats.number(count)}]


def _readings(count: int) -> list[str]:
    """An answer is read aloud in parts of some sentences."""
    if not count:
        return []
    words = ngettext("%(number)s part read aloud", "%(number)s parts read aloud", count)
    return [words % {"number": formats.number(count)}]


def _texts(count: int) -> list[str]:
    if not count:
        return []
    return [
        ngettext("%(number)s text continued", "%(number)s texts continued", count) % {"number": formats.number(count)}
    ]


def _unknown(count: int) -> list[str]:
    if not count:
        return []
    words = ngettext("%(number)s cost not known yet", "%(number)s costs not known yet", count)
    return [words % {"number": formats.number(count)}]


def _before(report: MonthReport) -> list[Row]:
    to_day = report.before_to_day
    return [
        *([_row(_("Up to the same day"), to_day)] if to_day else []),
        _row(formats.month(previous_month(report.first), with_year=True), report.before),
    ]


def _model_rows(models: Shares) -> list[Row]:
    rest = [(_("Other models"), models.rest)] if models.rest.requests else []
    named = [(name_of(model), amount) for model, amount in models.largest]
    return [_row(name, amount, more=_tokens(amount)) for name, amount in named + rest]


def _tokens(amount: Amount) -> str:
    if not amount.prompt_tokens:
        return ""
    return _("%(input)s input, %(output)s output tokens") % {
        "input": formats.number(amount.prompt_tokens),
        "output": formats.number(amount.completion_tokens),
    }


def _chat_rows(chats: Shares) -> list[Row]:
    others = [
        (_("Other chats"), chats.rest),
        (_("Dictation in new chats"), chats.outside),
        (_("Continued texts"), chats.texts),
        (_("Deleted and temporary chats"), chats.deleted),
    ]
    return [
        *(_row(chat.title, chat.amount, url=reverse("conversation", args=[chat.id])) for chat in chats.largest),
        *(_row(label, amount) for label, amount in others if amount.requests),
    ]


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
    context = {
        "conversation": conversation,
        "parts": [_part_row(name, part) for name, part in parts.items()],
        "has_imported": chat_costs.IMPORTED in parts,
        "has_unknown": any(part.unknown for part in parts.values()),
        "total": sum((part.dollars for part in parts.values()), start=Decimal(0)),
    }
    return render(request, "spending/chat.html", context)


def _part_row(name: str, part: chat_costs.Part) -> Row:
    labels = {
        chat_costs.SHOWN: _("Answers shown in the chat"),
        chat_costs.VERSIONS: _("Other versions, and answers from other models"),
        chat_costs.INCOMPLETE: _("Stopped and failed answers"),
        chat_costs.DELETED: _("Deleted answers"),
        chat_costs.TITLES: _("AI title"),
        chat_costs.VOICE: _("Dictation and reading aloud"),
        chat_costs.IMPORTED: _("Imported answers"),
    }
    has_answers = part.count and name not in (chat_costs.TITLES, chat_costs.VOICE)
    count = [_answers(part.count)] if has_answers else []
    dollars = None if part.unknown == part.count > 0 else part.dollars
    return Row(labels[name], count + _unknown(part.unknown), dollars)
