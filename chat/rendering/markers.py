"""Characters that stand for something else while a text is with the parser.

No text contains them: forbidden_characters.py.
"""

BEGIN, END = "\ufdd0", "\ufdd1"  # around the number of a token, something that was taken out (preprocessing.py)
FURTHER_LINE = "# \ufdd2"  # for each line but the first of a token that is a block
NOTHING = "\ufdd3"  # keeps apart what would mean something together
LESS, PIPE, TILDE = "\ufdd4", "\ufdd5", "\ufdd6"  # characters that mean nothing where they stand
SURPLUS = "\ufdd7"  # a pipe between the last cell of a row that the parser would keep, and a further one
IDEOGRAPH = "\ufaff"  # counts as Chinese for the parser: between `**` and a letter
RESERVED = "\ufdd0-\ufdef\ufaff"  # noncharacters, and one that is not assigned

_HTML = str.maketrans({NOTHING: "", IDEOGRAPH: "", LESS: "&lt;", PIPE: "|", TILDE: "~", SURPLUS: "|"})
_TEXT = str.maketrans({NOTHING: "", IDEOGRAPH: "", LESS: "<", PIPE: "|", TILDE: "~", SURPLUS: "|"})


def html_without_markers(html: str) -> str:
    return html.translate(_HTML) if not html.isascii() else html


def text_without_markers(text: str) -> str:
    return text.translate(_TEXT) if not text.isascii() else text
