"""A text that was cut has an end for what it left open, so that what follows it in a file stands by itself."""

import time

import pytest
from markdown_it import MarkdownIt

from chat.archive.markdown_closing import close_markdown

FENCE = "`" * 3


@pytest.mark.parametrize(
    ("text", "end"),
    [
        (f"{FENCE}python\nprint(1)", FENCE),
        (f"{FENCE}python\nprint(1)\n", FENCE),
        (f"{FENCE}python", FENCE),
        (f"{FENCE}", FENCE),
        (f"{FENCE}\nthe end is cut, too\n``", FENCE),
        (f"{FENCE}\none\n{FENCE}\n\n{FENCE}\ntwo", FENCE),
        (f"{FENCE}markdown\n{FENCE}bash\nls", FENCE),
        (f"`{FENCE}markdown\n{FENCE}bash\nls\n{FENCE}", f"`{FENCE}"),
        (f"~~~~\n{FENCE}\n~~~", "~~~~"),
        (f"   {FENCE}\ncode", f"   {FENCE}"),
        (f"{FENCE}\n$$ <!-- <details>", FENCE),
        ("<!-- a remark\n\nthat goes on", "-->"),
        ("<div>\n<!-- a remark\n\nthat goes on", "\n<!---->\n</div>"),
        ("<?php\n\necho 1;", "?>"),
        ("<pre>\n\nas is", "</pre>"),
        ("<script>\n\nlet one;", "</script>"),
        ("<details>\n<summary>More</summary>\n\nText", "</details>"),
        ("<div>\n<details>\n\nText", "</details>\n</div>"),
        ("$$\nx^2 +", "$$"),
        ("So:\n\n$$ x^2\n\n+ y", "$$"),
        ("\\[\nx^2", "\\]"),
        ("$$a$$ and\n\n$$b", "$$"),
    ],
)
def test_what_is_open_gets_its_own_end(text, end):
    assert close_markdown(text) == f"{text.removesuffix(chr(10))}\n{end}"
    assert close_markdown(close_markdown(text)) == close_markdown(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Bread.",
        f"{FENCE}\ncode\n{FENCE}",
        f"{FENCE}\ncode\n{FENCE}\n",
        f"{FENCE}\n{FENCE}",
        f"{FENCE}\ncode\n`{FENCE}",
        f"    {FENCE}\n    indented",
        f"- one\n  {FENCE}\n  in a list",
        f"> {FENCE}\n> in a quotation",
        f"A fence is `{FENCE}` or `$$`.",
        "It costs $$, and more $$$.",
        "`<!--` begins a remark, 1 < 2, and <b>bold",
        "<!-- a remark -->\n\nText",
        "<details>\n\nText\n\n</details>",
        "<div>\n<br/>\n</div>",
        "$$\nx\n$$\n\n\\[ y \\]",
        "<https://example.org>",
    ],
)
def test_what_is_closed_or_ends_by_itself_stays_as_it_is(text):
    assert close_markdown(text) == text


@pytest.mark.parametrize(
    "opener", [FENCE, "~~~~~js", "<!--", "<pre>", "<script>", "<?", f"- a\n  {FENCE}", f"> {FENCE}\n> a"]
)
def test_the_next_heading_is_one(opener):
    html = MarkdownIt("commonmark").render(f"{close_markdown(opener + chr(10) + 'cut')}\n\n## You\n\nAnd then?\n")

    assert html.endswith("<h2>You</h2>\n<p>And then?</p>\n")


@pytest.mark.parametrize("piece", ["`" * 3 + "x`$$", "a <", "<details ", "<div\n", "<!-- ", "\\[ ", "$$"])
def test_no_text_takes_long(piece):
    began = time.process_time()
    close_markdown(piece * (400_000 // len(piece)))

    assert time.process_time() - began < 10
