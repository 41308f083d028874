"""One model: what the lists of OpenRouter say about it and its providers, and what it costs."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TUNING = ["frequency_penalty", "presence_penalty", "seed", "stop", "temperature", "top_k", "top_p"]
THINKING = ["include_reasoning", "reasoning", "reasoning_effort"]
TOOLS = ["response_format", "structured_outputs", "tool_choice", "tools"]
MODALITY_ORDER = ("text", "image", "file", "audio", "video")


@dataclass(frozen=True)
class Model:
    """Prices are US dollars a token, as decimal strings; "-1" means that a router decides."""

    id: str
    name: str
    canonical_slug: str
    description: str
    prompt: str
    completion: str
    context_length: int = 131072
    max_completion_tokens: int | None = 32768
    inputs: Sequence[str] = ("text",)
    outputs: Sequence[str] = ("text",)
    tokenizer: str = "Other"
    provider: str = "StandIn"
    more_prices: Mapping[str, Any] | None = None
    reasoning: Mapping[str, Any] | None = None
    tools: bool = True
    moderated: bool = False
    alias_of: "Model | None" = None
    expires: str | None = None
    characters_per_token: int = 4  # of text that it reads
    keeps_nothing: bool = False  # its first provider has zero data retention
    image_options: Mapping[str, Any] | None = None  # of images that it makes, as `GET /images/models` describes them
    voices: Sequence[str] = ()
    formats: Sequence[str] = ("mp3", "pcm")  # of what it says

    @property
    def sees(self) -> bool:
        return "image" in self.inputs

    @property
    def paints(self) -> bool:
        return "image" in self.outputs

    @property
    def is_free(self) -> bool:
        return self.prompt == self.completion == "0"

    def cost(self, prompt_tokens: int, completion_tokens: int) -> tuple[float, float]:
        """US dollars for what was read and what was written."""
        return (
            round(prompt_tokens * max(0.0, float(self.prompt)), 12),
            round(completion_tokens * max(0.0, float(self.completion)), 12),
        )

    def item(self) -> dict[str, Any]:
        """The model as `GET /models` lists it. Absent keys are as common there as here."""
        item: dict[str, Any] = {
            "id": self.id,
            "canonical_slug": self.canonical_slug,
            "hugging_face_id": None,
            "name": self.name,
            "created": 1750000000 + zlib.crc32(self.id.encode()) % 40_000_000,
            "description": self.description,
            "context_length": self.context_length,
            "architecture": {
                "modality": f"{_joined(self.inputs)}->{_joined(self.outputs)}",
                "input_modalities": list(self.inputs),
                "output_modalities": list(self.outputs),
                "tokenizer": self.tokenizer,
                "instruct_type": None,
            },
            "pricing": {"prompt": self.prompt, "completion": self.completion, **(self.more_prices or {})},
            "top_provider": {
                "context_length": self.context_length if self.max_completion_tokens else None,
                "max_completion_tokens": self.max_completion_tokens,
                "is_moderated": self.moderated,
            },
            "per_request_limits": None,
            "supported_parameters": self._parameters(),
            "supported_voices": list(self.voices) or None,
            "default_parameters": {"temperature": 1 if self.tools else None, "top_p": None, "frequency_penalty": None},
            "knowledge_cutoff": None,
            "expiration_date": self.expires,
            "links": {"details": f"/api/v1/models/{self.canonical_slug}/endpoints"},
        }
        if self.reasoning is not None:
            item["reasoning"] = dict(self.reasoning)
        if self.alias_of is not None:
            item["alias_target"] = {"name": self.alias_of.name, "slug": self.alias_of.id}
        return item

    def endpoints(self, *, with_speed: bool) -> list[dict[str, Any]]:
        """Who provides it, in the shape of `GET /models/{author}/{slug}/endpoints`; speeds only for a valid key."""
        providers = [self.provider] if self.is_free or self.tokenizer == "Router" else [self.provider, "Second Source"]
        return [self._endpoint(name, place, with_speed) for place, name in enumerate(providers)]

    def _endpoint(self, provider: str, place: int, with_speed: bool) -> dict[str, Any]:
        return {
            "name": f"{provider} | {self.canonical_slug}",
            "model_id": self.canonical_slug,
            "model_name": self.name,
            "context_length": self.context_length,
            "pricing": {"prompt": self.prompt, "completion": self.completion, "discount": 0},
            "provider_name": provider,
            "tag": f"{provider.lower().replace(' ', '-')}{'/fp8' if place else ''}",
            "quantization": "fp8" if place else "unknown",
            "max_completion_tokens": self.max_completion_tokens,
            "max_prompt_tokens": None,
            "supported_parameters": self._parameters(),
            "supports_implicit_caching": False,
            "status": 0,
            "uptime_last_5m": None,
            "uptime_last_30m": 99.86 if not place else None,
            "uptime_last_1d": 99.5,
            "latency_last_30m": percentiles(640 + 200 * place) if with_speed else None,
            "throughput_last_30m": percentiles(84 - 30 * place) if with_speed else None,
        }

    def _parameters(self) -> list[str]:
        names = ["max_tokens", *TUNING]
        names += THINKING if self.reasoning is not None else []
        names += TOOLS if self.tools else []
        return sorted(names)


def percentiles(middle: float) -> dict[str, float]:
    return {"p50": middle, "p75": middle * 1.3, "p90": middle * 1.8, "p99": middle * 4}


def _joined(modalities: Sequence[str]) -> str:
    return "+".join(name for name in MODALITY_ORDER if name in modalities)
