"""Finds words for people that gettext does not know, and numbers and dates that are written by hand."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from django.template.base import Lexer, Token, TokenType

WORDS = re.compile(r"^\s*[“(]?[A-Z][a-z]+(?=$|[ ,:.!?…”)\n])|[A-Za-z]{2,},? [a-z]{2,}")  # "Image", "sees images"
NAMES = re.compile(r"Potluck|OpenRouter|Exa|Parallel|Perplexity|Shift|Enter|Esc(ape)?|Ctrl")

# --- Templates -------------------------------------------------------------------------------------

SPOKEN_ATTRIBUTES = {
    *("aria-label", "aria-description", "aria-roledescription", "aria-valuetext", "aria-placeholder"),
    *("alt", "title", "placeholder", "label", "summary"),
}
BUTTONS = {"submit", "button", "reset"}
BY_LANGUAGE = {"DATE_FORMAT", "TIME_FORMAT", "DATETIME_FORMAT", "SHORT_DATE_FORMAT", "YEAR_MONTH_FORMAT", "c"}
BY_HAND = re.compile(r"\|(?:date|time):[\"']([^\"']*)|\|(stringformat|unlocalize|intcomma|filesizeformat)\b")
MARKS = {"translate", "trans", "blocktranslate", "blocktrans", "endblocktranslate", "endblocktrans", "plural"}


class _Words(HTMLParser):
    """The text of a page, and what its attributes say: to a reader, or to a script that says it (`data-`)."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        if self.cdata_elem is None and _has_letters(data):
            self.found.append(data.strip())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        is_button = tag == "input" and dict(attrs).get("type") in BUTTONS
        is_description = tag == "meta" and "description" in (dict(attrs).get("name") or "")
        for name, value in ((name, value or "") for name, value in attrs):
            is_spoken = name in SPOKEN_ATTRIBUTES or (name, True) in {("value", is_button), ("content", is_description)}
            if (is_spoken and _has_letters(value)) or (name.startswith("data-") and _is_wordy(value)):
                self.found.append(value.strip())


def in_template(path: Path) -> list[str]:
    tokens = Lexer(path.read_text()).tokenize()
    words = _Words()
    words.feed("".join(_texts(tokens)))
    return words.found + [literal for token in tokens for literal in _literals(token) if _is_wordy(literal)]


def _texts(tokens: list[Token]) -> Iterator[str]:
    is_marked = False
    for token in tokens:
        if token.token_type == TokenType.BLOCK and "blocktrans" in token.contents.split()[0]:
            is_marked = not token.contents.startswith("end")
        elif token.token_type == TokenType.TEXT and not is_marked:
            yield token.contents


def _literals(token: Token) -> list[str]:
    """What stands in quotes in a tag or a variable: `{{ name|default:"Nobody" }}`."""
    is_code = token.token_type in (TokenType.BLOCK, TokenType.VAR)
    if not is_code or token.contents.split()[0] in MARKS:
        return []
    pairs = re.findall(r"\"([^\"]*)\"|'([^']*)'", re.sub(r"_\((\"[^\"]*\"|'[^']*')\)", "", token.contents))
    return ["".join(pair) for pair in pairs]


def by_hand_in_template(path: Path) -> list[str]:
    found = BY_HAND.findall(path.read_text())
    return [written or filter_ for written, filter_ in found if written not in BY_LANGUAGE]


# --- Python ----------------------------------------------------------------------------------------

MARKED = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy", "npgettext"}
TEXTS_OF = {"ngettext": 2, "ngettext_lazy": 2, "pgettext": 2, "pgettext_lazy": 2, "npgettext": 3}
# Raised for developers, or for a request that no page of ours makes: nobody reads why.
NOT_SHOWN = {"ValueError", "TypeError", "RuntimeError", "OSError", "BadRequest", "BrokenGif", "Thread", "TypeVar"}
NOT_WORDS = {
    *("Lax", "Hm", "So"),  # a cookie's, a time's (chat/formats.py), a symbol's in Unicode
    *("noopener noreferrer nofollow", "no-store, no-transform", "private, max-age={}, immutable"),
    "database unavailable\n",  # for balancers
    "#chats:queue all",  # htmx's
    "Range",  # a header
}
CLASS_FIRST = {"ForeignKey", "OneToOneField", "ManyToManyField", "cast"}
FOR_DEVELOPERS = {"__str__", "__repr__"}
SQL = re.compile(r"(SELECT|INSERT|UPDATE|DELETE)\b")
TAG = re.compile(r"</?[a-z][\w-]*[ >]")
FORMATS = re.compile(r"%[a-zA-Z]|,|\.\d+f")


def in_module(path: Path) -> list[str]:
    tree = ast.parse(path.read_text())
    passed_over = {id(node) for each in ast.walk(tree) for node in (*_not_for_people(each), *_names(each))}
    texts = [_text_of(node) for node in ast.walk(tree) if id(node) not in passed_over]
    return [words for text in texts if text not in NOT_WORDS and not SQL.match(text) for words in _words_of(text)]


