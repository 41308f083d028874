"""TeX to MathML."""

import re
from functools import lru_cache
from html import escape, unescape
from xml.etree.ElementTree import Element, tostring

from latex2mathml.converter import convert_to_element

MAX_TEX_CHARS = 4_000
MAX_REMEMBERED_CHARS = 200  # longer ones, made to that end, would be 50 MB: the markup is 25 times as long

# latex2mathml lays out align* and cases only; models write their kin.
KIN = {
    "align": "align*",
    "aligned": "align*",
    "alignedat": "align*",
    "gather": "align*",
    "gather*": "align*",
    "gathered": "align*",
    "multline": "align*",
    "multline*": "align*",
    "dcases": "cases",
}
ENVIRONMENT = re.compile(r"\\(begin|end)\{([a-z]+\*?)\}")
EQUATION = re.compile(r"\\(?:begin|end)\{equation\*?\}")


def mathml(tex: str, display: bool) -> str:
    """A `<math>` element, or the TeX itself in `<code class="tex">` when it is invalid or too long.

    The result still has to pass `clean`: TeX can ask for attributes (`\\href`, `\\style`).
    """
    tex = tex.strip()
    return remembered(tex, display) if len(tex) <= MAX_REMEMBERED_CHARS else converted(tex, display)


def converted(tex: str, display: bool) -> str:
    if len(tex) > MAX_TEX_CHARS:
        return as_code(tex)
    try:
        element = convert_to_element(known(tex), display="block" if display else "inline")
    except Exception:  # its own errors, and IndexError, KeyError, RecursionError on odd input
        return as_code(tex)
    return serialised(element)


remembered = lru_cache(maxsize=512)(converted)  # the open block is rendered again and again


def as_code(tex: str) -> str:
    return f'<code class="tex">{escape(tex)}</code>'


def known(tex: str) -> str:
    tex = EQUATION.sub("", tex)
    return ENVIRONMENT.sub(lambda found: rf"\{found[1]}{{{KIN.get(found[2], found[2])}}}", tex)


def serialised(element: Element) -> str:
    """latex2mathml leaves its text half escaped (`&#x0003C;`, but also a raw `<` out of `\\text`)."""
    for part in element.iter():
        part.text = unescape(part.text) if part.text else None
    return tostring(element, encoding="unicode")
