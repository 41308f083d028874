"""The Markdown parser, comrak: CommonMark with GitHub's tables, task lists and ~~strikethrough~~, and footnotes.

A line end is a line break, since models lay out by lines. HTML is text. Emphasis works beside Chinese, Japanese and
Korean letters, too (the amendment "CJK-friendly emphasis").
"""

import re

import comrak

EXTENSIONS = comrak.ExtensionOptions(
    strikethrough=True, table=True, tasklist=True, footnotes=True, cjk_friendly_emphasis=True
)
PARSING = comrak.ParseOptions(tasklist_in_table=True, leave_footnote_definitions=True)
# `unsafe_` leaves every address in; page_html.py shows those that are no links.
RENDERING = comrak.RenderOptions(hardbreaks=True, escape=True, unsafe_=True)
WITH_POSITIONS = comrak.RenderOptions(hardbreaks=True, escape=True, unsafe_=True, sourcepos=True)

POSITION = re.compile(r'<(\w+) data-sourcepos="(\d+):\d+-(\d+)')  # in tags only: text has &quot;


def parsed_html(markdown: str) -> str:
    """HTML as the parser makes it. It takes some 15 ns a character."""
    return comrak.markdown_to_html(markdown, EXTENSIONS, PARSING, RENDERING)


def outermost_blocks(markdown: str) -> list[tuple[int, str]]:
    """For each outermost block the line where it begins, from 0, and its HTML tag."""
    html = comrak.markdown_to_html(markdown, EXTENSIONS, PARSING, WITH_POSITIONS)
    blocks, end = [], 0
    for tag, first, last in POSITION.findall(html):
        if int(first) > end:
            blocks.append((int(first) - 1, tag))
            end = int(last)
    return blocks
