"""Excerpts of texts in which spaces are far apart or missing: links, minified code, scripts without spaces."""

from itertools import islice, pairwise

import pytest

from chat.search.excerpt import OVERLAP, WINDOW, _split_windows, make_excerpt
from chat.search.query import parse_query


def windows(text: str) -> list[tuple[int, str]]:
    """All windows of a text, or more than it can have if they do not end."""
    return list(islice(_split_windows(text), len(text) + 2))


@pytest.mark.timeout(20)
@pytest.mark.parametrize("unbroken", [600, 1000, 5000])
def test_a_word_after_a_long_run_without_spaces_is_found(unbroken):
    text = "prose " * 50 + "x" * unbroken + " needle"

    assert any(piece.is_match and piece.text == "needle" for piece in make_excerpt(text, parse_query("needle")))


@pytest.mark.parametrize("unbroken", [OVERLAP, WINDOW - OVERLAP, WINDOW, 2 * WINDOW])
def test_each_window_begins_after_the_one_before_and_overlaps_it(unbroken):
    for words in range(OVERLAP // 2 + 10):
        text = "a " * words + "x" * unbroken + " a" * 10
        found = windows(text)

        assert all(start < following for (start, _), (following, _) in pairwise(found))
        assert all(start + len(window) >= following for (start, window), (following, _) in pairwise(found))
        assert found[-1][0] + len(found[-1][1]) == len(text)
