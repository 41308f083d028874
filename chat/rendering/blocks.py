"""An answer while it arrives: finished blocks once and for all, and the open one as far as it goes."""

from .footnotes import FirstOnes
from .links import References
from .presentable import presentable
from .splitter import Splitter
from .syntax import html_of
from .tail import Tail


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
        self._splitter = Splitter()
        self._tail = Tail(self._splitter, self._references)
        self._line: list[str] = []  # pieces of the line being written
        self._carriage_return = ""  # held back: "\n" may follow

    def feed(self, delta: str) -> None:
        """Take the next piece of the text, of any length."""
        delta = self._carriage_return + delta
        self._carriage_return = "\r" if delta.endswith("\r") else ""
        *whole, rest = presentable(delta.removesuffix("\r")).split("\n")
        for line in whole:
            self._keep(self._splitter.take("".join([*self._line, line])))
            self._line = []
        if rest:
            self._line.append(rest)

    def tail_html(self) -> str:
        """The open block, without highlighting; "" when none is open.

        It stays equal while nothing new shows. A block of many kilobytes is not rendered anew for every word.
        """
        self._line = ["".join(self._line)]
        return self._tail.html(self._line[0])

    @property
    def open_chars(self) -> int:
        """How much is not finished. Finishing costs 1 to 5 us a character (prose, code; tables and lists most)."""
        return self._splitter.open_chars + sum(map(len, self._line))

    def close(self) -> None:
        """No more text follows: finish what is open."""
        if any(self._line) or self._carriage_return:
            self.feed("\n")
        self._keep(self._splitter.close())

    def _keep(self, sources: list[str]) -> None:
        self.finished += [self._first_ones.marked(html_of(source, self._references)) for source in sources]
