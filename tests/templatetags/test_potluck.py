from decimal import Decimal

import pytest
from django.template import Context, Template

from chat.templatetags.potluck import money


@pytest.mark.parametrize(
    ("dollars", "said"),
    [
        ("0.04", "$0.04"),
        ("0.01", "$0.01"),
        ("1234.5", "$1,234.50"),
        ("0.0031", "0.31\N{NO-BREAK SPACE}¢"),
        ("0.00004", "0.0040\N{NO-BREAK SPACE}¢"),
        ("0.00996", "$0.01"),
        ("0", "free"),
        ("0E-12", "free"),
    ],
)
def test_money_is_said_in_the_unit_that_fits(dollars, said):
    assert money(Decimal(dollars)) == said


def test_unknown_cost_is_a_dash():
    assert money(None) == "–"


def test_an_icon_is_drawn_inline_and_says_nothing():
    drawn = Template('{% icon "x" %}').render(Context())

    assert drawn.startswith("<svg")
    assert 'aria-hidden="true"' in drawn
