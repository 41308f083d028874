from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils.translation import override

from chat.formats import (
    amount_to_type,
    cost,
    day,
    decimal,
    exact_price,
    money,
    month,
    number,
    plural_samples,
    price,
    time_of_day,
)

NBSP = "\N{NO-BREAK SPACE}"
MOMENT = datetime(2026, 11, 21, 14, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("dollars", "said"),
    [
        ("0.04", "$0.04"),
        ("0.01", "$0.01"),
        ("1.2", "$1.20"),
        ("1234.5", "$1,234.50"),
        ("0.0021", "$0.0021"),
        ("0.00064", "$0.00064"),
        ("0.00006449", "$0.000064"),
        ("0.00004", "$0.000040"),
        ("0.00996", "$0.01"),
        ("0.009949", "$0.0099"),
        ("-0.0021", "-$0.0021"),
        ("0", "$0.00"),
        ("0E-12", "$0.00"),
    ],
)
def test_money_is_in_dollars_with_two_digits_that_matter(dollars, said):
    assert money(Decimal(dollars)) == said


@pytest.mark.parametrize(
    ("dollars", "english", "german"),
    [
        ("0.375", "$0.375", f"0,375{NBSP}$"),
        ("2", "$2.00", f"2,00{NBSP}$"),
        ("7.32421875", "$7.32421875", f"7,32421875{NBSP}$"),
        ("0.020833333333333", "$0.02083333", f"0,02083333{NBSP}$"),
        ("0E-9", "$0.00", f"0,00{NBSP}$"),
        ("1E+3", "$1,000.00", f"1.000,00{NBSP}$"),
    ],
)
def test_an_exact_price_has_all_of_its_digits(dollars, english, german):
    assert exact_price(Decimal(dollars)) == english
    with override("de"):
        assert exact_price(Decimal(dollars)) == german


def test_a_decimal_has_two_digits_at_most():
    assert [decimal(Decimal(one)) for one in ("84", "0.640", "99.866", "1200.5")] == ["84", "0.64", "99.87", "1,200.5"]


def test_what_costs_nothing_is_free_and_a_sum_is_not():
    assert cost(Decimal("0E-10")) == "free"
    assert cost(Decimal("0.0021")) == money(Decimal("0.0021"))


def test_unknown_cost_is_a_dash():
    assert money(None) == cost(None) == "–"


@pytest.mark.parametrize(
    ("language", "dollars", "small"),
    [
        ("de", f"1.234,50{NBSP}$", f"0,0031{NBSP}$"),
        ("pt-br", f"US${NBSP}1.234,50", f"US${NBSP}0,0031"),
        ("zh-hans", "US$1,234.50", "US$0.0031"),
        ("de-formal", f"1.234,50{NBSP}$", f"0,0031{NBSP}$"),  # CLDR does not know it
        ("xx", "$1,234.50", "$0.0031"),
    ],
)
def test_money_is_written_as_the_language_writes_it(language, dollars, small):
    with override(language):
        assert money(Decimal("1234.5")) == dollars
        assert money(Decimal("0.0031")) == small


@pytest.mark.parametrize(
    ("dollars", "english", "german"),
    [
        ("0", "$0.00", f"0,00{NBSP}$"),
        ("0.08", "$0.080", f"0,080{NBSP}$"),
        ("0.004", "$0.0040", f"0,0040{NBSP}$"),
        ("0.075", "$0.075", f"0,075{NBSP}$"),
        ("0.1", "$0.10", f"0,10{NBSP}$"),
        ("1500", "$1500.00", f"1500,00{NBSP}$"),
    ],
)
def test_a_price_below_ten_cents_has_two_digits_that_matter(dollars, english, german):
    assert price(Decimal(dollars)) == english
    with override("de"):
        assert price(Decimal(dollars)) == german


@pytest.mark.parametrize(
    ("language", "amount", "time", "this_year", "before"),
    [
        ("en", "16,000", "14:07", "November", "November 2026"),
        ("de", "16.000", "14:07", "November", "November 2026"),
        ("fi", f"16{NBSP}000", "14.07", "marraskuu", "marraskuu 2026"),
        ("ja", "16,000", "14:07", "11月", "2026年11月"),
    ],
)
def test_numbers_and_times_follow_the_language(language, amount, time, this_year, before):
    with override(language):
        assert number(16_000) == amount
        assert time_of_day(MOMENT) == time
        assert month(date(2026, 11, 21), with_year=False) == this_year
        assert month(date(2026, 11, 21), with_year=True) == before


def test_each_plural_form_has_a_number_that_takes_it():
    for language, forms in (("en", {"one", "other"}), ("pl", {"one", "few", "many"}), ("ja", {"other"})):
        with override(language):
            assert dict(plural_samples()).keys() == forms
    with override("ar"):
        assert dict(plural_samples()) == {"zero": 0, "one": 1, "two": 2, "few": 3, "many": 11, "other": 100}


def test_no_language_gets_the_months_of_another():
    names = []
    for language in ("ja", "de", "fr", "ja"):
        with override(language):
            names.append(month(date(2026, 11, 21), with_year=False))
    assert names == ["11月", "November", "novembre", "11月"]


def test_a_day_is_in_the_words_of_the_language():
    assert day(date(2026, 11, 21)) == "Nov 21"
    with override("de"):
        assert day(date(2026, 11, 21)) == "21. Nov."


@pytest.mark.parametrize(("language", "shown"), [("en", "1000.50"), ("de", "1000,50")])
def test_an_amount_to_type_has_no_thousands_separator(language, shown):
    with override(language):
        assert amount_to_type(Decimal("1000.5")) == shown