def _words_of(text: str) -> list[str]:
    if not TAG.search(text):
        return [text] if _is_wordy(text) else []
    words = _Words()
    words.feed(re.sub(r"(?<=[</])\{\}", "b", text).replace("{}", ""))  # the name of a tag may be put in, too
    return words.found


def wrongly_marked(path: Path) -> list[str]:
    """What no catalogue can hold, as it is put together first; and what is translated while nobody reads yet."""
    tree = ast.parse(path.read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name_of(node) in MARKED]
    lazy = _lazy_names(tree)
    too_early = [call for call in _at_import(tree) if _name_of(call) in MARKED - lazy]
    put_together = [call for call in calls if not all(map(_is_constant, call.args[: TEXTS_OF.get(_name_of(call), 1)]))]
    return [ast.unparse(call) for call in put_together + too_early]


def by_hand_in_module(path: Path) -> list[str]:
    tree = ast.parse(path.read_text())
    passed_over = {id(node) for each in ast.walk(tree) for node in _not_for_people(each)}
    specs = (
        (node, _text_of(node.format_spec))
        for node in ast.walk(tree)
        if isinstance(node, ast.FormattedValue) and node.format_spec and id(node) not in passed_over
    )
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name_of(node) == "strftime")
    return [ast.unparse(node) for node, spec in specs if FORMATS.search(spec)] + [ast.unparse(call) for call in calls]


def _not_for_people(node: ast.AST) -> Iterator[ast.AST]:
    """What is marked, documentation, patterns, and what goes to the log or to developers."""
    if isinstance(node, ast.Expr):
        yield node.value
    if isinstance(node, ast.FunctionDef) and node.name in FOR_DEVELOPERS:
        yield from ast.walk(node)
    if isinstance(node, ast.Call):
        module = getattr(node.func.value, "id", "") if isinstance(node.func, ast.Attribute) else ""
        if module in ("logger", "re") or _name_of(node) in MARKED | NOT_SHOWN:
            yield from ast.walk(node)


def _names(node: ast.AST) -> Iterator[ast.AST]:
    """Of classes, in quotes: in annotations, relations, `__all__`; keys; and the parts of an f-string, read as one."""
    annotations = [getattr(node, name, None) for name in ("annotation", "returns")]
    if isinstance(node, ast.Call) and _name_of(node) in CLASS_FIRST:
        annotations += node.args[:1]
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
        annotations.append(node.value)
    if isinstance(node, ast.Subscript):
        annotations.append(node.slice)
    yield from (part for each in annotations if each for part in ast.walk(each))
    if isinstance(node, ast.JoinedStr):
        yield from node.values


def _name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _text_of(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(_text_of(part) or "{}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _is_constant(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _lazy_names(tree: ast.AST) -> set[str]:
    imported = (name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for name in node.names)
    return {name.asname or name.name for name in imported if name.name.endswith("_lazy")}


def _at_import(node: ast.AST) -> Iterator[ast.Call]:
    """The calls that a module makes when it is read: none in its functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield child
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield from _at_import(child)


# --- Scripts and styles ----------------------------------------------------------------------------

COMMENT = re.compile(r"(?<![:\"'`\\])//[^\n]*|/\*.*?\*/", re.DOTALL)
STRING = re.compile(r"\"([^\"\n]*)\"|'([^'\n]*)'|`([^`]*)`")
KEYS = {"mod", "shift", "escape", "enter", "home", "end", "files"}  # and what else a drag brings
TAGS = {"a", "button", "input", "pre", "select", "textarea"}


def in_script(path: Path) -> list[str]:
    code = re.sub(r"Error\(\"[^\"]*\"\)", "", COMMENT.sub("", path.read_text()))  # thrown for developers
    strings = (re.sub(r"\$\{[^}]*\}", "{}", "".join(found)) for found in STRING.findall(code))
    return [text for text in strings if _is_wordy(text) and not _is_for_machines(text)]


def _is_for_machines(text: str) -> bool:
    """Keys and selectors."""
    words = re.findall(r"[\w-]+", text.lower())
    return text.startswith((".", "#", "[")) or {word for word in words if len(word) > 1} <= KEYS | TAGS


def by_hand_in_script(path: Path) -> list[str]:
    return re.findall(r"\.toFixed\(|\.toLocale\w+\(\)|\.toLocale\w+\(\"", COMMENT.sub("", path.read_text()))


def in_style(path: Path) -> list[str]:
    contents = re.findall(r"content:\s*([^;}]*)", COMMENT.sub("", path.read_text()))
    strings = (string for content in contents for string in re.findall(r"\"([^\"]*)\"", content))
    return [string for string in strings if re.search(r"[A-Za-z]{2}", re.sub(r"\\[0-9a-fA-F]+", "", string))]


# --- Words -----------------------------------------------------------------------------------------


def _has_letters(text: str) -> bool:
    return bool(re.search(r"[^\W\d_]", NAMES.sub("", text)))


def _is_wordy(text: str) -> bool:
    return bool(WORDS.search(NAMES.sub("", text)))
