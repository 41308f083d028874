"""No regular expression of ours takes more than linear time, whatever it reads.

All of them are found in the source, so a new one is tried as well. Each is tried with texts put together from its own
signs, and with ones eight times as long: what needs 64 times as long for those has repeats that overlap.
"""

import ast
import importlib
import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from re import _parser  # type: ignore[attr-defined]
from time import thread_time
from typing import Any, NamedTuple

import pytest

from chat.openrouter.errors.diagnosis import MAX_EVIDENCE_CHARS
from chat.openrouter.errors.patterns import ERROR_PATTERNS
from chat.rendering import html_growth

ROOT = Path(__file__).parent.parent
FUNCTIONS = {"compile", "search", "match", "fullmatch", "sub", "subn", "findall", "finditer", "split"}
METHODS = FUNCTIONS - {"compile"}
BOUNDED = {  # what reads no more than so many characters may be as slow as it is with that
    "chat/openrouter/errors/diagnosis.py": MAX_EVIDENCE_CHARS,
    "chat/openrouter/errors/patterns.py": MAX_EVIDENCE_CHARS,
    "chat/rendering/html_growth.py: CLOSING_TAGS": html_growth.CLOSING_CHARS,
}
MAX_BOUNDED_SECONDS = 0.05  # in the worst case found it is 0.01

CHARS = 400
LONGER = 8
MOST_GROWTH = 3 * LONGER  # squares make 64 of it
NOTICEABLE_SECONDS = 0.001  # a linear one takes a tenth of that, a bad one fifty times as long
ATTEMPTS = 5  # the machine has other things to do

COMMON = [
    "a",
    "aA1",
    " ",
    "\t",
    "\n",
    "a ",
    "a\n",
    "a,",
    "<",
    "<a",
    "<a ",
    "</",
    ">",
    '"',
    "'",
    "(",
    ")",
    "[",
    "]",
    "-",
    "_",
    "*",
]
COMMON += ["`", "~", "#", "=", ":", "|", "\\", "$", "1", "1.", "é", "\xff", "e\u0301", "sk-", "=a", "&a", "http", "."]
ENDS = ["", "\n", "!", "\0"]


class Expression(NamedTuple):
    place: str
    pattern: re.Pattern[Any]
    methods: frozenset[str]


@cache  # every worker reads them while it collects
def sources() -> list[tuple[str, str]]:
    paths = [path for folder in ("chat", "webapp") for path in sorted((ROOT / folder).rglob("*.py"))]
    return [(str(path.relative_to(ROOT)), path.read_text()) for path in paths if "migrations" not in path.parts]


def uses_of_re(source: str) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=function)) if function in FUNCTIONS:
                yield node, function


def compiled_in(value: object) -> Iterator[re.Pattern[Any]]:
    """Also those in a table or a list."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        yield from (pattern for each in value.values() for pattern in compiled_in(each))


def methods_of(name: str, place: str) -> frozenset[str]:
    """How it is used; by all ways where that cannot be seen. Another file may call one of its own the same."""
    is_own = re.compile(rf"^{name}\b.*=", re.MULTILINE)
    using = [(other, source) for other, source in sources() if name in source]
    everything = "\n".join(source for other, source in using if other == place or not is_own.search(source))
    found = {method for method in re.findall(rf"\b{name}\b(?:\[[^\]]*\])?\.(\w+)", everything) if method in METHODS}
    return frozenset(found or {"search", "fullmatch"})


def found() -> Iterator[Expression]:
    for place, source in sources():
        if not re.search(r"\bre\.", source):
            continue
        module = importlib.import_module(place.removesuffix(".py").replace("/", ".").removesuffix(".__init__"))
        for name, value in vars(module).items():
            for pattern in compiled_in(value):
                if re.search(rf"^{name}\b", source, re.MULTILINE):
                    yield Expression(f"{place}: {name}", pattern, methods_of(name, place))
        for call, function in uses_of_re(source):
            if function != "compile" and isinstance(call.args[0], ast.Constant):
                flags = re.IGNORECASE if "IGNORECASE" in ast.unparse(call) else 0
                pattern = re.compile(call.args[0].value, flags)
                yield Expression(f"{place}: {pattern.pattern}", pattern, frozenset({function}))
    for code, words, _ in ERROR_PATTERNS:
        yield Expression(
            f"chat/openrouter/errors/patterns.py: {code} {words}", re.compile(words), frozenset({"search"})
        )


EXPRESSIONS = sorted(set(found()), key=lambda expression: expression.place)


def unknown_uses() -> Iterator[str]:
    """Those that `found` does not see: neither compiled under a name of a module nor written where they are used."""
    for place, source in sources():
        top = [node for node in ast.parse(source).body if isinstance(node, ast.Assign | ast.AnnAssign)]
        lines = {line for node in top for line in range(node.lineno, (node.end_lineno or 0) + 1)}
        for call, function in uses_of_re(source):
            is_named = function == "compile" and call.lineno in lines
            is_written = function != "compile" and isinstance(call.args[0], ast.Constant)
            is_written |= place == "chat/openrouter/errors/diagnosis.py"  # of patterns.py, on texts that are cut
            if not (is_named or is_written):
                yield f"{place}:{call.lineno}"


def signs_of(pattern: re.Pattern[Any]) -> list[str]:
    """Pieces of text that it may go on with for long."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    words = re.findall(r"[A-Za-z]{2,}", source)
    signs = [re.sub(r"\\(.)", r"\1", sign) for sign in re.findall(r"\\[^\w]|[^\w\s\\]", source)]
    own = list(dict.fromkeys([*words, *signs]))
    return list(
        dict.fromkeys([*COMMON, *own, *beginnings(source), *("".join(pair) for pair in product(own[:14], own[:14]))])
    )


