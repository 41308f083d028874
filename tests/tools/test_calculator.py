"""The calculator: exact where that is possible, however many digits a number has."""

from decimal import Decimal

import pytest

from chat.tools.calculator import MAX_SHOWN_CHARS, calculate
from chat.tools.tool import ToolFailed


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("2 ** 64", "18446744073709551616"),
        ("0.1 + 0.2", "0.3"),
        ("-7/8", "-0.875"),
        ("1/3", "1/3 ≈ 0.333333333333333"),
        ("sqrt(2)", "≈ 1.4142135623731"),
        ("10 ** 5000 % 7", "2"),
    ],
)
def test_a_result_is_exact_where_that_is_possible(expression, result):
    assert calculate(expression) == result


@pytest.mark.parametrize(
    ("expression", "begin", "characters"),
    [
        ("10 ** 4299", "1000", 4300),
        ("10 ** 4300", "1000", 4301),
        ("-(9 ** 5000)", str(-(Decimal(9) ** 5000))[:5].replace(".", ""), 4773),
        ("7 ** 6000 + 0.5", str(Decimal(7) ** 6000)[:5].replace(".", ""), 5073),
        ("9 ** 5000 / 7 ** 5000", str(Decimal(9) ** 5000)[:5].replace(".", ""), 8999),
    ],
)
def test_long_numbers_are_shown_by_their_beginning(expression, begin, characters):
    result = calculate(expression)

    assert result.startswith(begin)
    assert f"… ({characters} characters)" in result[MAX_SHOWN_CHARS:]


@pytest.mark.parametrize(
    ("expression", "problem"),
    [("10 ** 9999", "too large"), ("1 / 0", "Division by zero"), ("log(-1)", "undefined"), ("x + 1", "x is unknown")],
)
def test_what_cannot_be_calculated_is_said(expression, problem):
    with pytest.raises(ToolFailed, match=problem):
        calculate(expression)
