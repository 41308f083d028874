"""The allow list that everything shown has passed.

The parser already escapes HTML in what a model writes; this is the second wall, for the day the first has a hole.
"""

import re

import nh3

from .highlighter_process import DRAWN

MATHML = {
    "math": {"display"},
    "mi": {"mathvariant"},
    "mn": {"mathvariant"},
    "mo": {
        "stretchy",
        "fence",
        "form",
        "separator",
        "accent",
        "movablelimits",
        "minsize",
        "maxsize",
        "symmetric",
        "largeop",
        "lspace",
        "rspace",
    },
    "mtext": {"mathvariant"},
    "mspace": {"width", "height", "depth", "linebreak"},
    "mrow": {"displaystyle", "scriptlevel"},
    "mfrac": {"linethickness", "displaystyle", "scriptlevel"},
    "msqrt": set[str](),
    "mroot": set[str](),
    "mstyle": {"displaystyle", "scriptlevel"},
    "mpadded": {"width", "height", "depth", "lspace", "voffset"},
    "mphantom": set[str](),
    "menclose": {"notation"},
    "msub": set[str](),
    "msup": set[str](),
    "msubsup": set[str](),
    "munder": {"accentunder"},
    "mover": {"accent"},
    "munderover": {"accent", "accentunder"},
    "mmultiscripts": set[str](),
    "mprescripts": set[str](),
    "mtable": {"displaystyle", "scriptlevel", "rowspacing", "columnspacing", "columnalign", "columnlines", "rowlines"},
    "mtr": set[str](),
    "mtd": {"columnalign"},
}
SIDES = ("left", "right", "top", "bottom")
MATH_CLASSES = {  # of mathml.py, drawn by math.css
    *("left", "right", "flush-left", "flush-right", "far", "tight", "low", "numbered", "margin"),
    *(f"{line}-{side}" for line in ("line", "dashes") for side in SIDES),
    *(f"{where}-{space}" for where in ("back", "before", "after") for space in ("hair", "thin", "medium", "thick")),
    *("red", "orange", "green", "blue", "violet", "gray", "overline", "underline"),
    *("bold", "italic", "mono", "struck", "underlined", "sans", "serif", "small-caps"),
    *(f"menclose-{notation}" for notation in ("updiagonalstrike", "downdiagonalstrike", "phasorangle")),
}
# Lengths that leave a formula its place on the page: TeX can ask for any, to draw over what stands elsewhere.
LENGTHS = {"width", "height", "depth", "lspace", "rspace", "voffset", "minsize", "maxsize", "linethickness"}
SHORT = re.compile(
    r"[+-]?(?:[0-5]?(?:\.[0-9]{1,8})?(?:em|ex|rem)|[0-9]{1,2}(?:\.[0-9]{1,4})?(?:mu|px|pt)|0)|[a-z]{1,30}space"
)
OWN_BOX = {"height", "depth"}  # of `mpadded`: zero (`\\smash`) is no place at all
BLOCKS = {"p", "ul", "ol", "blockquote", "h3", "h4", "h5", "h6", "div", "table"}
INLINE = {"a", "br", "code", "em", "label", "s", "span", "strong", "sup"}
PARTS = {"hr", "input", "li", "pre", "thead", "tbody", "tr", "th", "td"}
CELL_CLASSES = {"left", "center", "right"}
SCROLLING = {"tabindex": {"0"}, "role": {"group"}}


def bounded(tag: str, name: str, value: str) -> str | None:
    if name not in LENGTHS or tag not in MATHML:
        return value
    is_allowed = SHORT.fullmatch(value) and not (tag == "mpadded" and name in OWN_BOX and value[0] not in "+-")
    return value if is_allowed else None


cleaner = nh3.Cleaner(
    tags=BLOCKS | INLINE | PARTS | MATHML.keys(),
    attributes={"a": {"href", "title"}, "ol": {"start"}, "pre": {"aria-label"}, **MATHML},
    tag_attribute_values={
        **{tag: {"dir": {"auto"}} for tag in BLOCKS},
        "div": {"dir": {"auto", "ltr"}, **SCROLLING},
        "pre": SCROLLING,
        "input": {"type": {"checkbox"}, "disabled": {""}, "checked": {""}},
    },
    allowed_classes={
        "code": {"tex"},
        "div": {"code", "code-bar", "footnote", "math", "table"},
        "li": {"task"},
        "p": {"definition"},
        "span": {"code-language", "first", "footnote", "picture", *DRAWN},
        "sup": {"first", "footnote"},
        "td": CELL_CLASSES,
        "th": CELL_CLASSES,
        **dict.fromkeys(MATHML, MATH_CLASSES),
    },
    set_tag_attribute_values={"a": {"target": "_blank"}},
    attribute_filter=bounded,
    link_rel="noopener noreferrer nofollow",
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
)


# What consists of this, the cleaner leaves as it is (but for quotes): text, and elements without attributes.
PLAIN = re.compile(
    r"(?:[^<&\xa0]+|&(?:lt|gt|amp|quot);|</?(?:p|ul|ol|li|blockquote|h[3-6]|strong|em|s|code)>|<(?:br|hr)>"
    r'|<(?:p|ul|ol|blockquote|h[3-6]) dir="auto">)*+'
)


def clean(html: str) -> str:
    """The HTML without what is not allowed: no script, style, id, form, frame, picture, hx-*, data-*."""
    return html.replace("&quot;", '"') if PLAIN.fullmatch(html) else cleaner.clean(html)
