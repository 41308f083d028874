"""An answer while it arrives: finished blocks once and for all, and the open one as far as it goes."""

from html import escape
from itertools import pairwise

from .allow_list import clean
from .code import CLOSING, FENCE, Fence, code_html, language_of, opening
from .footnotes import FirstOnes
from .forbidden_characters import presentable
from .links import References
from .markers import FURTHER_LINE
from .page_html import box, page_html
from .parser import outermost_blocks
from .preprocessing import protected

BLANKS = " \t"  # nothing else is white space at the edges of a line
GO_ON_AFTER_BLANKS = {"ul", "ol", "section", "li"}  # lists and notes
WORD = "x\n"  # a line that continues what is open, or begins a paragraph

# What is open is parsed with each of its lines, and rendered at each look, up to a length; what is longer when it has
# grown by so much. So the time is in proportion to the text.
PARSED_ALWAYS_CHARS, PARSED_GROWTH = 200, 1 / 8
SHOWN_ALWAYS_CHARS, SHOWN_GROWTH = 8_000, 1 / 32


class Blocks:
    r"""Markdown in, HTML blocks out.

    `finished` grows only at its end, by final HTML. It depends on the text so far and not on how that was cut:
    whoever feeds the same text has the same blocks under the same numbers. Only whole lines finish a block.

        blocks = Blocks()
        blocks.feed("# Bread\n\nFl")
        blocks.finished     # ['<h3 dir="auto">Bread</h3>\n']
        blocks.tail_html()  # '<p dir="auto">Fl</p>\n'
        blocks.feed("our.")
        blocks.close()
        blocks.finished     # [..., '<p dir="auto">Flour.</p>\n']
    """

    def __init__(self) -> None:
        self.finished: list[str] = []
        self._references = References()
        self._first_ones = FirstOnes()
        self._open: list[str] = []  # lines that are not in finished blocks
        self._fence: Fence | None = None  # open instead
        self._open_chars = self._parsed_chars = 0
        self._line: list[str] = []  # pieces of the line being written
        self._carriage_return = ""  # held back: "\n" may follow
        self._tail = Tail()

    def feed(self, delta: str) -> None:
        """Take the next piece of the text, of any length."""
        delta = self._carriage_return + delta
        self._carriage_return = "\r" if delta.endswith("\r") else ""
        *whole, rest = presentable(delta.removesuffix("\r")).split("\n")
        for line in whole:
            self._take("".join([*self._line, line]))
            self._line = []
        if rest:
            self._line.append(rest)

    def tail_html(self) -> str:
        """The open block, without highlighting; "" when none is open.

        It stays equal while nothing new shows. A block of many kilobytes is not rendered anew for every word.
        """
        self._line = ["".join(self._line)]
        if self._fence:
            return self._tail.of_code(self._fence, self._line[0])
        return self._tail.of_text("\n".join([*self._open, *self._line]), len(self.finished), self._references)

    @property
    def open_chars(self) -> int:
        """How much is not finished. Finishing costs up to 1 us a character."""
        return self._open_chars + sum(map(len, self._line))

    def close(self) -> None:
        """No more text follows: finish what is open."""
        if any(self._line) or self._carriage_return:
            self.feed("\n")
        self._finish_all()

    def _take(self, line: str) -> None:
        if self._fence:
            self._fence.take(line)
            self._open_chars += len(line) + 1
            if self._fence.is_closed:
                self._finish_fence(self._fence)
        elif fence := self._fence_of(line):
            self._finish_all()
            self._fence = fence
        elif self._open or line.strip(BLANKS):
            self._open.append(line)
            self._open_chars += len(line) + 1
            if self._may_finish(line):
                self._finish_complete_blocks()

    def _fence_of(self, line: str) -> Fence | None:
        """The block of code that begins with a line, if it surely belongs to no list."""
        indent = len(line) - len(line.lstrip(" "))
        opener = FENCE.match(line, indent)
        return Fence(opener, indent) if opener and indent <= (1 if self._open else 3) else None

    def _may_finish(self, line: str) -> bool:
        """Whether a look at what is open can be worth it: not in the middle of a paragraph."""
        is_text = line[:1].isalpha() and (len(self._open) == 1 or self._open[-2].strip(BLANKS))
        return not is_text and self._has_grown()

    def _has_grown(self) -> bool:
        return not PARSED_ALWAYS_CHARS < self._open_chars < self._parsed_chars * (1 + PARSED_GROWTH)

    def _finish_complete_blocks(self) -> None:
        """Finish each block that no further line can change."""
        self._parsed_chars = self._open_chars
        markdown, _, open_formula = protected("\n".join(self._open) + "\n")
        if open_formula is not None:
            return
        starts = starts_of_blocks(markdown + WORD)
        *_, (last, _) = starts
        if last == len(self._open):  # the word begins a paragraph: nothing is open, or what goes on otherwise
            starts.pop()
            if not starts or self._is_over(*starts[-1]):
                last = len(self._open)
            else:
                last, _ = starts[-1]
        self._finish([start for start, _ in starts if start < last] + [last])

    def _is_over(self, start: int, tag: str) -> bool:
        """Whether nothing continues the last block, if a mere word does not."""
        if tag == "blockquote":
            return not self._open[-1].strip(BLANKS)
        return tag not in GO_ON_AFTER_BLANKS and not self._open[start].startswith(("    ", "\t"))

    def _finish_all(self) -> None:
        if self._fence:
            self._finish_fence(self._fence)
        if self._open:
            markdown = protected("\n".join(self._open) + "\n").markdown
            self._finish([start for start, _ in starts_of_blocks(markdown)] + [len(self._open)])

    def _finish(self, ends: list[int]) -> None:
        """Finish the blocks between these lines."""
        if not ends[-1]:
            return
        for start, end in pairwise(ends):
            self._keep(page_html(protected("\n".join(self._open[start:end]) + "\n"), self._references))
        self._open = self._open[ends[-1] :]
        self._open_chars = sum(map(len, self._open)) + len(self._open)
        self._parsed_chars = 0

    def _finish_fence(self, fence: Fence) -> None:
        self._references.have_read(len(fence.text))
        self._keep(clean(code_html(fence.text, fence.info, highlighted=True)))
        self._fence, self._open_chars = None, 0

    def _keep(self, html: str) -> None:
        if html:
            self.finished.append(self._first_ones.marked(html))


