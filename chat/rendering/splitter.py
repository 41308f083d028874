"""Where one outermost block of Markdown ends and the next begins.

A cut is made only where the parser would begin a new block whatever follows, so that parsing the pieces one by
one gives what parsing the whole gives. Each line is looked at once, and parsed only in doubt.
"""

from .lines import BLANKS, DELIMITER_ROW, Kind, Line, line_of
from .math import closer_of, closing
from .open_block import Fence, Footnote, List, OpenBlock, Paragraph, begun_by
from .syntax import last_block


class Splitter:
    """Takes lines and returns the source of each block that they finish.

    `open` is the unfinished block; `held` are the lines after it that are a formula if that is closed, else text.
    """

    def __init__(self) -> None:
        self.open: OpenBlock | None = None
        self.held: list[str] = []
        self.finished_blocks = 0
        self._finished: list[str] = []
        self._number = 0  # of the line being taken
        self._closer = ""  # of the held formula
        self._unclosed: dict[str, int] = {}  # closer -> no formula that begins before this line is closed by it

    @property
    def open_chars(self) -> int:
        return sum(map(len, self.open.lines if self.open else [])) + sum(map(len, self.held))

    def take(self, text: str) -> list[str]:
        r"""Add a whole line, given without its "\n"."""
        self._number += 1
        self._take(text)
        return self._handed_over()

    def close(self) -> list[str]:
        self._number += 1
        while self.held:
            self._release()
        self._finish()
        return self._handed_over()

    def _handed_over(self) -> list[str]:
        finished, self._finished = self._finished, []
        self.finished_blocks += len(finished)
        return finished

    def _take(self, text: str) -> None:
        if self.held:
            self._take_into_formula(text)
        elif text.strip(BLANKS):
            self._take_line(line_of(text))
        elif self.open and self.open.takes_blank():
            self.open.lines.append(text)
        else:
            self._finish()

    def _take_line(self, line: Line) -> None:
        if self._may_open_formula(line):
            self._open_formula(line)
        elif isinstance(self.open, Paragraph) and self._begins_table(self.open, line):
            self._begin_table(self.open, line)
        elif self.open and self.open.takes(line):
            self.open.lines.append(line.text)
        else:
            self._finish()
            self.open = begun_by(line)
        if self.open and self.open.complete:
            self._finish()

    def _finish(self) -> None:
        if self.open:
            self._finished.append(self.open.source)
        self.open = None

    def _begins_table(self, paragraph: Paragraph, line: Line) -> bool:
        """A table shows only with its second line; its first may be the last of a paragraph so far."""
        if line.kind is Kind.CODE or not DELIMITER_ROW.match(line.rest):
            return False
        head = paragraph.lines[-1]
        return "|" in head and last_block(f"{head}\n{line.text}\n")[1] == "table"

    def _begin_table(self, paragraph: Paragraph, line: Line) -> None:
        head = line_of(paragraph.lines.pop())
        if paragraph.lines:
            self._finish()
        self.open = OpenBlock(Kind.TABLE, head)
        self.open.lines.append(line.text)

    def _may_open_formula(self, line: Line) -> bool:
        if line.kind is Kind.CODE or isinstance(self.open, Fence) or closer_of(line.rest) is None:
            return False
        inside_item = isinstance(self.open, List | Footnote) and line.indent >= self.open.content
        return not inside_item and self._number >= self._unclosed.get(closer_of(line.rest) or "", 0)

    def _open_formula(self, line: Line) -> None:
        self.held, self._closer = [line.text], closer_of(line.rest) or ""
        if closing(line.rest[2:], self._closer) == "here":
            self._finish_formula()

    def _take_into_formula(self, text: str) -> None:
        outcome = closing(text, self._closer) if text.strip(BLANKS) else "never"
        if outcome == "never":
            self._release()
            self._take(text)
            return
        self.held.append(text)
        if outcome == "here":
            self._finish_formula()

    def _finish_formula(self) -> None:
        self._finish()
        self._finished.append("\n".join(self.held) + "\n")
        self.held = []

    def _release(self) -> None:
        """Take what was held again, as text. No line is taken more than once for each closer."""
        number, held = self._number, self.held
        self.held, self._unclosed[self._closer] = [], number
        for self._number, text in enumerate(held, number - len(held)):
            self._take(text)
        self._number = number
