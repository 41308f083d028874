"""Tokens as estimated: by kind of character, and compared with what was counted in recorded exchanges."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import pytest

from chat.conversations.token_estimate import MESSAGE_TOKENS, REQUEST_TOKENS, Prompt, prompt_of, tokens_of

RECORDINGS = Path(os.environ.get("OPENROUTER_RECORDINGS", "/nowhere"))
MORE_THAN_MESSAGES = ("tools", "plugins", "response_format")  # whose tokens are in no message

# Counted by the tokenizer of OpenAI's newer models (o200k_base).
COUNTED = {
    "The bread rises for two hours, or overnight in the fridge. Then it is baked in a hot oven.": 22,
    "Хлеб поднимается два часа, или всю ночь в холодильнике. Потом его пекут в горячей печи.": 26,
    "面包发酵两个小时，或者在冰箱里过夜。然后放进热烤箱里烘烤。": 29,
    "def double(values: list[int]) -> list[int]:\n    return [2 * value for value in values]\n": 22,
}


@pytest.mark.parametrize("text", COUNTED)
def test_each_script_and_code_is_near_what_a_tokenizer_counts(text):
    assert tokens_of(text) == pytest.approx(COUNTED[text], rel=0.25)


def test_parts_are_rounded_up_together():
    assert (tokens_of(""), tokens_of("  \n"), tokens_of("a"), tokens_of("aaa", "a")) == (0, 0, 1, 1)


def test_every_character_but_white_space_weighs_something():
    signs = (chr(code) for code in range(0x20, 0x3_0000) if not 0xD800 <= code < 0xE000)
    weightless = {sign for sign in signs if not tokens_of(sign)}
    assert {sign for sign in weightless if not sign.isspace() and sign.isprintable()} == set()


def test_messages_and_images_of_a_request_count():
    parts = [{"type": "text", "text": "abcd"}, {"type": "image_url", "image_url": {"url": "data:"}}]
    messages = [
        {"role": "system", "content": "abcd"},
        {"role": "user", "content": parts},
        {"role": "assistant", "content": "", "images": [{"image_url": {"url": "data:"}}]},
    ]
    assert prompt_of({"messages": messages}) == Prompt(2 + 3 * MESSAGE_TOKENS + REQUEST_TOKENS, images=2)


class Exchange(NamedTuple):
    model: str
    estimated: int
    counted: int


def exchanges() -> Iterator[Exchange]:
    """Recorded requests as this site sends them, text alone, whose tokens were counted."""
    for file in sorted(RECORDINGS.glob("chat-*.json")):
        recording = json.loads(file.read_text())
        body, answer = recording["request"].get("body"), _answer(recording["response"], file.name)
        counted = re.findall(r'"prompt_tokens"\s*:\s*(\d+)', answer)
        if isinstance(body, dict) and counted and _is_text_alone(body):
            yield Exchange(body["model"], prompt_of(body).text_tokens, int(counted[-1]))


def _answer(response: dict[str, Any], name: str) -> str:
    """A large one is in a file of its own."""
    body = response.get("body") or (RECORDINGS / response["body_file"]).read_text()
    return body if isinstance(body, str) else json.dumps(body)


def _is_text_alone(body: dict[str, Any]) -> bool:
    contents = [message.get("content") for message in body["messages"]]
    texts = all(isinstance(content, str) or set(_types(content)) == {"text"} for content in contents)
    return texts and not any(body.get(name) for name in MORE_THAN_MESSAGES)


def _types(content: Any) -> Iterator[str]:
    return (part["type"] for part in content or ())


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="OPENROUTER_RECORDINGS names no folder of recorded exchanges")
def test_half_of_recorded_prompts_are_within_15_percent(record_testsuite_property):
    found = list(exchanges())
    errors = [abs(each.estimated / each.counted - 1) for each in found]
    figures = f"median {median(errors):.1%}, worst {max(errors):.0%}, {len(found)} prompts"
    record_testsuite_property("error of estimated prompts", figures)

    assert len(found) >= 15
    assert median(errors) <= 0.15
