"""What is not on the allow list does not reach the page, even if the parser let it through."""

import re

import pytest

from chat.rendering.allow_list import clean
from chat.rendering.markdown import render


@pytest.mark.parametrize(
    "html",
    [
        "<script>x</script>",
        "<style>x</style>",
        "<iframe src=https://x></iframe>",
        "<img src=https://x>",
        "<form action=/x><button>x</button></form>",
        "<svg><a xlink:href=javascript:x></svg>",
        "<math><annotation-xml encoding=text/html><img src=x onerror=x></annotation-xml></math>",
        "<input type=text name=text>",
        "<p id=composer hx-get=/x data-hx-get=/x sse-connect=/x hx-sse:connect=/x onclick=x style=x class=problem>",
        "<div role=alert aria-label=Error tabindex=9 class=dialog>",
        "<a href=/signout/>x</a>",
        "<a href=javascript:x ping=https://x download>x</a>",
        "<!-- x --><hx-partial hx-target=body>x</hx-partial>",
    ],
)
def test_it_is_taken_out(html):
    forbidden = "script style iframe img form button svg onerror text name id= hx- sse- onclick problem role aria-label"
    cleaned = clean(html)

    assert not [
        word
        for word in [*forbidden.split(), "tabindex", "dialog", "href", "ping", "download", "<!--"]
        if word in cleaned
    ]


def test_what_the_renderer_makes_passes_unchanged():
    html = render(
        "# a\n\n- [x] b `c`\n\n|d|\n|:-|\n|e|\n\n```python\nf()\n```\n\n$$\n\\frac{g}{h}\n$$\n\n[i](http://j 'k')"
    )

    assert clean(html) == html


@pytest.mark.parametrize("character", ["\0", "\x08", "\x1b", "\ud83d"])
def test_what_html_forbids_is_replaced(character):
    assert render(f"a{character}b") == '<p dir="auto">a\ufffdb</p>\n'
    render(f"`{character}` [x]({character}) ```{character}").encode()


@pytest.mark.parametrize("control", ["\u202e", "\u202a", "\u2066", "\u2069"])
def test_controls_that_disguise_text_are_removed(control):
    assert render(f"a{control}b `c{control}d`") == '<p dir="auto">ab <code>cd</code></p>\n'


def test_marks_that_writing_needs_stay():
    assert render("a\u200e\u200f\u200d\u2028b") == '<p dir="auto">a\u200e\u200f\u200d\u2028b</p>\n'


@pytest.mark.parametrize(
    "tex",
    [
        r"\hspace{-99em}x",
        r"\kern 99999em x",
        r"\raisebox{99em}{x}",
        r"\smash{x}",
        r"\hphantom{x}",
    ],
)
def test_a_length_that_takes_a_formula_from_its_place_is_taken_out(tex):
    html = render(f"${tex}$")

    assert "<math" in html
    assert not re.search(r'9|="[^"]*[0-9]{2}|height="0', html)


@pytest.mark.parametrize("tex", [r"\rule{1em}{900em}", r"\raise 99em x", r"a\above 90em b"])
def test_a_command_for_lengths_alone_is_shown_as_it_is(tex):
    assert f'<code class="tex">{tex}</code>' in render(f"${tex}$")


@pytest.mark.parametrize(
    "tex",
    [r"a\quad b", r"a\,b", r"\big(x\big)", r"\binom nk", r"\hspace{2em}", r"\kern 9pt x", r"\raisebox{0.5em}{x}"],
)
def test_a_length_of_ordinary_formulas_stays(tex):
    assert re.search(r'(width|size|thickness|voffset)="[^"]', render(f"${tex}$"))


def test_a_class_of_formulas_is_for_formulas_only():
    assert clean('<p class="red numbered">a</p>') == '<p class="">a</p>'
    assert clean('<math><mrow class="red problem"><mi>a</mi></mrow></math>') == (
        '<math><mrow class="red"><mi>a</mi></mrow></math>'
    )
