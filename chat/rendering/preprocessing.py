r"""Keeps the Markdown parser from what is not Markdown, or not as a reader means it.

Formulas, bare addresses and the like are taken out, and a marker stands for each until the parser has made HTML
(page_html.py puts them back). A block formula is a heading of its own for the parser, one for each line: a heading
ends whatever is open, and the lines of a text keep their numbers.
"""

import re
from typing import Literal, NamedTuple

from .code import BLANKS, FENCE, Fence
from .footnotes import NOTE, REFERENCE
from .links import bare_address
from .markers import BEGIN, END, FURTHER_LINE, IDEOGRAPH, LESS, NOTHING, PIPE, TILDE, text_without_markers
from .math_delimiters import (
    DISPLAYED,
    INLINE,
    end_of_block,
    end_of_dollars,
    end_of_environment,
    environment_at,
    is_words,
)
from .tables import CELL_END, mended

Kind = Literal["formula", "displayed", "block", "address", "break", "reference", "definition"]

SUSPECT = re.compile(r"[`\\$~\[\]<:|]")
# One of few characters is found ten times as fast as one of several alternatives.
SPECIAL = re.compile(
    r"[`\\$~\[\]<hH](?:(?<=`)`*|(?<=\\)|(?<=\$)\$*|(?<=~)(?:(?!~)|~~+)|(?<=\[)(?=\^|[^\[\]\n]{1,200}\]:)|(?<=\])(?=:)"
    r"|(?<=<)(?=br[ \t/>]|https?:|mailto:)|(?<=h)(?<!\]\(.)ttps?://)",
    re.IGNORECASE,
)
PREFIX = re.compile(r"[ \t>]*+(?:(?:[-+*]|[0-9]{1,9}[.)])[ \t][ \t>]*+)*+")  # marks of quotes and lists
QUOTE_MARKS = re.compile(r"^[ \t>]+", re.MULTILINE)
NO_QUOTE_MARK = re.compile(r"[^ \t>]")
BLANK_LINE = re.compile(r"\n[ \t>]*(?=\n)")
# Behind a line end, this begins something else: neither code nor a formula within a line goes on there.
NEXT_BLOCK = re.compile(r"\n[ \t>]*(?:$|#|[-+*][ \t]|[0-9]{1,9}[.)][ \t]|```|~~~|\||\$\$|\\\[)", re.MULTILINE)

VISIBLE = re.compile(r"[^\s\\()\[\]]")  # "\[\\\]" is brackets that were escaped
BEFORE_ADDRESS = re.compile(r"[A-Za-z0-9]$")
TICKS = re.compile("`+")
FENCE_RUN = re.compile("`{3,}|~{3,}")
ENVIRONMENT = "\\begin"
LINE_BREAK = re.compile(r"<br[ \t]*/?>", re.IGNORECASE)
AUTOLINK = re.compile(r"<(?:https?|mailto):[^\s<>]*>", re.IGNORECASE)
LINE_OF_HTML = re.compile(rf"\n({PREFIX.pattern})<(?!br[ \t/>]|[^\s<>]*[:@][^\s<>]*>)(?=[a-z/!?])", re.IGNORECASE)
DEFINITION = re.compile(
    r"\[(?!\^)([^\[\]\n]{1,200})\]:[ \t]*(?:<([^<>\s]*)>|([^<\s][^\s<>]*))"
    r"(?:[ \t]+(?:\"([^\"\n]*)\"|'([^'\n]*)'|\(([^()\n]*)\)))?[ \t]*$",
    re.MULTILINE,
)

