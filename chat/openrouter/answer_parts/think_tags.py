"""Separates reasoning from an answer in which the model wrote it between tags such as `<think>`.

Only at the beginning of an answer: further on, `<think>` may be what the answer is about. Some models send a closing
tag without an opening one; it comes too late, because the text before it has been shown as the answer by then.
"""

import re
from collections.abc import Iterable, Iterator

from chat.openrouter.answer_parts.events import Reasoning, Text

# In this order: DeepSeek, Qwen and many others; common prompts; Gemma; Seed; Magistral; Kimi-VL.
TAG_PAIRS = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<seed:think>", "</seed:think>"),
    ("[think]", "[/think]"),
    ("◁think▷", "◁/think▷"),
)
CLOSING_TAG_FOR = dict(TAG_PAIRS)


OPENING_TAG = re.compile("|".join(re.escape(opening) for opening, _ in TAG_PAIRS), re.IGNORECASE)
CLOSING_TAG = re.compile("|".join(re.escape(closing) for _, closing in TAG_PAIRS), re.IGNORECASE)
CLOSING_TAGS = {closing: re.compile(re.escape(closing), re.IGNORECASE) for _, closing in TAG_PAIRS}
ALL_TAGS = tuple(tag for pair in TAG_PAIRS for tag in pair)


class ThinkTags:
    """Splits the text of one answer, which arrives in pieces of any size, into reasoning and answer.

    `follows_thinking` is also set by the caller, if the reasoning came in a field of its own: its closing tag may
    still be in the text.
    """

    def __init__(self) -> None:
        self.follows_thinking = False
        self._buffer = ""  # white space, or what may be the beginning of a tag
        self._closing_tag = ""  # the tag that ends the current reasoning, if any
        self._is_in_answer = False

    def split(self, text: str) -> Iterable[Reasoning | Text]:
        """Return the parts of the next piece; its end is buffered if it may be part of a tag."""
        if self._is_in_answer:  # a shortcut for nearly all of a text
            return (Text(text),) if text else ()
        return self._split(text)

    def _split(self, text: str) -> Iterator[Reasoning | Text]:
        self._buffer += text
        while self._buffer:
            before = self._buffer
            yield from self._read_reasoning() if self._closing_tag else self._read_beginning()
            if self._buffer == before:  # undecided until more text arrives
                return

    def flush(self) -> Iterator[Reasoning | Text]:
        """Yield what is still buffered at the end of the answer: an incomplete tag is text."""
        text, self._buffer = self._buffer, ""
        if self._closing_tag:
            yield from _unless_empty(Reasoning(text))
        elif text.strip() or not self.follows_thinking:
            yield from _unless_empty(Text(text))

    def _read_beginning(self) -> Iterator[Reasoning | Text]:
        text = self._buffer.lstrip()
        if opening := OPENING_TAG.match(text):
            self._closing_tag = CLOSING_TAG_FOR[opening[0].lower()]
            self._buffer = text[opening.end() :]
        elif (closing := CLOSING_TAG.match(text)) and self.follows_thinking:
            self._buffer = text[closing.end() :]
        elif text and not any(tag.startswith(text.lower()) for tag in ALL_TAGS):
            whole, self._buffer, self._is_in_answer = self._buffer, "", True
            yield Text(text if self.follows_thinking else whole)

    def _read_reasoning(self) -> Iterator[Reasoning | Text]:
        if end := CLOSING_TAGS[self._closing_tag].search(self._buffer):
            reasoning, self._buffer = self._buffer[: end.start()], self._buffer[end.end() :]
            self._closing_tag, self.follows_thinking = "", True
        else:
            end_of_reasoning = len(self._buffer) - self._partial_tag_length()
            reasoning, self._buffer = self._buffer[:end_of_reasoning], self._buffer[end_of_reasoning:]
        yield from _unless_empty(Reasoning(reasoning))

    def _partial_tag_length(self) -> int:
        """Return how many characters at the end of the buffer may be the beginning of the closing tag."""
        longest = min(len(self._closing_tag) - 1, len(self._buffer))
        lengths = range(longest, 0, -1)
        return next((size for size in lengths if self._closing_tag.startswith(self._buffer[-size:].lower())), 0)


def _unless_empty(event: Reasoning | Text) -> Iterator[Reasoning | Text]:
    if event.text:
        yield event
