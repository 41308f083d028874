"""Texts as the search compares them: words in one spelling, with single spaces between.

Case, accents, vowel points, ligatures, widths and ways of encoding a letter make no difference; vowel signs are part of
their word. A sign that means something beside a word (C++, 5%, #tag) is a word of its own, and so is each letter of a
script that puts no spaces between words. Both databases index what `fold` returns, so both find the same.
"""

import re
import unicodedata
from typing import NamedTuple

VERSION = 1  # to be raised when `fold` returns something else: texts folded by an older one are folded again
LONGEST_WORD = 60  # characters; what follows does not count

# Chinese, Japanese, Thai, Lao, Burmese, Khmer, Tai and Javanese put no spaces between words.
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aad\ua980-\ua9df\uaa60-\uaadf"
    "\u3005-\u3007\u3031-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]"
)
# Accents and points, which many leave out where they type: Latin, Greek, Cyrillic, Hebrew, Arabic, Syriac; dots (nukta)
# and accents of Indic letters. Vowel signs of Indic scripts are no such marks.
LEFT_OUT = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u08ca-\u08e1\u08e3-\u08ff\u093c\u0951-\u0954"
    "\u09bc\u0a3c\u0abc\u0b3c\u0cbc\u1ab0-\u1aff\u1cd0-\u1cf9\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f]"
)
# Nothing to be seen: joiners, soft hyphens, directions, variants; the Arabic stretcher; skin colours of emoji.
UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u0640\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200c-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff]"
)
# Letters that are typed as others, though Unicode does not take them apart.
SAME = {
    **{"ı": "i", "ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"},
    **{"ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ە": "ه", "ہ": "ه", "ٱ": "ا"},
    **{"٪": "%", "؉": "‰", "⁄": "/", "−": "-", "∕": "/", "ʼ": "'", "ʻ": "'"},
}
WITH_THEIR_ACCENT = "йїў"  # letters of their own, which nobody types without
ASCII_SIGNS = "+#%&@$=<>"
DOT = "."  # before a word, as in .NET
OTHER_SIGNS = "‰§"
BOXES = range(0x2500, 0x25A0)  # drawn with, not said

NOT_COMPOSED = re.compile("[\uff65-\uff9f]+")  # halfwidth katakana, whose voice marks NFC leaves alone
LAYOUT = re.compile(r"^[ \t>#+=-]+(?=[ \t])|([+#%&@$=<>])\1{3,}", re.MULTILINE)  # headings, quotes, lists, rules
LEADING_DOT = re.compile(r"(?<![^\s(\[{\"'`])\.(?=[^\W_])")
DOT_PLACE = "\ue000"  # for a dot that is a sign


class Word(NamedTuple):
    text: str  # folded
    start: int  # in the composed text
    end: int


class Folded(NamedTuple):
    """A row of Findable with its words."""

    id: int
    text: str
    folded: str
    version: int = VERSION


class _Folds(dict[str, str]):
    """What each character becomes: nothing, letters of a word, or something with spaces where words end."""

    def __missing__(self, character: str) -> str:
        self[character] = _fold_of(character)
        return self[character]


def fold(text: str) -> str:
    """The words of a text in their order, between single spaces."""
    return " ".join(word[:LONGEST_WORD] for word in "".join(map(FOLDS.__getitem__, _prepared(compose(text)))).split())


def words_of(composed: str) -> list[Word]:
    """The same, each with its place; `composed` is what `compose` returned."""
    words: list[Word] = []
    letters, start, end = "", 0, 0
    for place, piece in enumerate(map(FOLDS.__getitem__, _prepared(composed))):
        for character in piece:
            if character != " ":
                start, letters, end = (start if letters else place), letters + character, place + 1
            elif letters:
                words.append(Word(letters[:LONGEST_WORD], start, end))
                letters = ""
        if not piece and letters:
            end = place + 1  # an accent belongs to its letter
        elif not piece and words and words[-1].end == place:
            words[-1] = words[-1]._replace(end=place + 1)
    return [*words, Word(letters[:LONGEST_WORD], start, end)] if letters else words


def compose(text: str) -> str:
    """The same to look at, in which each character can be folded by itself."""
    if text.isascii():
        return text
    text = NOT_COMPOSED.sub(lambda run: unicodedata.normalize("NFKC", run[0]), text)
    return unicodedata.normalize("NFC", text)


def is_word(text: str) -> bool:
    """Whether a folded word is one, and not a sign."""
    return any(unicodedata.category(character)[0] in "LNM" for character in text)


def _prepared(composed: str) -> str:
    """As long as before, without signs that only lay a text out."""
    plain = LAYOUT.sub(lambda layout: " " * len(layout[0]), composed)
    return LEADING_DOT.sub(DOT_PLACE, plain)


def _fold_of(character: str) -> str:
    if UNSEEN.match(character):
        return ""
    if "\uac00" <= character <= "\ud7a3":  # Korean syllables are not taken apart: 가 is no beginning of 각
        return character
    return "".join(map(_folded, _plain(character)))


def _plain(character: str) -> str:
    if UNSPACED.match(character):
        return unicodedata.normalize("NFKC", character)
    if (lower := character.lower()) in WITH_THEIR_ACCENT:
        return lower
    taken_apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    return "".join(SAME.get(each, each) for each in taken_apart)


def _folded(character: str) -> str:
    if LEFT_OUT.match(character):
        return ""
    if (digit := unicodedata.decimal(character, None)) is not None:
        return str(digit)
    if _is_sign(character):
        return f" {DOT if character == DOT_PLACE else character} "
    if unicodedata.category(character)[0] not in "LNM":
        return " "
    return f" {character} " if UNSPACED.match(character) else character


def _is_sign(character: str) -> bool:
    if character.isascii():
        return character in ASCII_SIGNS
    category = unicodedata.category(character)
    is_symbol = category[0] == "S" and category[1] != "k" and ord(character) not in BOXES  # k: accents that stand alone
    return is_symbol or character in OTHER_SIGNS or character == DOT_PLACE


FOLDS = _Folds()
