"""TeX to MathML."""

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from html import escape
from xml.etree.ElementTree import Element, ParseError, fromstring, tostring

from math_core import LatexError, LatexToMathML

from .tex import MACROS, prepared

MAX_TEX_CHARS = 4_000
MAX_REMEMBERED_CHARS = 200  # longer ones, made to that end, would be 50 MB: the markup is many times as long
MAX_DEPTH = 100  # of elements: formulas have some ten

converter = LatexToMathML(macros=MACROS, fancy_error=False, allow_unreliable_rendering=True)

# What math-core writes as style, which our Content-Security-Policy forbids, as the classes of math.css.
STYLES = {
    "text-align: left": "left",
    "text-align: right": "right",
    "padding-left: 0": "flush-left",
    "padding-right: 0": "flush-right",
    "padding-left:1em": "far",
    "padding-top: 0": "tight",
    **{
        f"border-{side}: 0.05em {style} currentcolor": f"{name}-{side}"
        for side in ("left", "right", "top")
        for style, name in (("solid", "line"), ("dashed", "dashes"))
    },
    "width: 100%": "numbered",
    "width: 50%": "margin",
    "padding-top: 0.1667em": "low",
    "margin-left:-0.0833em": "back-hair",
    "margin-left:-0.16666667em": "back-thin",
    "margin-left:-0.22222222em": "back-medium",
    "margin-left:-0.2777778em": "back-thick",
    "padding-left:0.1667em": "before-thin",
    "padding-left:0.2222em": "before-medium",
    "padding-left:0.2778em": "before-thick",
    "padding-right:0.1667em": "after-thin",
    "padding-right:0.2222em": "after-medium",
    "padding-right:0.2778em": "after-thick",
    "color:#FF0000": "red",
    "color:#FF8001": "orange",
    "color:#03FF00": "green",
    "color:#0000FF": "blue",
    "color:#800080": "violet",
    "color:#808080": "gray",
    "font-variant-caps: small-caps": "small-caps",
}
FONTS = {
    "b": "bold",
    "i": "italic",
    "em": "italic",
    "code": "mono",
    "s": "struck",
    "u": "underlined",
    "math-core-sans-serif-font": "sans",
    "math-core-serif-font": "serif",
}
LINE = "\u0332"
RULES = {"mover": "overline", "munder": "underline"}
ACCENTS = {"\u0302": "\u02c6", "\u030c": "\u02c7", "~": "\u02dc"}  # Chromium draws no combining mark that stretches
SIGNS = {"mi", "mn", "mo"}
LINES = {"line-top": "line-bottom", "dashes-top": "dashes-bottom"}

# What letters and digits are in TeX that is not shown, and then those that are.
UNSHOWN = re.compile(
    r"\\(?:begin\{(?:array|subarray|darray)\}\{[a-z|:]{0,99}\}"
    r"|(?:begin|end|color|textcolor|hspace|raisebox)\{[^{}\\]{0,40}\}"
    r"|(?:hskip|kern|mkern|mskip) ?-?[0-9.]{1,9} ?[a-z]{2}"
    r"|genfrac\{.{0,9}?\}\{.{0,9}?\}\{[a-z0-9.]{0,9}\}\{[0-3]?\}|[A-Za-z]+|.)",
    re.DOTALL,
)
SHOWN = re.compile(r"[^\W_]|[+=]")


def mathml(tex: str, display: bool) -> str:
    """A `<math>` element, or the TeX itself in `<code class="tex">` when it cannot be shown as it is meant.

    The result still has to pass `clean`, which bounds its lengths.
    """
    tex = tex.strip()
    return remembered(tex, display) if len(tex) <= MAX_REMEMBERED_CHARS else converted(tex, display)


def converted(tex: str, display: bool) -> str:
    if len(tex) > MAX_TEX_CHARS:
        return as_code(tex)
    try:
        known = prepared(tex)
        math = parsed(converter.convert_with_local_state(known, displaystyle=display))
    except (LatexError, ParseError, ValueError):
        return as_code(tex)
    if not is_whole(math, known):
        return as_code(tex)
    without_styles(math)
    math.set("display", "block" if display else "inline")
    return tostring(math, encoding="unicode", short_empty_elements=False)


remembered = lru_cache(maxsize=512)(converted)  # the open block is rendered again and again


def as_code(tex: str) -> str:
    return f'<code class="tex">{escape(tex)}</code>'


def parsed(markup: str) -> Element:
    """The tree of what math-core wrote, which escapes what it takes from the TeX."""
    return fromstring(markup.replace("&ApplyFunction;", "\u2061"))  # noqa: S314


def is_whole(math: Element, tex: str) -> bool:
    """Whether a formula shows all that its TeX says: no sign is empty, no command a word, no letter lost."""
    text = "".join(math.itertext())
    return (
        is_flat(math)
        and all(part.tag not in SIGNS or part.text for part in math.iter())
        and ("\\" not in text or "backslash" in tex)
        and not letters(UNSHOWN.sub(" ", tex)) - letters(text)
    )


def is_flat(math: Element) -> bool:
    level = [math]
    for _ in range(MAX_DEPTH):
        level = [part for above in level for part in above]
    return not level


def letters(text: str) -> Counter[str]:
    return Counter(SHOWN.findall(unicodedata.normalize("NFKD", text)))


def without_styles(math: Element) -> None:
    for part in math.iter():
        if part.tag == "mtext":
            flatten(part)
        part.attrib.pop("id", None)
        style = part.attrib.pop("style", "")
        add_classes(part, [STYLES[each] for each in map(str.strip, style.split(";")) if each in STYLES])
        if part.tag in RULES:
            with_known_accent(part)
    for table in math.iter("mtable"):
        close(table)


def with_known_accent(part: Element) -> None:
    accent = part[-1]
    if accent.text == LINE:
        add_classes(part, [RULES[part.tag]])
    elif accent.get("stretchy") == "true":
        accent.text = ACCENTS.get(accent.text or "", accent.text)


def flatten(text: Element) -> None:
    """MathML has no HTML: the fonts of `\\textbf` and the like as classes of the text."""
    inside = [part for part in text.iter() if part is not text]
    names = [FONTS.get(part.get("class", part.tag), STYLES.get(part.get("style", ""))) for part in inside]
    text.text = "".join(text.itertext())
    text[:] = []
    add_classes(text, [name for name in names if name])


def add_classes(part: Element, names: list[str]) -> None:
    if names:
        part.set("class", " ".join([*part.get("class", "").split(), *names]))


def close(table: Element) -> None:
    r"""Take away the empty row after the last `\\`; a `\hline` in it is drawn below the one before."""
    if len(table) < 2 or "".join(table[-1].itertext()):
        return
    last = table[-1]
    table.remove(last)
    lines = [LINES[name] for name in last[0].get("class", "").split() if name in LINES]
    for cell in table[-1]:
        add_classes(cell, lines)
