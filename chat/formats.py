"""Sums of money, numbers and times, written as in the reader's language.

By CLDR, through Babel: so scripts, whose browsers follow it too (static/js/composer/estimate.js), say the same.
Dates are left to Django's `date_format`, and digits are 0 to 9 in every language, as there.
"""

from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton
from babel.numbers import format_currency, format_decimal
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, to_locale

DOLLARS = "USD"
TWO_SIGNIFICANT_DIGITS = Context(prec=2, rounding=ROUND_HALF_EVEN)
CENT, TEN_CENTS = Decimal("0.01"), Decimal("0.1")
ENOUGH_TO_MEET_ALL_FORMS = 120  # Arabic has one for 3 to 10, one for 11 to 99, and one for 100


def money(dollars: Decimal | None) -> str:
    """Say a sum: "$1.20", below a cent with two digits that matter "$0.0031", "$0.00", or "–" when unknown."""
    return "–" if dollars is None else _dollars(dollars, CENT, _locale())


def cost(dollars: Decimal | None) -> str:
    """Say what one thing cost: as `money`, but nothing is "free"."""
    return gettext("free") if dollars == 0 else money(dollars)


def price(dollars: Decimal) -> str:
    """Say the price of a million tokens: as `money`, with two digits that matter below ten cents already."""
    return _price(dollars, _locale())


def number(amount: int) -> str:
    """Say a whole number: "16,000"."""
    return format_decimal(amount, locale=_locale())


def plural_samples() -> list[tuple[str, int]]:
    """For each plural form of the language, by CLDR's name for it ("one", "few"), a number that takes it.

    Scripts choose among the forms by the same names (`Intl.PluralRules`).
    """
    form_of = _locale().plural_form
    return list({form_of(amount): amount for amount in reversed(range(ENOUGH_TO_MEET_ALL_FORMS))}.items())


def time_of_day(moment: datetime) -> str:
    """Say it in 24 hours: "14:07"."""
    return format_skeleton("Hm", moment, locale=_locale())


def day_and_time(moment: datetime) -> str:
    """Say when something was, by the clock of the reader: "Nov 21, 14:07"."""
    here = timezone.localtime(moment)
    return f"{format_skeleton('MMMd', here, locale=_locale())}, {time_of_day(here)}"


def date_and_time(moment: datetime) -> str:
    """The same with its year: "Nov. 21, 2026, 14:07"."""
    here = timezone.localtime(moment)
    return f"{date_format(here, 'DATE_FORMAT')}, {time_of_day(here)}"


def month(day: date, *, with_year: bool) -> str:
    """Name it: "November", "November 2026"."""
    if with_year:
        return format_skeleton("yMMMM", datetime(day.year, day.month, day.day), locale=_locale())
    return date_format(day, "F")  # Babel's names without a date are those of whichever language asked first, in some


@lru_cache(maxsize=2000)  # a page has hundreds of them, which are the same on the next
def _price(dollars: Decimal, locale: Locale) -> str:
    return _dollars(dollars, TEN_CENTS, locale, group_separator=False)


def _dollars(amount: Decimal, least: Decimal, locale: Locale, *, group_separator: bool = True) -> str:
    """To the cent; below `least` two digits that matter. A cent or a mille is never written: one unit everywhere."""
    rounded = TWO_SIGNIFICANT_DIGITS.plus(amount)
    digits = max(2, 1 - rounded.adjusted()) if 0 < abs(rounded) < least else 2
    pattern = locale.currency_formats["standard"].pattern.replace("0.00", f"0.{'0' * digits}")
    return format_currency(
        amount, DOLLARS, format=pattern, currency_digits=False, group_separator=group_separator, locale=locale
    )


def _locale() -> Locale:
    return _locale_of(get_language() or settings.LANGUAGE_CODE)


@lru_cache(maxsize=200)
def _locale_of(language: str) -> Locale:
    """What CLDR has for it, or for the language it is a kind of ("de-formal"); English where it knows neither."""
    while language:
        try:
            return Locale.parse(to_locale(language))
        except (UnknownLocaleError, ValueError):
            language = language.rpartition("-")[0]
    return Locale("en")
