"""Numbers and ids from addresses and forms (chat/input_values.py)."""

import pytest

from chat.input_values import MAX_NUMBER, int_or_none


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *[("0", 0), ("7", 7), ("007", 7), ("0" * 20 + "7", 7), ("0" * 20, 0), (str(MAX_NUMBER), MAX_NUMBER)],
        *[(str(MAX_NUMBER + 1), MAX_NUMBER), ("9" * 9, MAX_NUMBER), ("9" * 10, MAX_NUMBER), ("9" * 5000, MAX_NUMBER)],
    ],
)
def test_a_number_is_read_and_a_large_one_is_the_largest(text, number):
    assert int_or_none(text) == number


@pytest.mark.parametrize("text", [None, "", "-1", "+1", "1.5", " 1", "1e3", "²", "१", "x"])
def test_anything_else_is_none(text):
    assert int_or_none(text) is None
