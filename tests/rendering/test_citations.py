"""Numbers in brackets become links where a source has that number, and nowhere else."""

import re
import time

import pytest

from chat.rendering.citations import Target, cited

TARGETS = {
    1: Target("https://a.example/?b=1&c", 'A "b"'),
    2: Target("https://b.example", "B"),
    12: Target("https://c", "C"),
}


def numbers(html: str) -> list[str]:
    return re.findall(r'aria-label="[^"]*"[^>]*>([^<]*)</a>', cited(html, TARGETS))


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<p>Bread.[1]</p>", ["[1]"]),
        ("<p>[1][2] <em>so [12]</em></p>", ["[1]", "[2]", "[12]"]),
        ("<p>[1, 2; 3] [1–2] [ 2 ]</p>", ["1", "2", "1", "2", "[ 2 ]"]),
        ("<ul><li>Salt [2]</li></ul>[1]", ["[2]", "[1]"]),
        ("<p>[3] [0] [1234] [a1] [1] [[1]]</p>", ["[1]", "[1]"]),
        ("<p><code>a[1]</code> <strong><code>b</code> [2]</strong></p>", ["[2]"]),
        ("<pre><code>[1]</code></pre><math><mn>[1]</mn></math>", []),
        ('<p><a href="x" title="[1]">see [1]</a> <span title="a > [1]">[2]</span></p>', ["[2]"]),
        ('<p><sup class="footnote"><a href="#n">1</a></sup> [^1]</p>', []),
    ],
)
def test_numbers_of_sources_are_links(html, found):
    assert numbers(html) == found


def test_what_is_no_link_stays_as_it_is():
    html = "<p>[3] &lt;[1]&gt; <b>\u00a0</b></p>"
    assert cited(html, {}) == html
    assert cited("<p>[3]</p>", TARGETS) == "<p>[3]</p>"


def test_a_link_is_safe_and_says_where_it_leads():
    assert cited("<p>[1]</p>", TARGETS) == (
        '<p><a href="https://a.example/?b=1&amp;c" title="A &quot;b&quot;" aria-label="[1] A &quot;b&quot;"'
        ' target="_blank" rel="noopener noreferrer nofollow">[1]</a></p>'
    )


@pytest.mark.parametrize("piece", ["[1", "[1, ", "[1]", "<b>[1]</b>", "&lt;[", "[ 1 ; 2 -"])
def test_no_html_takes_long(piece):
    began = time.process_time()
    cited(f"<p>{piece * (400_000 // len(piece))}</p>[1]", TARGETS)

    assert time.process_time() - began < 3
