"""What somebody typed into the search field, as terms that must all be in a text. Nothing is a mistake."""

import re
import unicodedata
from dataclasses import dataclass

LONGEST_QUERY = 200  # characters; more is cut off
MOST_TERMS = 12

# Chinese, Japanese, Thai, Lao, Burmese and Khmer put no spaces between words, so there a part of a text is looked for.
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]"
)
QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
TERM = re.compile(r'"(?P<quoted>[^"]*)"?|(?P<plain>[^\s"]+)')


class TookTooLong(Exception):
    """The search was given up: there is too much text for these words."""


@dataclass(frozen=True)
class Term:
    """Something that has to be in a text: words next to each other, or (`is_part`) just these characters.

    The last word may go on, unless the term was quoted or is a single letter.
    """

    text: str
    is_exact: bool = False
    is_part: bool = False


def terms_in(typed: str) -> list[Term]:
    found = TERM.finditer(cleaned(typed).translate(QUOTES))
    terms = [_term(match["quoted"] or match["plain"] or "", match["quoted"] is not None) for match in found]
    return list(dict.fromkeys(term for term in terms if term))[:MOST_TERMS]


def cleaned(typed: str) -> str:
    """As it may be stored, asked and shown: without NUL and halves of surrogate pairs, and not too long."""
    whole = typed[:LONGEST_QUERY].replace("\0", " ").encode("utf-8", "ignore").decode()
    return whole.strip()


def _term(text: str, is_quoted: bool) -> Term | None:
    text = text.strip()
    if UNSPACED.search(text) or (_is_sign(text) and not _has_word(text)):
        return Term(text, is_part=True)
    if _has_word(text):
        return Term(text, is_exact=is_quoted or len(text) == 1)
    return None  # punctuation alone: somebody is still typing


def _has_word(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _is_sign(text: str) -> bool:
    """Has an emoji or another picture-like sign in it."""
    return any(unicodedata.category(character) == "So" for character in text)