def beginnings(source: str) -> Iterator[str]:
    """The shortest texts that the first parts of an expression match: each may begin a match that never ends."""
    text = ""
    for part in _parser.parse(source):
        text += shortest(part)
        if text:
            yield text


def shortest(part: tuple[Any, Any]) -> str:
    kind, value = part
    match str(kind):
        case "LITERAL":
            return chr(value)
        case "IN":
            return shortest(value[0])
        case "RANGE":
            return chr(value[0])
        case "BRANCH":
            return "".join(map(shortest, value[1][0]))
        case "SUBPATTERN":
            return "".join(map(shortest, value[3]))
        case "ATOMIC_GROUP":
            return "".join(map(shortest, value))
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return "".join(map(shortest, value[2])) * min(value[0], 4)
        case "ANY" | "NOT_LITERAL" | "NEGATE":
            return "a"
        case "CATEGORY":
            return {"CATEGORY_DIGIT": "1", "CATEGORY_SPACE": " "}.get(str(value), "a")
    return ""  # what looks around, and takes nothing


def seconds(expression: Expression, method: str, text: str | bytes) -> float:
    call = getattr(expression.pattern, method)
    begun = thread_time()
    if method in ("sub", "subn"):
        call("" if isinstance(text, str) else b"", text)
    elif method == "finditer":
        list(call(text))
    else:
        call(text)
    return thread_time() - begun


def texts(expression: Expression, most: int = LONGER * CHARS) -> Iterator[tuple[str | bytes, str | bytes]]:
    for piece, end in product(signs_of(expression.pattern), ENDS):
        short, long = (piece * (chars // len(piece)) + end for chars in (most // LONGER, most))
        is_text = isinstance(expression.pattern.pattern, str)
        yield (short, long) if is_text else (short.encode("latin-1", "ignore"), long.encode("latin-1", "ignore"))


def bound(expression: Expression) -> int:
    return BOUNDED.get(expression.place) or BOUNDED.get(expression.place.partition(":")[0], 0)


FREE = [expression for expression in EXPRESSIONS if not bound(expression)]
CUT = [expression for expression in EXPRESSIONS if bound(expression)]


@pytest.mark.parametrize("expression", FREE, ids=[expression.place for expression in FREE])
def test_a_longer_text_takes_longer_only_by_its_length(expression):
    for short, long in texts(expression):
        for method in expression.methods:
            if seconds(expression, method, long) > NOTICEABLE_SECONDS:
                once = min(seconds(expression, method, short) for _ in range(ATTEMPTS))
                again = min(seconds(expression, method, long) for _ in range(ATTEMPTS))
                assert again < max(MOST_GROWTH * once, NOTICEABLE_SECONDS), (method, long[:20])


@pytest.mark.parametrize("expression", CUT, ids=[expression.place for expression in CUT])
def test_what_is_cut_before_takes_a_moment_at_most(expression):
    for _, text in texts(expression, bound(expression)):
        for method in expression.methods:
            if seconds(expression, method, text) > MAX_BOUNDED_SECONDS:
                assert min(seconds(expression, method, text) for _ in range(ATTEMPTS)) < MAX_BOUNDED_SECONDS, text[:20]


def test_every_expression_is_tried():
    assert list(unknown_uses()) == []
    assert len(EXPRESSIONS) > 40


def test_a_bad_one_would_be_noticed():
    bad = Expression("here", re.compile(r"<[a-z][^>]*>"), frozenset({"search"}))

    with pytest.raises(AssertionError):
        test_a_longer_text_takes_longer_only_by_its_length(bad)
