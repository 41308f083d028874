"""Drops the white space that a model repeats where it continues a text."""

from collections.abc import Iterable, Iterator
from itertools import takewhile

from chat.reply_content.deltas import TEXT, Delta


class RepeatedSpaceFilter:
    """Drops white space that a model repeats where the new text joins the old.

    White space at the end of the old text is not sent (chat/model_request/body.py), so models often write it again.
    """

    def __init__(self, old_text: str) -> None:
        self._unsent_space = old_text[len(old_text.rstrip()) :]

    def filter(self, deltas: Iterable[Delta]) -> Iterator[Delta]:
        for delta in deltas:
            if not self._unsent_space or delta.kind != TEXT:
                yield delta
                continue
            pairs = zip(self._unsent_space, delta.content, strict=False)
            repeated = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
            rest = delta.content[repeated:]
            self._unsent_space = "" if rest else self._unsent_space[repeated:]
            if rest:
                yield Delta(TEXT, rest)
