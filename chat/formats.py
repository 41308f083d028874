"""Formats amounts of money, numbers and times in the reader's language.

It uses Babel's CLDR data, so the result is the same as in scripts, because browsers use CLDR, too
(static/js/composer/estimate.js). Dates use Django's `date_format`. Digits are 0 to 9 in every language, as in Django.
"""

from datetime import date, datetime, time
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton
from babel.numbers import format_currency, format_decimal, format_percent
from babel.units import format_unit
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, to_locale

DOLLARS = "USD"
TWO_SIGNIFICANT_DIGITS = Context(prec=2, rounding=ROUND_HALF_EVEN)
CENT, TEN_CENTS = Decimal("0.01"), Decimal("0.1")
MAX_DECIMALS = 8  # of a price
MAX_PLURAL_SAMPLE = 120  # enough to meet all forms: Arabic has one for 3 to 10, one for 11 to 99, and one for 100


def money(dollars: Decimal | None) -> str:
    """Format an amount: "$1.20", "$0.0031" (below a cent, two significant digits), "$0.00", or "–" if unknown."""
    return "–" if dollars is None else _dollars(dollars, CENT, _locale())


def cost(dollars: Decimal | None) -> str:
    """Format what something cost: as `money`, but "free" for zero."""
    return gettext("free") if dollars == 0 else money(dollars)


def price(dollars: Decimal) -> str:
    """Format the price of a million tokens: as `money`, but with two significant digits below ten cents."""
    return _price(dollars, _locale())


def number(amount: int) -> str:
    """Format a whole number: "16,000"."""
    return format_decimal(amount, locale=_locale())


def size(size_bytes: int) -> str:
    """Format a number of bytes: "340 kB", "3.4 MB". static/js/composer/image-resize.js does the same."""
    is_small = size_bytes < 1_000_000
    amount, unit = (max(1, round(size_bytes / 1000)), "kilobyte") if is_small else (size_bytes / 1_000_000, "megabyte")
    return format_unit(amount, f"digital-{unit}", "short", format="#,##0.#", locale=_locale())


def percent(share: float) -> str:
    """Format a share of 1 with one decimal: "97.2%"."""
    pattern = _locale().percent_formats[None].pattern.replace("#,##0", "#,##0.0")
    return format_percent(share, format=pattern, locale=_locale())


def decimal(amount: Decimal) -> str:
    """Format a number with at most two decimals: "0.64", "99.9", "1,200"."""
    return format_decimal(amount, format="#,##0.##", locale=_locale())


def amount_to_type(dollars: Decimal) -> str:
    """Format an amount for a field: "1000.00", and with four to six decimals where there are more than cents."""
    has_cents_only = dollars == dollars.quantize(CENT)
    return format_decimal(dollars, format="0.00" if has_cents_only else "0.0000##", locale=_locale())


def price_per_million(dollars: Decimal) -> str:
    """Format the price of a token as that of a million, as `exact_price`: "$0.375"."""
    return exact_price(dollars * 1_000_000)


def exact_price(dollars: Decimal) -> str:
    """Format a price with all of its digits, from two to eight decimals: "$0.375", "$2.00"."""
    exponent = dollars.normalize().as_tuple().exponent
    digits = max(2, -exponent) if isinstance(exponent, int) else 2
    return _dollars_with(min(digits, MAX_DECIMALS), dollars, _locale())


def plural_samples() -> list[tuple[str, int]]:
    """Return, for each plural form of the language, CLDR's name of it ("one", "few") and a number that takes it.

    Scripts choose among the forms by the same names (`Intl.PluralRules`).
    """
    form_of = _locale().plural_form
    return list({form_of(amount): amount for amount in reversed(range(MAX_PLURAL_SAMPLE))}.items())


def time_of_day(moment: datetime) -> str:
    """Format a time with 24 hours: "14:07"."""
    return _time(time(moment.hour, moment.minute), _locale())


def day_and_time(moment: datetime) -> str:
    """Format day and time in the reader's time zone: "Nov 21, 14:07"."""
    local = timezone.localtime(moment)
    return f"{_day(local.date(), _locale())}, {time_of_day(local)}"


def date_and_time(moment: datetime) -> str:
    """Format date, with its year, and time in the reader's time zone: "Nov. 21, 2026, 14:07"."""
    local = timezone.localtime(moment)
    return f"{_full_date(local.date(), get_language())}, {time_of_day(local)}"


def day(day_: date) -> str:
    """Format a day without its year: "Nov 21"."""
    return _day(day_, _locale())


def month(day: date, *, with_year: bool) -> str:
    """Return the name of a month: "November", "November 2026"."""
    if with_year:
        return format_skeleton("yMMMM", datetime(day.year, day.month, day.day), locale=_locale())
    return date_format(day, "F")  # Babel's names of months alone are wrong: the first language used wins, for some


# A page has hundreds of these, and the next page has the same ones.
@lru_cache(maxsize=3000)
def _time(minute: time, locale: Locale) -> str:
    return format_skeleton("Hm", datetime.combine(date.min, minute), locale=locale)


@lru_cache(maxsize=2000)
def _day(day: date, locale: Locale) -> str:
    return format_skeleton("MMMd", datetime.combine(day, time()), locale=locale)


@lru_cache(maxsize=2000)
def _full_date(day: date, language: str | None) -> str:
    return date_format(day, "DATE_FORMAT")


@lru_cache(maxsize=2000)
def _price(dollars: Decimal, locale: Locale) -> str:
    return _dollars(dollars, TEN_CENTS, locale, group_separator=False)


def _dollars(amount: Decimal, least: Decimal, locale: Locale, *, group_separator: bool = True) -> str:
    """Format to the cent, or with two significant digits below `least`. The unit is always the dollar, never cents."""
    rounded = TWO_SIGNIFICANT_DIGITS.plus(amount)
    digits = max(2, 1 - rounded.adjusted()) if 0 < abs(rounded) < least else 2
    return _dollars_with(digits, amount, locale, group_separator=group_separator)


def _dollars_with(digits: int, amount: Decimal, locale: Locale, *, group_separator: bool = True) -> str:
    pattern = locale.currency_formats["standard"].pattern.replace("0.00", f"0.{'0' * digits}")
    return format_currency(
        amount, DOLLARS, format=pattern, currency_digits=False, group_separator=group_separator, locale=locale
    )


def _locale() -> Locale:
    return _locale_of(get_language() or settings.LANGUAGE_CODE)


@lru_cache(maxsize=200)
def _locale_of(language: str) -> Locale:
    """Return the CLDR locale of a language, or of the one that it is a variant of ("de-formal"), or else English."""
    while language:
        try:
            return Locale.parse(to_locale(language))
        except (UnknownLocaleError, ValueError):
            language = language.rpartition("-")[0]
    return Locale("en")
