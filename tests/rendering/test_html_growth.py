"""Nobody can tell from a tail how often it was looked at, and a page gets only what is new in it."""

import random

import pytest

from chat.rendering.blocks import Blocks
from chat.rendering.html_growth import growth

PHRASES = (
    "bread flour, *time* **well baked** `salt` _so_ snake_case [a](https://example.org/a_(b)) [b] see https://exa "
    "mple.org. (yes) - + 1. 12 2) > # ## ~~no~~ a*b 3*4 \\( x^2 \\) $5 $x$ &amp; & AT&T <b> <https://a.b> --- === ``` "
    '| a | b "quoted" it\'s — … naïve 日本語 end. \\* <br> ![p](x) [c]: https://example.org :-) http : // www.a.b 1986.'
)
WORDS = PHRASES.split(" ")
SHAPES = [
    "Some prose that goes on. And on, with **bold words** in it, and then more; it's plain (mostly).",
    "- first item\n- second *item*, longer\n  and a second line\n\n  a paragraph of it\n- third",
    "> > a quote that\n> goes on\nand is lazy\n\nThen text",
    "1. one\n2. two\n   - inner one\n   - inner two is long\n3. three",
    "A line\nand another\n===\n\n12\n13. fourteen\n\n--- -\nx",
    "see https://example.org/bread and http://a.b/c, or www.example.org: fine",
    '```python\ndef f(x):\n    return x < 3 and "y"\n\n\n    # ``` no end\n~~~\n``\n```\nText',
    "text\n~~~\na\n  \n b\n\n~~ ~\n~~~\n\n   ```\n   indented\n  less\n   ```\n",
    "*open and _never closed, with `code that stays\n\n[label](not closed. And text",
]


def assert_nobody_can_tell(text: str, *, step: int) -> None:
    watched = Blocks()
    for end in range(step, len(text) + step, step):
        watched.feed(text[end - step : end])
        unwatched = Blocks()
        unwatched.feed(text[:end])
        assert watched.tail_html() == unwatched.tail_html(), text[:end]


@pytest.mark.parametrize("step", [1, 3, 10])
@pytest.mark.parametrize("text", SHAPES)
def test_it_is_what_parsing_gives(text, step):
    assert_nobody_can_tell(text, step=step)


@pytest.mark.parametrize("seed", range(25))
def test_it_is_what_parsing_gives_whatever_comes(seed):
    chance = random.Random(seed)
    text = "".join(
        chance.choice(WORDS) + chance.choice(["", " ", " ", " ", "  ", "\n", "\n\n", "\n- "]) for _ in range(40)
    )

    assert_nobody_can_tell(text, step=chance.choice([1, 2, 5]))


@pytest.mark.parametrize(
    ("old", "new", "grown"),
    [
        ("<p>Fl</p>\n", "<p>Flour</p>\n", (1, "our")),
        ("<p>a</p>\n", "<p>a <em>b</em></p>\n", (1, " <em>b</em>")),
        ("<p>a</p>\n", "<p>a</p>\n<div>b</div>\n", (0, "<div>b</div>\n")),
        ("<ul>\n<li>a</li>\n</ul>\n", "<ul>\n<li>ab</li>\n</ul>\n", (2, "b")),
        ("<ul>\n<li>a</li>\n</ul>\n", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n", (1, "<li>b</li>\n")),
        ("<p>a <em>b</em></p>", "<p>a <em>bc</em></p>", (2, "c")),
        ("<p>a</p>", "<p>a<br>b</p>", (1, "<br>b")),
        ("<p>a</p>", "<p>a</p><p>b</p>", (0, "<p>b</p>")),
        ("<p>*a</p>", "<p><em>a</em></p>", None),
        ("<p>ab</p>", "<p>a</p>", None),
        ("<p>a</p>", "", None),
        ("", "<p>a</p>", None),
    ],
)
def test_a_page_gets_what_is_new(old, new, grown):
    assert growth(old, new) == grown
