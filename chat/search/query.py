"""What somebody typed into the search field, as terms that must all be in a text. Nothing is a mistake."""

import re
from dataclasses import dataclass

from chat.search.folding import UNSPACED, fold, is_word

LONGEST_QUERY = 200  # characters; more is cut off
MOST_TERMS = 12

QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
TERM = re.compile(r'"(?P<quoted>[^"]*)"?|(?P<plain>[^\s"]+)')


class TookTooLong(Exception):
    """The search was given up: there is too much text for these words."""


@dataclass(frozen=True)
class Term:
    """Folded words that have to be in a text next to each other; the last one may go on there if `is_beginning`."""

    text: str
    is_beginning: bool = False


def terms_in(typed: str) -> list[Term]:
    found = TERM.finditer(cleaned(typed).translate(QUOTES))
    terms = [_term(fold(match["quoted"] or match["plain"] or ""), match["quoted"] is not None) for match in found]
    said = [term for term in terms if _says_something(term)]
    return list(dict.fromkeys(said or (term for term in terms if term.text)))[:MOST_TERMS]


def cleaned(typed: str) -> str:
    """As it may be stored, asked and shown: without NUL and halves of surrogate pairs, and not too long."""
    whole = typed[:LONGEST_QUERY].replace("\0", " ").encode("utf-8", "ignore").decode()
    return whole.strip()


def _term(folded: str, is_quoted: bool) -> Term:
    return Term(folded, is_beginning=not is_quoted and _may_go_on(folded.split(" ")))


def _may_go_on(words: list[str]) -> bool:
    """Not a sign, nor a letter of a script without spaces; a single letter or digit only behind a word, as in 3.1."""
    *before, last = words
    if not is_word(last) or UNSPACED.search(last):
        return False
    is_syllable = "\uac00" <= last <= "\ud7a3"
    return len(last) > 1 or is_syllable or (bool(before) and is_word(before[-1]) and not UNSPACED.search(before[-1]))


def _says_something(term: Term) -> bool:
    """More than the "&" in "bread & butter", which is asked for only where nothing else is."""
    return is_word(term.text) or not term.text.isascii()
