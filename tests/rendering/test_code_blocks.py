import pytest

from chat.rendering.blocks import Blocks
from chat.rendering.code_blocks import code_blocks

PAGE = '<!doctype html>\n<p title="a > b">&amp; "x" <code>y</code></p>\n\n<script>if (1 < 2) f("</script>")</script>\n'


def blocks_of(markdown: str) -> list[tuple[int, str, str]]:
    blocks = Blocks()
    blocks.feed(markdown)
    blocks.close()
    return [(block.position, block.language, block.source) for block in code_blocks("".join(blocks.finished))]


@pytest.mark.parametrize("language", ["html", "nosuch", "python", "a>b", "xml"])
def test_code_is_found_as_it_was_written(language):
    assert blocks_of(f"Look:\n\n```{language}\n{PAGE}```\n") == [(0, language, PAGE)]


def test_all_blocks_count_also_those_in_lists_and_without_a_language():
    text = "```\nplain\n```\n\n1. One:\n\n   ```HTML\n   <b>x</b>\n   ```\n\n`<code>x</code>`\n\n```json\n{}\n```\n"

    assert blocks_of(text) == [(0, "", "plain\n"), (1, "html", "<b>x</b>\n"), (2, "json", "{}\n")]


@pytest.mark.parametrize(
    ("source", "language"),
    [
        ("<svg/>", "svg"),
        ('<?xml version="1.0"?>\n<!-- x -->\n<!DOCTYPE svg>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "svg"),
        ("<html><svg/></html>", "xml"),
        ("<svgx/>", "xml"),
    ],
)
def test_xml_is_an_image_if_its_root_says_so(source, language):
    assert blocks_of(f"```xml\n{source}\n```\n") == [(0, language, f"{source}\n")]
