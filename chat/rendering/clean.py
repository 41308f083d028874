"""The allow list that everything shown has passed.

The parser already escapes HTML in what a model writes; this is the second wall, for the day the first has a hole.
"""

import nh3

from .colouring import DRAWN

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
        "lspace",
        "rspace",
    },
    "mtext": {"mathvariant"},
    "mspace": {"width", "height", "depth", "linebreak"},
    "mrow": set[str](),
    "mfrac": {"linethickness"},
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
    "mtable": {"displaystyle", "rowspacing", "columnspacing", "columnalign", "columnlines", "rowlines"},
    "mtr": set[str](),
    "mtd": {"columnalign"},
}
BLOCKS = {"p", "ul", "ol", "blockquote", "h3", "h4", "h5", "h6", "div", "table"}
INLINE = {"a", "br", "code", "em", "label", "s", "span", "strong", "sup"}
PARTS = {"hr", "input", "li", "pre", "thead", "tbody", "tr", "th", "td"}
CELL_CLASSES = {"left", "center", "right"}
SCROLLING = {"tabindex": {"0"}, "role": {"group"}}

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
    },
    set_tag_attribute_values={"a": {"target": "_blank"}},
    link_rel="noopener noreferrer nofollow",
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
)


def clean(html: str) -> str:
    """The same HTML without what is not allowed: no script, style, id, form, frame, picture, hx-*, data-*."""
    return cleaner.clean(html)
