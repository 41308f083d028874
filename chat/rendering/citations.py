"""Numbers in brackets that name a source, as links to it: "[1]", "[1][3]", "[1, 3]".

Sources come at the end of an answer, when its blocks are finished and stored. So these links are made when an answer is
shown, and are not stored.
"""

import re
from collections.abc import Mapping
from html import escape
from typing import NamedTuple

REFERENCE = re.compile(r"\[\s?[0-9]{1,3}(?:\s?[,;–-]\s?[0-9]{1,3}){0,20}\s?\]", re.ASCII)
NUMBER = re.compile(r"[0-9]+", re.ASCII)
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*+>")
NOT_IN = {"a", "code", "pre", "math", "kbd", "samp"}  # in code it is an index, in a formula an interval


class Target(NamedTuple):
    url: str
    name: str


def cited(html: str, targets: Mapping[int, Target]) -> str:
    """Cleaned HTML with links from numbers to `targets`; a number without one stays as it is."""
    if not targets or not REFERENCE.search(html):
        return html
    parts, position, depth = [], 0, 0
    for tag in TAG.finditer(html):
        text = html[position : tag.start()]
        parts += [text if depth else _linked(text, targets), tag[0]]
        position = tag.end()
        if tag[2].lower() in NOT_IN:
            depth += -1 if tag[1] else 1
    return "".join([*parts, _linked(html[position:], targets)])


def _linked(text: str, targets: Mapping[int, Target]) -> str:
    return REFERENCE.sub(lambda found: _reference(found[0], targets), text)


def _reference(words: str, targets: Mapping[int, Target]) -> str:
    """All of "[1]" is the link, and of "[1, 3]" each number."""
    numbers = NUMBER.findall(words)
    if len(numbers) == 1:
        return _link(words, int(numbers[0]), targets)
    return NUMBER.sub(lambda found: _link(found[0], int(found[0]), targets), words)


def _link(words: str, number: int, targets: Mapping[int, Target]) -> str:
    """The label begins with the visible text, so that people who use speech can name the link by what they see."""
    if (target := targets.get(number)) is None:
        return words
    url, name = escape(target.url), escape(target.name)
    attributes = f'title="{name}" aria-label="{words} {name}"'
    return f'<a href="{url}" {attributes} target="_blank" rel="noopener noreferrer nofollow">{words}</a>'
