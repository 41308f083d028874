r"""Turns the Markdown of an answer into what is read aloud, and divides it into parts.

Code and formulas in displays are left out, links are their text, rows of tables become sentences. Each expression must
take time in proportion to the text, whatever it is: tests/test_expressions.py measures it.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import accumulate, groupby
from unicodedata import east_asian_width
from urllib.parse import urlsplit

from chat.conversations.plain_text import FORMULA, IS_TEX, plain_text, tex_as_text
from chat.rendering.code import BLANKS, FENCE, Fence

FIRST_PART_LENGTH = 250  # so that it begins soon
PART_LENGTH = 900  # a minute, in letters
LETTERS_IN_WIDE = 4  # as long as that takes a character of Chinese, Japanese or Korean
MAX_SPOKEN_FORMULA = 12  # characters; a longer one is no use to anybody who only hears it

MARKS = re.compile(r"[ \t]*+(?:(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t]))[ \t]*+)*+")  # of quotes and lists, before a fence
QUOTES = re.compile(r"(?:[ \t]*+>)*+(.*)")
TABLE_RULE = re.compile(r"[-:|\t ]+")
LIST_NUMBER = re.compile(r"^[ \t]*\d{1,9}[.)][ \t]+", re.MULTILINE)
IMAGE = re.compile(r"!\[[^\[\]\n]*\]\([^()\s]*\)")
REFERENCE = re.compile(r"\[\^?\d{1,4}\](?!\()")  # a footnote, or a source by its number
ADDRESS = re.compile(r"\bhttps?://[^\s<>()\[\]]{1,2000}")
TAG = re.compile(r"<[/A-Za-z!][^<>\n]{0,200}>")
SPACES = re.compile(r"[ \t]+")
SENTENCE_END = re.compile(r"(?<=[.!?…:;])\s+|(?<=[。！？；])|\n+")
ENDS = (".", "!", "?", "…", ":", ";", ",", "。", "！", "？", "：", "；", "—", '"', "”", "»")


def spoken_text(markdown: str) -> str:
    """The words of a text, a line for each paragraph, item or row; "" if there are none, as in code."""
    text = "\n".join(_without_tables(_without_code(markdown.splitlines())))
    text = FORMULA.sub(_spoken_formula, IMAGE.sub("", REFERENCE.sub("", text)))
    text = plain_text(LIST_NUMBER.sub("", text))
    text = TAG.sub("", ADDRESS.sub(_host, text))
    lines = (SPACES.sub(" ", line).strip() for line in text.splitlines())
    return "\n".join(_ended(line) for line in lines if any(map(str.isalnum, line)))


def _without_code(lines: Iterable[str]) -> Iterator[str]:
    """Blocks of code may be in lists and quotes, at any depth."""
    fence: Fence | None = None
    marks = ""
    for line in lines:
        if fence and not fence.is_closed:
            fence.take(_inside(line, marks))
            continue
        found = MARKS.match(line)
        marks = found[0] if found else ""
        opener = FENCE.match(line, len(marks))
        fence = Fence(opener) if opener else None
        if not fence:
            yield line


def _inside(line: str, marks: str) -> str:
    """A line without what is only there because the block of code began behind these marks."""
    *quotes, indent = marks.rpartition(">")
    inner = found[1] if any(quotes) and (found := QUOTES.match(line)) else line
    blanks = len(inner) - len(inner.lstrip(BLANKS))
    return inner[min(blanks, len(indent)) :]


def _without_tables(lines: Iterable[str]) -> Iterator[str]:
    for is_row, group in groupby(lines, lambda line: line.lstrip().startswith("|")):
        block = list(group)
        yield from _rows(block) if is_row else block


def _rows(lines: Iterable[str]) -> Iterator[str]:
    """Each row with its cells; the first one has the names of the columns."""
    for line in lines:
        if not TABLE_RULE.fullmatch(line):
            cells = (cell.strip() for cell in line.strip().strip("|").split("|"))
            yield f"{', '.join(filter(None, cells))}."


def _spoken_formula(formula: re.Match[str]) -> str:
    """A short one in a line, like x²; "" for others, and what was no formula as it is."""
    tex = formula["inline"] or formula["dollars"]
    if formula["dollars"] and not IS_TEX.search(formula["dollars"]):
        return formula[0]
    text = tex_as_text(tex) if tex else ""
    return text if len(text) <= MAX_SPOKEN_FORMULA else ""


def _host(address: re.Match[str]) -> str:
    try:
        return (urlsplit(address[0]).hostname or "").removeprefix("www.")
    except ValueError:  # "http://["
        return ""


def _ended(line: str) -> str:
    """With a full stop, or voices would not pause after a heading or an item."""
    return line if line.endswith(ENDS) else f"{line}."


def parts_of(text: str) -> list[str]:
    """The text in parts that are read one after the other: whole sentences, the first part short."""
    parts: list[str] = []
    length, most = 0, 0
    for piece in _pieces(text):
        added = spoken_length(piece)
        if length + added < most:
            parts[-1] += f" {piece}"
            length += 1 + added
        else:
            most = PART_LENGTH if parts else FIRST_PART_LENGTH
            parts.append(piece)
            length = added
    return parts


def spoken_length(text: str) -> int:
    """How long it takes to read, in letters."""
    return sum(map(_length_of, text))


def _length_of(character: str) -> int:
    return LETTERS_IN_WIDE if east_asian_width(character) in "WF" else 1


def _pieces(text: str) -> Iterator[str]:
    """Sentences; one that is too long for a part is divided between words, or wherever it must be."""
    for sentence in map(str.strip, SENTENCE_END.split(text)):
        while (fitting := _fitting(sentence)) < len(sentence):
            end = sentence.rfind(" ", 1, fitting)
            end = end if end > 0 else fitting
            yield sentence[:end]
            sentence = sentence[end:].lstrip()
        if sentence:
            yield sentence


def _fitting(sentence: str) -> int:
    """How many of its characters fit into a part."""
    lengths = accumulate(map(_length_of, sentence[:PART_LENGTH]))
    return sum(length <= PART_LENGTH for length in lengths)
