"""Parses what people type into the search field into terms that a text must all contain. Any input is valid."""

import re
from dataclasses import dataclass

from chat.search.folding import UNSPACED, fold, is_word

MAX_QUERY_LENGTH = 200  # characters; the rest is ignored
MAX_TERMS = 12

QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
TERM = re.compile(r'"(?P<quoted>[^"]*)"?|(?P<plain>[^\s"]+)')


class TookTooLong(Exception):
    """The search was cancelled because it took longer than the limit."""


@dataclass(frozen=True)
class Term:
    """Folded words that must follow each other in a text; with `is_prefix` the last may be just a word's beginning."""

    text: str
    is_prefix: bool = False


def parse_query(typed: str) -> list[Term]:
    """Return the terms of a query: quoted phrases and single words, without duplicates."""
    found = TERM.finditer(clean_query(typed).translate(QUOTES))
    terms = [_term(fold(match["quoted"] or match["plain"] or ""), match["quoted"] is not None) for match in found]
    meaningful = [term for term in terms if _is_meaningful(term)]
    return list(dict.fromkeys(meaningful or (term for term in terms if term.text)))[:MAX_TERMS]


def clean_query(typed: str) -> str:
    """Return the query without NUL and unpaired surrogates, which databases refuse, and not too long."""
    clean_query = typed[:MAX_QUERY_LENGTH].replace("\0", " ").encode("utf-8", "ignore").decode()
    return clean_query.strip()


def _term(folded: str, is_quoted: bool) -> Term:
    return Term(folded, is_prefix=not is_quoted and _can_be_prefix(folded.split(" ")))


def _can_be_prefix(words: list[str]) -> bool:
    """Not signs and letters of a script without spaces; a single letter or digit only after a word, as in 3.1."""
    *before, last = words
    if not is_word(last) or UNSPACED.search(last):
        return False
    is_syllable = "\uac00" <= last <= "\ud7a3"
    return len(last) > 1 or is_syllable or (bool(before) and is_word(before[-1]) and not UNSPACED.search(before[-1]))


def _is_meaningful(term: Term) -> bool:
    """Whether it is more than the "&" in "bread & butter", which is searched for only if the query has nothing else."""
    return is_word(term.text) or not term.text.isascii()
