"""Estimates the tokens of a text, before a model counts them. static/js/composer/estimate.js does the same.

Kinds of characters weigh differently, because that is how tokenizers cut texts: a token of English has about four
letters and the space before them, one of Russian two or three, and one of Chinese or Japanese one or two. The weights
are from the tokenizers of OpenAI's models (o200k) on texts in 25 languages and on code. How much more or less another
model makes of the same text is learned from its answers: chat/catalogue/token_calibration.py.
"""

import json
import re
from typing import Any, NamedTuple

# Hundredths of a token for each character. White space costs nothing: most of it is part of the word that follows.
WEIGHTS = (
    (re.compile(r"[A-Za-z]+"), 25),
    (re.compile(r"[!-@\[-`{-~]+"), 55),  # digits and signs of ASCII
    (re.compile(r"[\u0080-\u024f\u1e00-\u1eff\u2e80-\ud7ff\uf900-\ufaff]+"), 75),  # é, 字
    (re.compile(r"[\u0250-\u1dff\u1f00-\u2e7f\ud800-\uf8ff\ufb00-\uffff]+"), 38),  # other alphabets, and signs
    (re.compile(r"[\U00010000-\U0010ffff]+"), 76),  # 😀; scripts see two characters of 38
)
MESSAGE_TOKENS = 4  # around each message, in the templates of chat models
REQUEST_TOKENS = 3  # before the answer


class Prompt(NamedTuple):
    """What a request sends, as estimated: tokens of its texts and messages, and how many images."""

    text_tokens: int
    images: int


def weight_of(text: str) -> int:
    """The estimated tokens of a text, in hundredths."""
    return sum(weight * sum(map(len, kind.findall(text))) for kind, weight in WEIGHTS)


def tokens_of(*texts: str) -> int:
    """The estimated tokens of texts that are sent together."""
    return -(-sum(map(weight_of, texts)) // 100)


def prompt_of(body: dict[str, Any]) -> Prompt:
    """What the body of a chat request sends."""
    texts, images = [json.dumps(tool) for tool in body.get("tools", ())], 0
    for message in body["messages"]:
        content = message["content"]
        parts = content if isinstance(content, list) else [{"text": content}]
        texts += [call["function"]["arguments"] for call in message.get("tool_calls", ())]
        texts += [part["text"] for part in parts if part.get("text")]
        images += sum("image_url" in part for part in parts) + len(message.get("images", ()))
    return Prompt(tokens_of(*texts) + MESSAGE_TOKENS * len(body["messages"]) + REQUEST_TOKENS, images)
