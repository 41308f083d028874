"""Sums of money, numbers and times, written as in the reader's language.

By CLDR, through Babel: so scripts, whose browsers follow it too (static/js/lib/estimate.js), say the same. Dates are
left to Django's `date_format`, and digits are 0 to 9 in every language, as there.
"""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton
from babel.numbers import format_currency, format_decimal
from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, to_locale

DOLLARS = "USD"
TWO_SIGNIFICANT_DIGITS = "@@"
TEN_CENTS = Decimal("0.1")


def money(dollars: Decimal | None) -> str:
    """Say what something cost: "$0.04", "0.31 ¢" with two significant digits, "free", or "–" when unknown."""
    if dollars is None:
        return "–"
    if dollars == 0:
        return gettext("free")
    cents = _two_significant_digits(dollars * 100)
    if cents >= 1:
        return format_currency(dollars, DOLLARS, locale=_locale())
    return f"{format_decimal(cents, format=TWO_SIGNIFICANT_DIGITS, locale=_locale())}\N{NO-BREAK SPACE}¢"


def price(dollars: Decimal) -> str:
    """Say a price: to the cent, and below ten of them to its tenth."""
    return _price(dollars, _locale())


def number(amount: int) -> str:
    """Say a whole number: "16,000"."""
    return format_decimal(amount, locale=_locale())


def time_of_day(moment: datetime) -> str:
    """Say it in 24 hours: "14:07"."""
    return format_skeleton("Hm", moment, locale=_locale())


def month(day: date, *, with_year: bool) -> str:
    """Name it: "November", "November 2026"."""
    if with_year:
        return format_skeleton("yMMMM", datetime(day.year, day.month, day.day), locale=_locale())
    return date_format(day, "F")  # Babel's names without a date are those of whichever language asked first, in some


def _two_significant_digits(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(amount.adjusted() - 1))


@lru_cache(maxsize=2000)  # a page has hundreds of them, which are the same on the next
def _price(dollars: Decimal, locale: Locale) -> str:
    pattern = locale.currency_formats["standard"].pattern
    if 0 < dollars < TEN_CENTS:
        pattern = pattern.replace("0.00", "0.000")
    return format_currency(
        dollars, DOLLARS, format=pattern, currency_digits=False, group_separator=False, locale=locale
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