# `**` beside punctuation is emphasis where letters are written without spaces around it. The parser knows this of
# Chinese, Japanese and Korean only.
LETTERS = "\u0590-\u109f\u1200-\u1bff"
LETTER = re.compile(f"[{LETTERS}]")
MARKS = "\u060c\u061b\u061f\u06d4\u0964\u0965"
EMPHASIS = re.compile(
    rf"(?<![{LETTERS}*~\w\s])(?<=.)(\*{{1,3}}|~~)(?=[{LETTERS}])"
    rf"|(?<=[{MARKS}])(\*{{1,3}}|~~)(?=[{LETTERS}])"
    rf"|(?<=[{LETTERS}])(\*{{1,3}}|~~)(?=[^{LETTERS}*~\w\s])"
)


class Token(NamedTuple):
    """Something that was taken out. `source` is all of it, `content` what counts: TeX, an address, a label."""

    kind: Kind
    source: str
    content: str
    url: str = ""  # of a definition
    title: str = ""


class Protected(NamedTuple):
    """A text for the parser, and what was taken out. `open_formula` is where one begins that more lines may close."""

    markdown: str
    tokens: list[Token]
    open_formula: int | None


def protected(source: str) -> Protected:
    """Take out of Markdown what the parser must not see, in a time in proportion to the text."""
    if not source.isascii() and LETTER.search(source):
        source = EMPHASIS.sub(_with_ideograph, source)
    if not SUSPECT.search(source):
        return Protected(source, [], None)
    if "<" in source:
        source = LINE_OF_HTML.sub(rf"\n\1{LESS}", "\n" + source)[1:]
    scan = Scan(source)
    scan.run()
    markdown = "".join(scan.parts)
    if "|" in markdown:
        markdown = mended(markdown)
    at = scan.open_formula
    return Protected(markdown, scan.tokens, at if at is None else at - source.count(IDEOGRAPH, 0, at))


def _with_ideograph(run: re.Match[str]) -> str:
    return IDEOGRAPH + run[0] if run[3] else run[0] + IDEOGRAPH


def _with_longer_fence(source: str, fence: Fence) -> str:
    """The same block of code for a parser that knows no fences inside of others."""
    longer = fence.run[0] * (max(len(run) for run in FENCE_RUN.findall(source)) + 1)
    inside = source.removeprefix(fence.run)
    return longer + (inside.rstrip(BLANKS).rstrip(fence.run[0]) + longer if fence.is_closed else inside)


