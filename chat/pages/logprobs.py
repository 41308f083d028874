"""The tokens of an answer, each with its probability and what else the model might have written."""

import codecs
import json
import math
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from chat import formats
from chat.models import Reply

PAGE_SIZE = 200  # tokens
LEAST_SHARE = 0.001  # of smaller probabilities the page only says that they are smaller
LEVELS = (0.9, 0.6, 0.3, 0.1)  # the tint of a token says between which of them its probability is
JOINING = "\n\t\u200d\ufe0f"  # seen by what they do: to lines, and in emoji
SHOWN_AS = {" ": "␣", "\n": "↵", "\t": "⇥"}  # in the table, where they would not be seen


@dataclass(frozen=True)
class Choice:
    """A token that the model might have written."""

    label: str  # with signs for white space and for what cannot be seen
    percent: str


@dataclass(frozen=True)
class Token:
    """A token that the model has written. Models are not to be trusted: `text` and `label` are only text."""

    number: int  # from 1
    text: str  # "" for a part of a character that a later token completes
    label: str
    percent: str
    level: int  # 0 where the model was sure, up to 4
    others: list[Choice]


@dataclass(frozen=True)
class LogprobsPage:
    """A part of the tokens."""

    tokens: list[Token]
    page: int  # from 1
    pages: int

    @property
    def before(self) -> int | None:
        return self.page - 1 if self.page > 1 else None

    @property
    def after(self) -> int | None:
        return self.page + 1 if self.page < self.pages else None


def read_page(reply: Reply, page: int) -> LogprobsPage:
    """The tokens on a page of a reply that has logprobs; of the last page if there is no such page."""
    tokens: list[Any] = json.loads(reply.logprobs or "[]")
    pages = max(1, math.ceil(len(tokens) / PAGE_SIZE))
    page = min(max(page, 1), pages)
    texts = list(_texts_of(tokens))
    begin, end = (page - 1) * PAGE_SIZE, page * PAGE_SIZE
    shown = enumerate(zip(tokens[begin:end], texts[begin:end], strict=True), begin + 1)
    return LogprobsPage([_token(number, token, text) for number, (token, text) in shown], page, pages)


def _texts_of(tokens: list[Any]) -> Iterator[str]:
    """The text that each token adds. The bytes of one character may be in several tokens."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for token, _logprob, content, _others in tokens:
        yield decoder.decode(bytes(content)) if content else token


def _token(number: int, token: Any, text: str) -> Token:
    own, logprob, _content, others = token
    share = math.exp(logprob)
    return Token(
        number=number,
        text="".join(map(_seen_in_text, text)),
        label=_label(text or own),
        percent=_percent(share),
        level=sum(share < limit for limit in LEVELS),
        others=[Choice(_label(other), _percent(math.exp(chance))) for other, chance, _ in others if other != own],
    )


def _percent(share: float) -> str:
    if share < LEAST_SHARE:
        return _("less than %(percent)s") % {"percent": formats.percent(LEAST_SHARE)}
    return formats.percent(share)


def _label(text: str) -> str:
    return "".join(SHOWN_AS.get(character) or _seen_in_text(character) for character in text)


def _seen_in_text(character: str) -> str:
    """The character, or its number where it cannot be seen or changes how others read."""
    is_hidden = character not in JOINING and unicodedata.category(character).startswith("C")
    return f"\\u{ord(character):04x}" if is_hidden else character
