"""What a person allows themselves to spend, in US dollars. An empty field is no limit."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from chat.models import User
from chat.spending.limits import PERIODS, limits_of

MAX_DOLLARS = 100_000


class AmountField(forms.DecimalField):
    """An amount as people write it: with or without "$", with a point or a comma. None if it is empty."""

    def __init__(self, label: Any, help_text: Any) -> None:
        invalid = gettext_lazy("Enter an amount like 2.50, or leave this empty for no limit.")
        super().__init__(
            required=False,
            label=label,
            help_text=help_text,
            min_value=0,
            max_value=MAX_DOLLARS,
            decimal_places=6,
            error_messages={"invalid": invalid},
        )

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # wrong in django-stubs
        text = str(value or "").strip().removeprefix("$").strip()
        has_one_comma = text.count(",") == 1 and "." not in text
        return super().to_python(text.replace(",", ".") if has_one_comma else text)


class LimitsForm(forms.Form):
    """The three limits of a person, as they are in effect."""

    limit_per_message = AmountField(
        gettext_lazy("Per message"),
        gettext_lazy("Messages that could cost more aren't sent. Answers are shortened to fit."),
    )
    limit_per_day = AmountField(
        gettext_lazy("Per day"), gettext_lazy("Days start at midnight UTC, as they do at OpenRouter.")
    )
    limit_per_month = AmountField(gettext_lazy("Per month"), gettext_lazy("Months start on the 1st, in UTC."))

    def __init__(self, data: Any = None, *, user: User) -> None:
        in_effect = limits_of(user)
        super().__init__(data, initial={f"limit_per_{period}": getattr(in_effect, period) for period in PERIODS})
        self._user = user

    def save(self) -> None:
        limits = {period: self.cleaned_data[f"limit_per_{period}"] for period in PERIODS}
        self._user.spending_limits = {
            period: None if limit is None else format(limit, "f") for period, limit in limits.items()
        }
        self._user.save(update_fields=["spending_limits"])
