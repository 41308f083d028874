"""Code has its language above it and its colours in it, and always all of its text."""

import re
from html import unescape

import pytest

from chat.rendering.code import MAX_HIGHLIGHTED_CHARS
from chat.rendering.markdown import render

PYTHON = 'def bake(loaf: "Loaf") -> None:\n    return loaf < 3 & 4  # until brown\n'


def test_a_block_has_a_bar_with_its_language_and_can_take_the_focus():
    assert render("```python\n1\n```") == (
        '<div class="code" dir="ltr"><div class="code-bar"><span class="code-language">python</span></div>'
        '<pre tabindex="0" role="group" aria-label="python"><code><span class="mi">1</span>\n'
        "</code></pre></div>\n"
    )


@pytest.mark.parametrize("info", ["python", "Python", "py title=x", "{.python}", "python:app.py", "python,ignore"])
def test_the_language_is_recognised(info):
    assert '<span class="k">def</span>' in render(f"```{info}\n{PYTHON}```")


@pytest.mark.parametrize("info", ["", "klingon", "<script>", '"onclick=x', "text", "../../x", "a" * 100])
def test_code_in_no_known_language_is_plain(info):
    html = render(f"~~~{info}\n{PYTHON}~~~")

    assert words(html) == PYTHON
    assert '<span class="k">' not in html
    assert not re.search(r"<script| onclick=", html)


@pytest.mark.parametrize("language", ["python", "js", "html", "console", "diff", "json", "klingon"])
@pytest.mark.parametrize("source", [PYTHON, "\n\n  a\n\n", "\ta\n", "<b>&amp;</b>\n", "$ ls\n+a\n-b\n"])
def test_no_character_is_lost(language, source):
    assert words(render(f"```{language}\n{source}```")) == source


def test_indented_code_is_code():
    assert words(render("    a\n\n    b\n")) == "a\n\nb\n"


NESTED = "Read:\n\n```markdown\n# Use\n\n```bash\nls\n```\n\nThen:\n\n```\n\nEnd **now**."


@pytest.mark.parametrize("fence", ["```", "~~~", "````"])
@pytest.mark.parametrize("language", ["markdown", "md", "Markdown title=README.md"])
def test_a_fence_with_a_language_inside_of_markdown_nests(fence, language):
    text = NESTED.replace("```", fence).replace("markdown", language)
    html = render(text)

    assert html.count("<pre") == 1
    assert words(html) == f"# Use\n\n{fence}bash\nls\n{fence}\n\nThen:\n\n"
    assert html.endswith('<p dir="auto">End <strong>now</strong>.</p>\n')


def test_it_nests_in_a_list_too():
    html = render("- a\n\n" + "".join(f"  {line}\n" for line in NESTED.split("\n")) + "\n- b")

    assert html.count("<pre") == 1
    assert "<li>\n<p>b</p>" in html
    assert "End <strong>now</strong>" in html


def test_in_other_languages_the_next_fence_is_the_end():
    html = render("```text\na\n```bash\nb\n```\nc")

    assert words(html) == "a\n```bash\nb\n"
    assert html.endswith("c</p>\n")


def test_very_long_code_stays_plain():
    source = "x = 1\n" * (MAX_HIGHLIGHTED_CHARS // 6 + 1)

    html = render(f"```python\n{source}```")

    assert words(html) == source
    assert '<span class="n">' not in html


def words(html: str) -> str:
    """The text of the only block of code."""
    code = re.search(r"<code>(.*)</code>", html, re.DOTALL)
    assert code
    return unescape(re.sub(r"<[^>]*>", "", code[1]))
