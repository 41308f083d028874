"""Folds texts for the search: words in one spelling, separated by single spaces.

Case, accents, vowel points, ligatures, widths and the encoding of a letter make no difference; vowel signs are part of
their word. A sign that means something beside a word (C++, 5%, #tag) is a word of its own, and so is each letter of a
script that puts no spaces between words. Both databases index what `fold` returns, so both find the same.
"""

import re
import unicodedata
from typing import NamedTuple

VERSION = 1  # raise it when the result of `fold` changes: texts folded by an older version are folded again
MAX_WORD_LENGTH = 60  # characters; the rest of a word is ignored

# Chinese, Japanese, Thai, Lao, Burmese, Khmer, Tai and Javanese put no spaces between words.
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aad\ua980-\ua9df\uaa60-\uaadf"
    "\u3005-\u3007\u3031-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]"
)
# Accents and points, which many people do not type: Latin, Greek, Cyrillic, Hebrew, Arabic, Syriac; dots (nukta)
# and accents of Indic letters. Vowel signs of Indic scripts are not among them.
DIACRITICS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u08ca-\u08e1\u08e3-\u08ff\u093c\u0951-\u0954"
    "\u09bc\u0a3c\u0abc\u0b3c\u0cbc\u1ab0-\u1aff\u1cd0-\u1cf9\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f]"
)
# Invisible: joiners, soft hyphens, text directions, variation selectors; the Arabic tatweel; skin tones of emoji.
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u0640\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200c-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff]"
)
# Letters that people also type as others, although Unicode does not decompose them.
EQUIVALENTS = {
    **{"ı": "i", "ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"},
    **{"ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ە": "ه", "ہ": "ه", "ٱ": "ا"},
    **{"٪": "%", "؉": "‰", "⁄": "/", "−": "-", "∕": "/", "ʼ": "'", "ʻ": "'"},
}
ACCENTED_LETTERS = "йїў"  # letters of their own, which nobody types without the accent
ASCII_SIGNS = "+#%&@$=<>"
DOT = "."  # before a word, as in .NET
OTHER_SIGNS = "‰§"
BOX_DRAWING = range(0x2500, 0x25A0)

HALFWIDTH_KATAKANA = re.compile("[\uff65-\uff9f]+")  # NFC does not compose their voice marks
LAYOUT = re.compile(r"^[ \t>#+=-]+(?=[ \t])|([+#%&@$=<>])\1{3,}", re.MULTILINE)  # headings, quotes, lists, rules
LEADING_DOT = re.compile(r"(?<![^\s(\[{\"'`])\.(?=[^\W_])")
DOT_PLACEHOLDER = "\ue000"  # replaces a dot that is a sign


class Word(NamedTuple):
    text: str  # folded
    start: int  # in the composed text
    end: int


class Folded(NamedTuple):
    """The folded text of a row of Findable."""

    id: int
    text: str
    folded: str
    version: int = VERSION


class _FoldingTable(dict[str, str]):
    """Maps each character to its folded form: nothing, letters, or something with spaces where words end."""

    def __missing__(self, character: str) -> str:
        self[character] = _fold_character(character)
        return self[character]


def fold(text: str) -> str:
    """Return the folded words of a text in their order, separated by single spaces."""
    folded = "".join(map(FOLDING_TABLE.__getitem__, _without_layout(compose(text))))
    return " ".join(word[:MAX_WORD_LENGTH] for word in folded.split())


def split_words(composed: str) -> list[Word]:
    """Return the folded words of a text with their positions; `composed` is a result of `compose`."""
    words: list[Word] = []
    letters, start, end = "", 0, 0
    for position, piece in enumerate(map(FOLDING_TABLE.__getitem__, _without_layout(composed))):
        for character in piece:
            if character != " ":
                start, letters, end = (start if letters else position), letters + character, position + 1
            elif letters:
                words.append(Word(letters[:MAX_WORD_LENGTH], start, end))
                letters = ""
        if not piece and letters:
            end = position + 1  # an accent is part of its letter
        elif not piece and words and words[-1].end == position:
            words[-1] = words[-1]._replace(end=position + 1)
    return [*words, Word(letters[:MAX_WORD_LENGTH], start, end)] if letters else words


def compose(text: str) -> str:
    """Return a text that looks the same and in which each character can be folded by itself."""
    if text.isascii():
        return text
    text = HALFWIDTH_KATAKANA.sub(lambda run: unicodedata.normalize("NFKC", run[0]), text)
    return unicodedata.normalize("NFC", text)


def is_word(text: str) -> bool:
    """Whether a folded word has letters or digits, rather than being a sign."""
    return any(unicodedata.category(character)[0] in "LNM" for character in text)


def _without_layout(composed: str) -> str:
    """Return a text of the same length, with spaces instead of signs that only structure it."""
    plain = LAYOUT.sub(lambda layout: " " * len(layout[0]), composed)
    return LEADING_DOT.sub(DOT_PLACEHOLDER, plain)


def _fold_character(character: str) -> str:
    if INVISIBLE.match(character):
        return ""
    if "\uac00" <= character <= "\ud7a3":  # Korean syllables are not decomposed: 가 is not the beginning of 각
        return character
    return "".join(map(_fold_part, _decompose(character)))


def _decompose(character: str) -> str:
    if UNSPACED.match(character):
        return unicodedata.normalize("NFKC", character)
    if (lower := character.lower()) in ACCENTED_LETTERS:
        return lower
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    return "".join(EQUIVALENTS.get(each, each) for each in decomposed)


def _fold_part(character: str) -> str:
    if DIACRITICS.match(character):
        return ""
    if (digit := unicodedata.decimal(character, None)) is not None:
        return str(digit)
    if _is_sign(character):
        return f" {DOT if character == DOT_PLACEHOLDER else character} "
    if unicodedata.category(character)[0] not in "LNM":
        return " "
    return f" {character} " if UNSPACED.match(character) else character


def _is_sign(character: str) -> bool:
    if character.isascii():
        return character in ASCII_SIGNS
    category = unicodedata.category(character)
    is_symbol = (
        category[0] == "S" and category[1] != "k" and ord(character) not in BOX_DRAWING
    )  # Sk: standalone accents
    return is_symbol or character in OTHER_SIGNS or character == DOT_PLACEHOLDER


FOLDING_TABLE = _FoldingTable()
