"""What a person allows themselves to spend, in US dollars. An empty field is no limit."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.formats import amount_to_type
from chat.models import User
from chat.spending.limits import PERIODS, limits_of

MAX_DOLLARS = 100_000
MAY_BE_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")


class AmountField(forms.DecimalField):
    """An amount as people write it: with or without "$", with a point or a comma. None if it is empty.

    "1,000" is a thousand dollars for some and one for others, so it is neither.
    """

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
        if MAY_BE_THOUSANDS.fullmatch(text):
            raise forms.ValidationError(_("Write this without a thousands separator, like 1000 or 1.50."))
        has_one_comma = text.count(",") == 1 and "." not in text
        return super().to_python(text.replace(",", ".") if has_one_comma else text)

    def prepare_value(self, value: Any) -> Any:
        """What is stored, as it can be typed: with cents, or with at least four decimals, as three may be thousands."""
        return amount_to_type(value) if isinstance(value, Decimal) else value


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
