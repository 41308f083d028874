"""A title has the words of a text and none of its markup."""

import pytest

from chat.rendering.plain_text import plain_text


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("# How *do* I\n\nbake `bread`?", "How do I bake bread?"),
        ("- [a](https://example.org)\n- b", "a b"),
        ("> **a**\n> b\n\n```\nc\n```", "a b"),
        ("|a|b|\n|-|-|\n|c|d|", "a b c d"),
        ("<b>a</b> &amp; b", "<b>a</b> & b"),
        ("![loaf](https://example.org/x.png)", "loaf"),
        ("a\u202eb\0", "ab\ufffd"),
        ("", ""),
    ],
)
def test_the_words_are_these(markdown, words):
    assert plain_text(markdown) == words
