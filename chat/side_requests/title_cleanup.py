"""Extracts the title from a model's answer to "write a title", without the phrases and quotes that models add."""

import json
import re
from collections.abc import Iterator
from typing import Any

from chat.conversations.plain_text import plain_text
from chat.conversations.titles import shorten
from chat.sanitize import storable

MAX_CHARACTERS_READ = 20_000

THOUGHT = re.compile(r"<(think|thinking|thought|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
END_OF_THOUGHT = re.compile(r"</(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
# Of tags, only those around a title: "Array<int>" and "<b> or <strong>" are about them.
IN_TAGS = re.compile(r"<(title|answer|b|i|u|em|strong|h[1-6]|p|span)>([^<]*)</\1>", re.IGNORECASE)
UNCLOSED_TITLE = re.compile(r"^[ \t]*+<title>|</title>[ \t]*+$", re.MULTILINE | re.IGNORECASE)
JSON_TITLE = re.compile(r"[\"']title[\"']\s*:\s*\"((?:[^\"\\]|\\.)*)|[\"']title[\"']\s*:\s*'([^']*)", re.IGNORECASE)
NUMBER = re.compile(r"\d{1,2}[.)] ")

TITLE_WORDS = (
    "title|titel|título|titulo|titre|titolo|tytuł|заголовок|название|标题|標題|タイトル|제목|başlık|judul|العنوان"
)
LABEL = re.compile(
    rf"(?:[\w' -]{{0,30}}\b)?(?:{TITLE_WORDS})(?: suggestions?| ideas?| for [\w' ]{{1,40}})?\s?[:：]\s*", re.IGNORECASE
)
PREAMBLE = re.compile(
    r"(?:(?:sure|certainly|of course|okay|ok|absolutely|great)\b[,!.:]?\s*)?"
    r"(?:here(?:['’]s| is| are)\b[^:\n]{0,80}:|i(?:['’]d| would) (?:suggest|call it|title it|propose)\b:?"
    r"|(?:the|a|one) (?:\w+ )?title (?:is|could be|might be|would be)\b:?)\s*|(?:sure|certainly|of course)[!.]\s*",
    re.IGNORECASE,
)
QUOTED = re.compile(r"[\"“«„「『]([^\"“”«»„「」『』\n]+)[\"”»“」』]")
NOT_A_TITLE = re.compile(
    rf"(?:{TITLE_WORDS})|untitled|new (?:chat|conversation)|(?:chat|conversation)(?: title)?|null|none|n/?a|undefined"
    r"|(?:i['’]m sorry|i am sorry|sorry|i can(?:not|['’]t)|as an ai|i don['’]t)\b.*",
    re.IGNORECASE,
)
GOES_ON = re.compile(r"\s+\w")
QUOTES = '"“”„«»「」『』'
WRAPPING = f" \t*_`~{QUOTES}"
CLOSING = {'"': '"', "“": "”", "„": "“”", "«": "»", "»": "«", "「": "」", "『": "』", "'": "'’", "‘": "’"}
NO_APOSTROPHE = re.compile(r"['’](?!\w)")
IN_MARKS = re.compile(r"([_~]++)([^_~]+)\1")
INCHES = re.compile(r"\d\"$")


def extract_title(text: str) -> str:
    """The first line of `text` that can be a title, shortened; empty when there is none."""
    for line in _lines(_without_reasoning(storable(text[:MAX_CHARACTERS_READ]))):
        if title := _title(line):
            return shorten(title)
    return ""


def _without_reasoning(text: str) -> str:
    return END_OF_THOUGHT.split(THOUGHT.sub("", text))[-1]


def _lines(text: str) -> Iterator[str]:
    if (named := _in_json(text)) is None:
        named = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(("```", "~~~")))
    return iter(_without_tags(plain_text(named)).splitlines())


def _without_tags(text: str) -> str:
    inner = IN_TAGS.sub(r"\2", text)
    return UNCLOSED_TITLE.sub("", IN_TAGS.sub(r"\2", inner))


def _in_json(text: str) -> str | None:
    """The value of "title" when the text is JSON, even if its end is missing; None when it is not."""
    start = text.strip().removeprefix("```json").strip("` \t\r\n")
    try:
        return _string_in(json.loads(start))
    except (ValueError, RecursionError):
        match = JSON_TITLE.search(text)
        return (match[1] or match[2] or "").replace('\\"', '"') if match else None


def _string_in(value: Any, otherwise: str | None = None) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else ""
    elif isinstance(value, dict):
        value = next((each for name, each in value.items() if name.lower() == "title"), next(iter(value.values()), ""))
    elif not isinstance(value, str):
        return otherwise
    return value if isinstance(value, str) else _string_in(value, "")


def _title(line: str) -> str:
    title = " ".join(line.split())
    title = NUMBER.sub("", title, count=1) if NUMBER.match(title) else title
    announced = PREAMBLE.match(title.lstrip(WRAPPING))
    if announced:
        title = title.lstrip(WRAPPING)[announced.end() :]
    if (named := LABEL.match(title.lstrip(WRAPPING))) is not None:
        title = title.lstrip(WRAPPING)[named.end() :]
    if (announced or named) and (quoted := QUOTED.match(title)):
        is_in_sentence = announced is not None and ":" not in announced[0]  # "I would suggest "Bread" for this chat"
        title = quoted[1] if is_in_sentence or not GOES_ON.match(title, quoted.end()) else title
    title = _unquoted(title).rstrip(" .。:：,;")
    title = _unquoted(title)
    return "" if NOT_A_TITLE.fullmatch(title) or not any(map(str.isalnum, title)) else title


def _unquoted(title: str) -> str:
    """`title` without the marks around all of it; those around a part of it stay, as in “Bread” and “Butter”."""
    title = title.strip(" \t*`")
    if marked := IN_MARKS.fullmatch(title):
        title = marked[2].strip()
    if _is_quoted(title):
        return title[1:-1].strip()
    is_one = sum(map(title.count, QUOTES)) == 1 and not INCHES.search(title)
    return title.strip(QUOTES).strip() if is_one else title


def _is_quoted(title: str) -> bool:
    closing = CLOSING.get(title[:1], "")
    if len(title) <= 2 or title[-1] not in closing:
        return False
    inner = title[1:-1]
    return not (NO_APOSTROPHE.search(inner) if "’" in closing else any(map(inner.count, closing)))
