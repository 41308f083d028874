"""How an open block has grown: a page that shows it needs only what is new."""

import re

CLOSING_TAGS = re.compile(r"(?:</\w+>\s*)+$")
CLOSING_CHARS = 200  # enough for a deep list; a search from the beginning would read all of it
TAG = re.compile(r"<(/?)(\w+)")
VOID = {"br", "hr", "input"}


def growth(old: str, new: str) -> tuple[int, str] | None:
    """What to append to a page that shows `old` so that it shows `new`: how deep, and the HTML.

    Depth 0 is behind the last element, 1 at the end inside of it, 2 inside of its last child, and so on. None
    when `new` does not continue `old`.

        growth("<p>Fl</p>", "<p>Flour</p>")  # (1, "our")
    """
    if not old:
        return None
    for depth, end in enumerate(_ends(old)):
        head, foot = old[:end], old[end:]
        if new.startswith(head) and new.endswith(foot) and len(new) >= len(old):
            added = new[end : len(new) - len(foot)]
            if _is_balanced(added):
                return depth, added
    return None


def _ends(html: str) -> list[int]:
    """Where the text of the last elements ends, from the outermost inwards."""
    found = CLOSING_TAGS.search(html, max(0, len(html) - CLOSING_CHARS))
    tags = [found.start() + at.start() for at in re.finditer("<", found[0])] if found else []
    return [len(html), *reversed(tags)]


def _is_balanced(html: str) -> bool:
    open_elements = 0
    for closing, name in TAG.findall(html):
        if name not in VOID:
            open_elements += -1 if closing else 1
            if open_elements < 0:
                return False
    return not open_elements
