"""Markdown becomes the HTML that the page expects."""

import re

import pytest

from chat.rendering.markdown import render

GOLDEN = {
    "prose": ("Flour\nand water.", '<p dir="auto">Flour<br>\nand water.</p>\n'),
    "verse": (
        "Roses,\nviolets;  \nbread.\\\nEnd",
        '<p dir="auto">Roses,<br>\nviolets;<br>\nbread.<br>\nEnd</p>\n',
    ),
    "bullets of no list": ("• a\n• b", '<p dir="auto">• a<br>\n• b</p>\n'),
    "lines of a quote": ("> a\n> b\nc", '<blockquote dir="auto">\n<p>a<br>\nb<br>\nc</p>\n</blockquote>\n'),
    "lines of an item": ("- a\n  b\nc", '<ul dir="auto">\n<li>a<br>\nb<br>\nc</li>\n</ul>\n'),
    "no line break in a heading": ("A\nB\n===", '<h3 dir="auto">A<br>\nB</h3>\n'),
    "emphasis": (
        "*a* **b** ~~c~~ `d`",
        '<p dir="auto"><em>a</em> <strong>b</strong> <s>c</s> <code>d</code></p>\n',
    ),
    "headings below the page's own": ("# A\n### C", '<h3 dir="auto">A</h3>\n<h5 dir="auto">C</h5>\n'),
    "no heading deeper than six": ("###### F", '<h6 dir="auto">F</h6>\n'),
    "underlined heading": ("A\n---", '<h4 dir="auto">A</h4>\n'),
    "tight list": ("- a\n- b", '<ul dir="auto">\n<li>a</li>\n<li>b</li>\n</ul>\n'),
    "numbers go on": ("3. a", '<ol start="3" dir="auto">\n<li>a</li>\n</ol>\n'),
    "quote": ("> a", '<blockquote dir="auto">\n<p>a</p>\n</blockquote>\n'),
    "rule": ("***", "<hr>\n"),
    "line break in a cell's way": ("a<br>b<BR/>c", '<p dir="auto">a<br>\nb<br>\nc</p>\n'),
    "other HTML is text": ("<b>a</b>", '<p dir="auto">&lt;b&gt;a&lt;/b&gt;</p>\n'),
    "nothing": ("", ""),
    "blank": (" \n\t\n", ""),
    "right to left": ("שלום", '<p dir="auto">שלום</p>\n'),
}


@pytest.mark.parametrize(("markdown", "html"), GOLDEN.values(), ids=GOLDEN)
def test_it_becomes_this_html(markdown, html):
    assert render(markdown) == html


def test_a_table_scrolls_by_itself_and_can_take_the_focus():
    html = render("| a | b |\n|:-:|--:|\n| 1 | 2 |")

    assert html.startswith('<div class="table" dir="auto" tabindex="0" role="group"><table>')
    assert '<th class="center">a</th>\n<th class="right">b</th>' in html
    assert html.endswith("</table></div>\n")


def test_tasks_are_boxes_with_names_that_nobody_can_tick():
    html = render("- [x] mix\n- [ ] bake\n\n  long")

    assert '<li class="task"><p><label><input type="checkbox" disabled="" checked=""> mix</label></p>' in html
    assert '<li class="task"><p><label><input type="checkbox" disabled=""> bake</label></p>\n<p>long</p>' in html


def test_a_task_without_words_keeps_its_box():
    assert '<li class="task"><input type="checkbox" disabled="" checked=""> </li>' in render("- [x] \n- b")


def test_there_is_no_word_that_the_model_has_not_written():
    """What is stored has to suit readers of every language."""
    html = render("- [x] 1\n\n|2|\n|-|\n\n```\n3\n```\n\n$$\n4\n$$\n\n![](http://5.6/7)\n\n8[^9]\n\n[^9]: 0")

    assert not re.search("[A-Za-z]", re.sub(r"<[^>]*>", "", html))
    assert "aria-label" not in html


def test_a_link_definition_works_from_its_block_on_and_is_shown():
    html = render("See [1].\n\n[1]: https://example.org 'Bread'\n\nSee [1].")

    assert html.startswith(
        '<p dir="auto">See [1].</p>\n<p class="definition" dir="auto">[1]: <a href="https://example.org"'
    )
    assert '<p dir="auto">See <a href="https://example.org" title="Bread"' in html


def test_what_is_nested_too_deep_is_still_shown():
    assert "bread" in render(">" * 100 + "bread")
    assert "bread" in render("".join(f"{'  ' * depth}- x\n" for depth in range(50)) + "  " * 50 + "- bread")


def test_a_short_row_is_filled_and_a_long_one_keeps_all_its_cells():
    html = render("|a|b|\n|-|:-:|\n|c|\n|d|e|f|\n")

    assert '<tr>\n<td>c</td>\n<td class="center"></td>\n</tr>' in html
    assert '<td>d</td>\n<td class="center">e</td>\n<td>f</td>\n</tr>' in html


def test_a_link_whose_address_does_not_fit_is_text():
    html = render(f"[a]: http://b/{'c' * 1_900}\n\n" + "[a] [d](http://e) " * 100)

    assert html.count("[a]") + html.count("a</a>") + html.count(" a ") >= 100
    assert 5 < html.count(">a</a>") < 40
    assert html.count("a") - html.count(">a</a>") >= 60
    assert html.count(">d</a>") == 100