def starts_of_blocks(markdown: str) -> list[tuple[int, str]]:
    """The line and the tag of each outermost block; a formula of several lines is one."""
    blocks = outermost_blocks(markdown)
    if FURTHER_LINE not in markdown:
        return blocks
    lines = markdown.split("\n")
    return [(line, tag) for line, tag in blocks if not lines[line].endswith(FURTHER_LINE)]


class Tail:
    """The HTML of the open block, made again only when it has changed enough."""

    def __init__(self) -> None:
        self._seen: tuple[int, str] = (0, "")  # how many blocks are finished, and the source of the open one
        self._html = ""
        self._fence: Fence | None = None
        self._lines = 0  # of its code that are in the HTML

    def of_text(self, source: str, finished: int, references: References) -> str:
        if not source.strip(BLANKS + "\n"):
            return ""
        if (finished, source) != self._seen and not self._is_fresh(finished, len(source)):
            self._seen, self._html = (finished, source), open_html(source, references.copy())
        return self._html

    def of_code(self, fence: Fence, line: str) -> str:
        """Code only grows: each line is escaped once."""
        if fence is not self._fence:
            self._fence, self._lines, self._html = fence, 0, opening(language_of(fence.info))
            self._seen = (-1, "")
        lines = fence.source[self._lines :]
        if lines:
            self._html += ("\n" if self._lines else "") + escape("\n".join(lines), quote=False)
            self._lines += len(lines)
        last = ("\n" if self._lines and line else "") + escape(line, quote=False)
        return self._html + last + CLOSING

    def _is_fresh(self, finished: int, chars: int) -> bool:
        seen_finished, seen = self._seen
        return finished == seen_finished and SHOWN_ALWAYS_CHARS < chars < len(seen) * (1 + SHOWN_GROWTH)


def open_html(source: str, references: References) -> str:
    """Half a formula is mostly invalid: it is shown as text until it is closed."""
    text = protected(source)
    formula = text.open_formula
    if formula is None:
        return page_html(text, references, highlighted=False)
    before = source[:formula]
    html = page_html(protected(before), references, highlighted=False) if before.strip() else ""
    return f'{html}{box("math")}<code class="tex">{escape(source[formula:], quote=False)}</code></div>\n'
