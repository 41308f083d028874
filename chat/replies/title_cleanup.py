"""The title in what a model answered when it was asked for one, without what models put around it."""

import json
import re
from collections.abc import Iterator
from typing import Any

from chat.conversations.plain_text import plain_text
from chat.conversations.titles import shortened
from chat.replies.sanitize import storable

LOOKED_AT = 20_000  # characters of an answer

THOUGHT = re.compile(r"<(think|thinking|thought|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
END_OF_THOUGHT = re.compile(r"</(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
TAG = re.compile(r"</?[A-Za-z]{1,20}>")
KEYED = re.compile(r"[\"']title[\"']\s*:\s*\"((?:[^\"\\]|\\.)*)|[\"']title[\"']\s*:\s*'([^']*)", re.IGNORECASE)
NUMBER = re.compile(r"\d{1,2}[.)] ")

TITLE = "title|titel|título|titulo|titre|titolo|tytuł|заголовок|название|标题|標題|タイトル|제목|başlık|judul|العنوان"
NAMED = re.compile(
    rf"(?:[\w' -]{{0,30}}\b)?(?:{TITLE})(?: suggestions?| ideas?| for [\w' ]{{1,40}})?\s?[:：]\s*", re.IGNORECASE
)
ANNOUNCED = re.compile(
    r"(?:(?:sure|certainly|of course|okay|ok|absolutely|great)\b[,!.:]?\s*)?"
    r"(?:here(?:['’]s| is| are)\b[^:\n]{0,80}:|i(?:['’]d| would) (?:suggest|call it|title it|propose)\b:?"
    r"|(?:the|a|one) (?:\w+ )?title (?:is|could be|might be|would be)\b:?)\s*|(?:sure|certainly|of course)[!.]\s*",
    re.IGNORECASE,
)
QUOTED = re.compile(r"[\"“«„「『]([^\"“”«»„「」『』\n]+)[\"”»“」』]")
USELESS = re.compile(
    rf"(?:{TITLE})|untitled|new (?:chat|conversation)|(?:chat|conversation)(?: title)?|null|none|n/?a|undefined"
    r"|(?:i['’]m sorry|i am sorry|sorry|i can(?:not|['’]t)|as an ai|i don['’]t)\b.*",
    re.IGNORECASE,
)
AROUND = ' \t*_`~"“”„«»「」『』'


def title_in(text: str) -> str:
    """The first line that can be one; empty when there is none."""
    said = _without_thoughts(storable(text[:LOOKED_AT]))
    for line in _lines(said):
        if title := _title(line):
            return shortened(title)
    return ""


def _without_thoughts(text: str) -> str:
    return END_OF_THOUGHT.split(THOUGHT.sub("", text))[-1]


def _lines(text: str) -> Iterator[str]:
    if (named := _in_json(text)) is not None:
        return iter([named])
    lines = [line for line in text.splitlines() if not line.lstrip().startswith(("```", "~~~"))]
    return iter(TAG.sub("", plain_text("\n".join(lines))).splitlines())


def _in_json(text: str) -> str | None:
    """What JSON in the text calls the title, also where it was cut."""
    start = text.strip().removeprefix("```json").strip("` \t\r\n")
    try:
        return _string_in(json.loads(start))
    except (ValueError, RecursionError):
        match = KEYED.search(text)
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
    said = " ".join(line.split())
    said = NUMBER.sub("", said, count=1) if NUMBER.match(said) else said
    announced = ANNOUNCED.match(said.lstrip(AROUND))
    if announced:
        said = said.lstrip(AROUND)[announced.end() :]
    if (named := NAMED.match(said.lstrip(AROUND))) is not None:
        said = said.lstrip(AROUND)[named.end() :]
    if (announced or named) and (quoted := QUOTED.match(said)):
        said = quoted[1]
    said = _unquoted(said).rstrip(" .。:：,;")
    said = _unquoted(said)
    return "" if USELESS.fullmatch(said) or not any(map(str.isalnum, said)) else said


def _unquoted(said: str) -> str:
    said = said.strip(AROUND).strip()
    return said[1:-1].strip() if len(said) > 2 and said[0] in "'‘" and said[-1] in "'’" else said
