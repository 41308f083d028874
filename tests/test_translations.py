"""Every word for people can be translated: templates, Python and scripts hold none that gettext does not know."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.template.base import Lexer, TokenType

ROOT = Path(__file__).parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
MODULES = sorted((ROOT / "chat").rglob("*.py"))
SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))

SPOKEN_ATTRIBUTES = {"aria-label", "aria-description", "alt", "title", "placeholder"}
MARKED = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext"}
# Words that stand between code and code: for logs, developers, or the models that are asked.
NOT_FOR_PEOPLE = {
    "chat/conversations/search/checks.py",
    "chat/openrouter",
    "chat/management",
    "chat/replies/request.py",
    "chat/replies/title.py",
    "chat/migrations",
    "chat/rendering",
}
NAMES = re.compile(r"Potluck|OpenRouter|Shift|Enter|Esc|Ctrl")


class Words(HTMLParser):
    """The text nodes and spoken attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        if self.lasttag not in ("style", "script"):
            self.found.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in SPOKEN_ATTRIBUTES]


def untranslated_in_template(path: Path) -> list[str]:
    words = Words()
    words.feed("".join(_without_django(path.read_text())))
    return [text.strip() for text in words.found if re.search(r"[^\W\d_]", NAMES.sub("", text))]


def _without_django(source: str) -> Iterator[str]:
    is_marked = False
    for token in Lexer(source).tokenize():
        if token.token_type == TokenType.BLOCK and "blocktranslate" in token.contents.split()[0]:
            is_marked = not token.contents.startswith("end")
        elif token.token_type == TokenType.TEXT and not is_marked:
            yield token.contents


def untranslated_in_module(path: Path) -> list[str]:
    tree = ast.parse(path.read_text())
    passed_over = {id(node) for each in ast.walk(tree) for node in _not_for_people(each)}
    texts = [_text_of(node) for node in ast.walk(tree) if id(node) not in passed_over]
    return [text for text in texts if _is_sentence(text)]


def _text_of(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(_text_of(part) or "{}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _is_sentence(text: str) -> bool:
    return bool(re.match(r"[A-Z“{][^\n<>]* [^\n<>]*[.!?…]$", text.strip()))


def _not_for_people(node: ast.AST) -> Iterator[ast.AST]:
    """What is marked, documentation, and what goes to the log or to developers."""
    if isinstance(node, ast.Expr):
        yield node.value
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        is_log = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "logger"
        if name in MARKED or is_log or name in ("ValueError", "TypeError", "RuntimeError"):
            yield from ast.walk(node)


def untranslated_in_script(path: Path) -> list[str]:
    code = re.sub(r"//[^\n]*|/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    strings = re.findall(r'"([^"\n]*)"|`([^`]*)`', code)
    return [text for pair in strings for text in pair if re.match(r"[A-Z][a-z]+ [a-z]+", text)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_templates_mark_their_words(path):
    assert untranslated_in_template(path) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_hold_no_words(path):
    assert untranslated_in_script(path) == []


def test_python_marks_its_sentences():
    for path in MODULES:
        name = str(path.relative_to(ROOT))
        if not name.startswith(tuple(NOT_FOR_PEOPLE)):
            assert (name, untranslated_in_module(path)) == (name, [])


def test_the_check_would_notice(tmp_path):
    page, module, script = tmp_path / "page.html", tmp_path / "module.py", tmp_path / "script.js"
    page.write_text(
        '{% translate "Known" %}<p title="Said">{{ x }} Shown</p>{% blocktranslate %}Known{% endblocktranslate %}'
    )
    module.write_text(
        '"""Not this one."""\nraise Busy("Wait for it.")\nraise Busy(_("Not this one."))\nlogger.info("Nor this.")'
    )
    script.write_text('say("Not sent yet"); // "Not this one"')

    assert untranslated_in_template(page) == ["Said", "Shown"]
    assert untranslated_in_module(module) == ["Wait for it."]
    assert untranslated_in_script(script) == ["Not sent yet"]