class Scan:
    """One walk over a text, from one special place to the next."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.parts: list[str] = []
        self.tokens: list[Token] = []
        self.open_formula: int | None = None
        self._position = 0
        self._line = 0  # where the line of the position begins
        self._limits: dict[re.Pattern[str], int] = {}
        self._unclosed: set[tuple[str, int]] = set()  # what is not closed before such a limit

    def run(self) -> None:
        while found := SPECIAL.search(self.source, self._position):
            self._leave(found.start())
            self._take(found[0])
        self._leave(len(self.source))

    def _take(self, special: str) -> None:
        match special[0]:
            case "`":
                self._ticks(special)
            case "~":
                self._tilde(special)
            case "\\":
                self._escaped()
            case "$":
                self._dollars(special)
            case "[":
                self._label()
            case "]":  # of a definition: the parser would not show it
                self._put(f"]{NOTHING}", self._position + 1)
            case "<":
                self._angle()
            case _:
                self._address()

    # --- moving on ---

    def _leave(self, end: int) -> None:
        """Leave the text up to there to the parser."""
        self._put(self.source[self._position : end], end)

    def _put(self, markdown: str, end: int) -> None:
        """Give the parser this instead of the text up to there."""
        self.parts.append(markdown)
        self._line = self.source.rfind("\n", self._position, end) + 1 or self._line
        self._position = end

    def _replace(self, kind: Kind, end: int, content: str, url: str = "", title: str = "") -> None:
        source = self.source[self._position : end]
        marker = f"{BEGIN}{len(self.tokens)}{END}"
        self.tokens.append(Token(kind, *map(text_without_markers, (source, content, url, title))))
        if kind in ("block", "definition"):
            further = f"\n{self._marks_of_further_lines()}{FURTHER_LINE}"
            marker = f"# {marker}{further * source.count(chr(10))}"
        elif kind in ("formula", "displayed"):
            marker = f"${marker}$"  # for emphasis beside it, a formula is punctuation
        self._put(marker, end)

    def _marks_of_further_lines(self) -> str:
        """What stands before the lines that belong to this one: blanks where it has the mark of a list."""
        prefix = PREFIX.match(self.source, self._line, self._position)
        return NO_QUOTE_MARK.sub(" ", prefix[0]) if prefix else ""

    def _unquoted(self, tex: str) -> str:
        """TeX without the marks of the quotes that it is in; a further ">" means "greater"."""
        depth = self._marks_of_further_lines().count(">")
        return QUOTE_MARKS.sub(lambda marks: marks[0].split(">", depth)[-1].lstrip(BLANKS), tex)

    def _begins_line(self) -> bool:
        prefix = PREFIX.match(self.source, self._line, self._position)
        return prefix is not None and prefix.end() == self._position

    def _find(self, closer: str, start: int, limit: int) -> int:
        """Where it closes, -1 if not before `limit`. What was not found is not searched for again."""
        if (closer, limit) in self._unclosed:
            return -1
        if closer[0] == "`":
            runs = TICKS.finditer(self.source, start, limit)
            at = next((run.start() for run in runs if len(run[0]) == len(closer)), -1)
        else:
            at = self.source.find(closer, start, limit)
        if at < 0:
            self._unclosed.add((closer, limit))
        return at

    def _end_of_lines(self, end: re.Pattern[str] = NEXT_BLOCK) -> int:
        """How far what began here can reach."""
        if self._limits.get(end, -1) < self._position:
            found = end.search(self.source, self._position)
            self._limits[end] = found.start() if found else len(self.source)
        return self._limits[end]

    # --- code ---

    def _fence(self) -> bool:
        opener = FENCE.match(self.source, self._position)
        if opener is None or not self._begins_line():
            return False
        fence, end = Fence(opener), opener.end()
        while end < len(self.source) and not fence.is_closed:
            begin, end = end + 1, self.source.find("\n", end + 1)
            end = end if end >= 0 else len(self.source)
            fence.take(QUOTE_MARKS.sub("", self.source[begin:end], count=1))
        source = self.source[self._position : end]
        self._put(_with_longer_fence(source, fence) if fence.has_nested else source, end)
        return True

    def _ticks(self, ticks: str) -> None:
        if self._fence():
            return
        start = self._position + len(ticks)
        end = self._find(ticks, start, self._end_of_lines()) + len(ticks)
        if end < start:
            self._leave(start)
            return
        code = self.source[self._position : end]
        self._put(code if "\n" in code else CELL_END.sub(PIPE, code), end)

    def _tilde(self, run: str) -> None:
        """One alone is "about", or between numbers "to"."""
        if len(run) == 1 and self.source[self._position - 1 : self._position] != "~":
            self._put(TILDE, self._position + 1)
        elif not self._fence():
            self._leave(self._position + len(run))

    # --- formulas ---

    def _escaped(self) -> None:
        opener = self.source[self._position : self._position + 2]
        is_formula = self._is_formula(opener) if opener in INLINE else self._is_environment()
        if not is_formula:
            self._leave(self._position + len(opener.rstrip("\n")))

    def _dollars(self, run: str) -> None:
        if len(run) > 1:
            if len(run) > 2 or not self._is_formula(run):
                self._leave(self._position + len(run))
        elif end := end_of_dollars(self.source, self._position):
            self._replace("formula", end, self.source[self._position + 1 : end - 1])
        else:
            self._leave(self._position + 1)

    def _is_formula(self, opener: str) -> bool:
        return (opener in DISPLAYED and self._begins_line() and self._is_block(opener)) or self._is_in_line(opener)

    def _is_block(self, opener: str) -> bool:
        start, closer, limit = self._position + 2, DISPLAYED[opener], self._end_of_lines(BLANK_LINE)
        closed_at = self._find(closer, start, limit)
        if closed_at < 0:
            self._stay_open(limit)
            return False
        end = end_of_block(self.source, closed_at, closer)
        tex = self.source[start:closed_at]
        if not end or not VISIBLE.search(tex):
            return False
        self._replace("block", end, self._unquoted(tex) + self.source[closed_at + 2 : end].strip())
        return True

    def _is_in_line(self, opener: str) -> bool:
        start = self._position + 2
        end = self._find(INLINE[opener], start, self._end_of_lines())
        tex = self.source[start:end] if end > 0 else ""
        if not VISIBLE.search(tex) or is_words(opener, tex):
            return False
        self._replace("formula" if opener == "\\(" else "displayed", end + 2, self._unquoted(tex))
        return True

    def _stay_open(self, limit: int) -> None:
        """Nothing closes a block formula yet; no line can do so when a blank one ends it before."""
        if limit == len(self.source) and self.open_formula is None:
            self.open_formula = self._position

    def _is_environment(self) -> bool:
        if not environment_at(self.source, self._position):
            return False
        return (self._begins_line() and self._is_block_of_environment()) or self._is_environment_in_line()

    def _is_block_of_environment(self) -> bool:
        limit = self._end_of_lines(BLANK_LINE)
        closed_at = self._end_of_environment(limit)
        if not closed_at:
            self._stay_open(limit)
        end = end_of_block(self.source, closed_at, "") if closed_at else 0
        if end:
            self._replace("block", end, self._unquoted(self.source[self._position : end]).rstrip())
        return bool(end)

    def _is_environment_in_line(self) -> bool:
        end = self._end_of_environment(self._end_of_lines())
        if end:
            self._replace("formula", end, self._unquoted(self.source[self._position : end]))
        return bool(end)

    def _end_of_environment(self, limit: int) -> int:
        if (ENVIRONMENT, limit) in self._unclosed:
            return 0
        end = end_of_environment(self.source, self._position, limit)
        if not end:
            self._unclosed.add((ENVIRONMENT, limit))
        return end

    # --- links ---

    def _label(self) -> None:
        at = self._position
        if (note := NOTE.match(self.source, at)) and self._begins_line():
            self._leave(note.end())
        elif reference := self._reference():
            self._replace("reference", reference.end(), reference[1])
        elif (found := DEFINITION.match(self.source, at)) and self._begins_line() and self._begins_paragraph():
            title = found[4] or found[5] or found[6] or ""
            self._replace("definition", found.end(), found[1], found[2] or found[3] or "", title)
        else:
            self._leave(at + 1)

    def _reference(self) -> re.Match[str] | None:
        """A word in brackets is one only right behind something: "[^a-z]" on its own is rather a regular expression."""
        found = REFERENCE.match(self.source, self._position)
        is_one = found and (found[1].isdigit() or self.source[self._position - 1 : self._position].strip())
        return found if is_one else None

    def _begins_paragraph(self) -> bool:
        before = self.source.rfind("\n", 0, max(0, self._line - 1)) + 1
        last = QUOTE_MARKS.sub("", self.source[before : max(0, self._line - 1)])
        return not last or last.startswith("#") or DEFINITION.fullmatch(last) is not None

    def _angle(self) -> None:
        if found := LINE_BREAK.match(self.source, self._position):
            self._replace("break", found.end(), "")
        else:
            found = AUTOLINK.match(self.source, self._position)
            self._leave(found.end() if found else self._position + 1)

    def _address(self) -> None:
        address = bare_address(self.source, self._position)
        before = self.source[max(0, self._position - 3) : self._position]
        is_bare = not BEFORE_ADDRESS.search(before) and not before.rstrip(" <").endswith("](")
        if is_bare and address.partition("://")[2]:
            self._replace("address", self._position + len(address), address)
        else:
            self._leave(self._position + max(len(address), len("http")))
