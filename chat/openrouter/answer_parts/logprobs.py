"""Collects the probabilities of an answer's tokens, which OpenRouter sends to requests with `logprobs`.

Source: OpenRouter API, `ChatTokenLogprob`, the same as OpenAI's; recorded streams.
"""

import json
import math
from typing import Any

from chat.openrouter.json_fields import as_int, as_list, as_object, as_text

MAX_TOKENS, MAX_CHARACTERS = 5_000, 1_000_000  # of one answer; later tokens are not kept
MAX_ALTERNATIVES = 20  # the most that can be asked for
MAX_TOKEN_CHARACTERS = 200  # longer ones are shortened: no model has any

Entry = list[Any]  # [token, natural logarithm of its probability, its bytes or null]


class Logprobs:
    """The tokens so far, as JSON texts of `[token, logprob, bytes, alternatives]`."""

    def __init__(self) -> None:
        self._encoded: list[str] = []
        self._characters = 0

    def add(self, logprobs: object) -> None:
        """Take what one choice has in `logprobs`: tokens of the text, or of a refusal."""
        fields = as_object(logprobs)
        for token in map(as_object, [*as_list(fields.get("content")), *as_list(fields.get("refusal"))]):
            if len(self._encoded) < MAX_TOKENS and self._characters < MAX_CHARACTERS and (entry := _read(token)):
                alternatives = map(as_object, as_list(token.get("top_logprobs"))[:MAX_ALTERNATIVES])
                self._append([*entry, [other for each in alternatives if (other := _read(each))]])

    def __len__(self) -> int:
        return len(self._encoded)

    def as_json(self) -> str:
        """A JSON array in ASCII; "" without any tokens."""
        return f"[{','.join(self._encoded)}]" if self._encoded else ""

    def _append(self, entry: Entry) -> None:
        encoded = json.dumps(entry, separators=(",", ":"))
        if self._characters + len(encoded) + 2 <= MAX_CHARACTERS:
            self._encoded.append(encoded)
        self._characters += len(encoded) + 1


def _read(token: dict[str, Any]) -> Entry | None:
    """Return a token; None for what is none. Providers send -9999 for a probability of zero."""
    logprob = token.get("logprob")
    if not isinstance(token.get("token"), str) or isinstance(logprob, bool) or not isinstance(logprob, int | float):
        return None
    if not math.isfinite(logprob):
        return None
    return [as_text(token["token"])[:MAX_TOKEN_CHARACTERS], round(min(logprob, 0.0), 6), _bytes_in(token)]


def _bytes_in(token: dict[str, Any]) -> list[int] | None:
    numbers = [as_int(number) for number in as_list(token.get("bytes"))[:MAX_TOKEN_CHARACTERS]]
    return [number for number in numbers if number is not None and 0 <= number < 256] if numbers else None
