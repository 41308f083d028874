"""Thinking that a model writes into the text of its answer, between tags, because nobody took it out on the way.

Only at the beginning of an answer: further on `<think>` may be what the answer is about. A closing tag without an
opening one, as some templates leave it, tells too late what stood before it: that has been read as the answer by then.
"""

import re
from collections.abc import Iterable, Iterator

from .events import Reasoning, Text

# Of DeepSeek, Qwen and many others; of prompts; of Gemma; of Seed, Magistral and Kimi-VL.
PAIRS = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<seed:think>", "</seed:think>"),
    ("[think]", "[/think]"),
    ("◁think▷", "◁/think▷"),
)
CLOSING = dict(PAIRS)


OPENING_TAG = re.compile("|".join(re.escape(opening) for opening, _ in PAIRS), re.IGNORECASE)
CLOSING_TAG = re.compile("|".join(re.escape(closing) for _, closing in PAIRS), re.IGNORECASE)
CLOSING_TAGS = {closing: re.compile(re.escape(closing), re.IGNORECASE) for _, closing in PAIRS}
ALL_TAGS = tuple(tag for pair in PAIRS for tag in pair)


class ThinkTags:
    """Takes the text of one answer in pieces, cut anywhere, and says which of it is thinking."""

    def __init__(self) -> None:
        self.follows_thinking = False  # which may have come apart from the text, and left its closing tag there
        self._held = ""  # white space, or what may be the beginning of a tag
        self._closing = ""  # the tag that ends the thinking, while there is any
        self._is_past = False

    def split(self, text: str) -> Iterable[Reasoning | Text]:
        if self._is_past:  # as for nearly all of a text
            return (Text(text),) if text else ()
        return self._split(text)

    def _split(self, text: str) -> Iterator[Reasoning | Text]:
        self._held += text
        while self._held:
            before = self._held
            yield from self._inside() if self._closing else self._at_the_beginning()
            if self._held == before:  # it is not known yet
                return

    def rest(self) -> Iterator[Reasoning | Text]:
        """What is still held when nothing more comes: half of a tag is none."""
        locked, self._held = self._held, ""
        if self._closing:
            yield from _unless_empty(Reasoning(locked))
        elif locked.strip() or not self.follows_thinking:
            yield from _unless_empty(Text(locked))

    def _at_the_beginning(self) -> Iterator[Reasoning | Text]:
        text = self._held.lstrip()
        if opening := OPENING_TAG.match(text):
            self._closing = CLOSING[opening[0].lower()]
            self._held = text[opening.end() :]
        elif (closing := CLOSING_TAG.match(text)) and self.follows_thinking:
            self._held = text[closing.end() :]
        elif text and not any(tag.startswith(text.lower()) for tag in ALL_TAGS):
            said, self._held, self._is_past = self._held, "", True
            yield Text(text if self.follows_thinking else said)

    def _inside(self) -> Iterator[Reasoning | Text]:
        if end := CLOSING_TAGS[self._closing].search(self._held):
            thought, self._held = self._held[: end.start()], self._held[end.end() :]
            self._closing, self.follows_thinking = "", True
        else:
            kept = self._beginning_of_a_tag()
            thought, self._held = self._held[: len(self._held) - kept], self._held[len(self._held) - kept :]
        yield from _unless_empty(Reasoning(thought))

    def _beginning_of_a_tag(self) -> int:
        """How many characters at the end may be the closing tag, cut."""
        longest = min(len(self._closing) - 1, len(self._held))
        lengths = range(longest, 0, -1)
        return next((size for size in lengths if self._closing.startswith(self._held[-size:].lower())), 0)


def _unless_empty(event: Reasoning | Text) -> Iterator[Reasoning | Text]:
    if event.text:
        yield event
