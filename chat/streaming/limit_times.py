"""Says when a limit of OpenRouter ends: as the error says, or else by the periods that OpenRouter documents.

Days, weeks and months begin at midnight UTC, weeks on Mondays (docs, "Workspace Budgets" and "Limits").
"""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from chat.formats import day_and_time, time_of_day

NEW_PERIODS = {
    "daily": gettext_lazy("A new day starts on %(time)s UTC."),
    "weekly": gettext_lazy("A new week starts on %(time)s UTC."),
    "monthly": gettext_lazy("A new month starts on %(time)s UTC."),
}


def renewal(details: dict[str, Any], failed_at: datetime) -> str:
    """A sentence, after a space: when the limit is reset, or when its next period begins; "" if it has none."""
    period = details.get("limit_period", "")
    if reset := _reset_in(details):
        return " " + _("It resets on %(time)s UTC.") % {"time": _in_utc(reset)}
    if period in NEW_PERIODS:
        return " " + NEW_PERIODS[period] % {"time": _in_utc(next_period(period, failed_at))}
    return ""


def next_period(period: str, moment: datetime) -> datetime:
    """When the next day, week or month begins in UTC; `period` is daily, weekly or monthly."""
    today = moment.astimezone(UTC).date()
    days = {"daily": 1, "weekly": 7 - today.weekday(), "monthly": 32 - today.day}[period]
    first_day = today + timedelta(days=days)
    return datetime.combine(first_day.replace(day=1) if period == "monthly" else first_day, time(), UTC)


def free_day_end(details: dict[str, Any]) -> str:
    """When there are free messages again: "at 00:00 UTC"."""
    reset = _reset_in(details)
    return _("at %(time)s UTC") % {"time": time_of_day(reset.astimezone(UTC))} if reset else _("at midnight UTC")


def free_minute_end(details: dict[str, Any], failed_at: datetime) -> str:
    """When free messages may be sent again: "in 12 seconds"."""
    reset = _reset_in(details)
    seconds = details.get("retry_after") or (reset and (reset - failed_at).total_seconds())
    return in_seconds(seconds) if seconds and seconds > 0 else _("in a minute")


def in_seconds(seconds: float | None) -> str:
    """When something can be tried again: "in 12 seconds"; "in a moment" if that is not known."""
    if not seconds:
        return _("in a moment")
    whole = max(1, round(seconds))
    return ngettext("in %(seconds)d second", "in %(seconds)d seconds", whole) % {"seconds": whole}


def _reset_in(details: dict[str, Any]) -> datetime | None:
    return parse_datetime(details.get("reset_at") or "")


def _in_utc(moment: datetime) -> str:
    with timezone.override(UTC):
        return day_and_time(moment)
