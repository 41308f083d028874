"""OpenRouter's wire format of autumn 2026, byte for byte.

LF only, no `event:` or `id:`, every delta repeats its role. Source: recorded streams; key order is theirs.
"""

import json
import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

COMMENT = b": OPENROUTER PROCESSING\n\n"
DONE = b"data: [DONE]\n\n"
PADDING = b"\n         \n"  # keeps a connection busy that waits for a whole answer
NATIVE_FINISH = {"stop": "completed", "length": "max_output_tokens"}
REASONING_FORMAT = "standin-v1"
SIGNATURE = "c3RhbmQtaW4="
ID_LETTERS = string.ascii_letters + string.digits


def generation_id(now: float) -> str:
    return f"gen-{int(now)}-{''.join(secrets.choice(ID_LETTERS) for _ in range(20))}"


def compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def event(value: object) -> bytes:
    return f"data: {compact(value)}\n\n".encode()


@dataclass(frozen=True)
class Usage:
    """Tokens, and US dollars for what was read and written."""

    prompt_tokens: int
    completion_tokens: int
    prompt_cost: float
    completion_cost: float
    reasoning_tokens: int = 0
    image_tokens: int = 0
    tools: "Tools | None" = None
    file_cost: float = 0.0  # of reading PDFs
    is_byok: bool = False  # then the provider bills what was read and written

    @property
    def upstream_cost(self) -> float:
        return round(self.prompt_cost + self.completion_cost, 12)

    @property
    def cost(self) -> float:
        own = 0.0 if self.is_byok else self.upstream_cost
        return round(own + self.file_cost + (self.tools.cost if self.tools else 0), 12)

    def as_json(self) -> Json:
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.prompt_tokens + self.completion_tokens,
            "cost": self.cost,
            "is_byok": self.is_byok,
            "prompt_tokens_details": {
                "cached_tokens": 0,
                "cache_write_tokens": 0,
                "audio_tokens": 0,
                "video_tokens": 0,
            },
            "cost_details": {
                "upstream_inference_cost": self.upstream_cost,
                "upstream_inference_prompt_cost": self.prompt_cost,
                "upstream_inference_completions_cost": self.completion_cost,
                **({"server_tool_cost": self.tools.cost} if self.tools else {}),
            },
            "completion_tokens_details": {
                "reasoning_tokens": self.reasoning_tokens,
                "image_tokens": self.image_tokens,
                "audio_tokens": 0,
            },
            **(self.tools.as_json() if self.tools else {}),
        }


@dataclass(frozen=True)
class Tools:
    """What OpenRouter's own tools did for an answer, and what they cost in US dollars."""

    cost: float
    calls: int
    searches: int
    names: Sequence[str]  # of the field: the docs call it server_tool_use, the SDK server_tool_use_details

    def as_json(self) -> Json:
        counts = {
            "tool_calls_requested": self.calls,
            "tool_calls_executed": self.calls,
            "web_search_requests": self.searches,
        }
        return dict.fromkeys(self.names, counts)


@dataclass
class Wire:
    """The chunks of one streamed answer."""

    generation_id: str
    created: int
    model: str
    provider: str
    _before_text: bytes = field(init=False, repr=False)
    _after_text: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # Text is nearly all there is: its frame is made once, so that a benchmark measures the product.
        self._before_text, self._after_text = self.chunk({"content": "\0"}).split(b'"\\u0000"')

    def chunk(self, delta: Json, finish_reason: str | None = None, **more: Any) -> bytes:
        logprobs = {"logprobs": more.pop("logprobs")} if "logprobs" in more else {}
        return event(self.frame([self.choice(delta, finish_reason) | logprobs], **more))

    def frame(self, choices: Sequence[Json], **more: Any) -> Json:
        usage = {"usage": more.pop("usage")} if "usage" in more else {}
        return {
            "id": self.generation_id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "provider": self.provider,
            **more,
            "choices": list(choices),
            **usage,
        }

    def choice(self, delta: Json, finish_reason: str | None = None) -> Json:
        native = NATIVE_FINISH.get(finish_reason or "", finish_reason)
        return {
            "index": 0,
            "delta": {"content": "", "role": "assistant", **delta},
            "finish_reason": finish_reason,
            "native_finish_reason": native,
        }

    def text(self, piece: str) -> bytes:
        return self._before_text + compact(piece).encode() + self._after_text

    def reasoning(self, piece: str) -> bytes:
        detail = {"type": "reasoning.text", "text": piece, "format": REASONING_FORMAT, "index": 0}
        return self.chunk({"reasoning": piece, "reasoning_details": [detail]})

    def signature(self, signature: str) -> bytes:
        detail = {"type": "reasoning.text", "signature": signature, "format": REASONING_FORMAT, "index": 0}
        return self.chunk({"reasoning_details": [detail]})

    def detail(self, detail: Json) -> bytes:
        """A part of `reasoning_details`, and what of it can be read."""
        return self.chunk({"reasoning": detail.get("text") or detail.get("summary"), "reasoning_details": [detail]})

    def image(self, url: str, index: int = 0) -> bytes:
        return self.chunk({"images": [image_part(url, index)]})

    def citations(self, annotations: Sequence[Json]) -> bytes:
        return self.chunk({"annotations": list(annotations)})

    def finish(self, reason: str) -> bytes:
        return self.chunk({}, reason)

    def usage(self, usage: Usage, finish_reason: str, shape: str = "now") -> bytes:
        """The last chunk: as it is `now` (repeats the finish), with `empty` choices, or a `null` finish."""
        more: Json = {"service_tier": None, "usage": usage.as_json()}
        if shape == "empty":
            return event(self.frame([], **more))
        return self.chunk({}, None if shape == "null" else finish_reason, **more)

    def error(self, error: Json, finish_reason: str | None = "error", **more: Any) -> bytes:
        """A failure after 200: a chunk with a top-level `error` beside its choice."""
        return self.chunk({}, finish_reason, error=error, **more)

    def completion(self, message: Json, finish_reason: str, usage: Usage | None) -> Json:
        """The answer to a request without `stream`."""
        native = NATIVE_FINISH.get(finish_reason, finish_reason)
        choice = {
            "index": 0,
            "logprobs": None,
            "finish_reason": finish_reason,
            "native_finish_reason": native,
            "message": {"role": "assistant", "refusal": None, "reasoning": None, **message},
        }
        return {
            "id": self.generation_id,
            "object": "chat.completion",
            "created": self.created,
            "model": self.model,
            "provider": self.provider,
            "system_fingerprint": None,
            "service_tier": None,
            "choices": [choice],
            **({} if usage is None else {"usage": usage.as_json()}),
        }


def image_part(url: str, index: int = 0) -> Json:
    return {"type": "image_url", "image_url": {"url": url}, "index": index}


def citation(url: str, title: str, start: int = 0, end: int = 0) -> Json:
    return {
        "type": "url_citation",
        "url_citation": {"url": url, "title": title, "start_index": start, "end_index": end},
    }
