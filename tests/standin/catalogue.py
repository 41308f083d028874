"""The catalogue: models in the full shape of `GET /models`, their providers, and the prices of autumn 2026."""

import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tests.standin.errors import Refused

TUNING = ["frequency_penalty", "presence_penalty", "seed", "stop", "temperature", "top_k", "top_p"]
THINKING = ["include_reasoning", "reasoning", "reasoning_effort"]
TOOLS = ["response_format", "structured_outputs", "tool_choice", "tools"]
ROUTING_SUFFIXES = (":nitro", ":floor", ":exacto", ":online", ":extended", ":thinking")
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
    alias_of: str | None = None
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
            item["alias_target"] = {"name": BY_ID[self.alias_of].name, "slug": self.alias_of}
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


def enum(*values: str) -> dict[str, Any]:
    return {"type": "enum", "values": list(values)}


GEMINI_FLASH = Model(
    "google/gemini-3.7-flash",
    "Google: Gemini 3.7 Flash",
    "google/gemini-3.7-flash-20260901",
    "A quick all-rounder that reads text, pictures, sound and film.",
    "0.000000375",
    "0.000001875",
    1048576,
    65536,
    MODALITY_ORDER,
    tokenizer="Gemini",
    provider="Google AI Studio",
    more_prices={"image": "0.000000375", "internal_reasoning": "0.000001875", "web_search": "0.014"},
    reasoning={"mandatory": True, "default_effort": "medium", "supported_efforts": ["high", "medium", "low"]},
)

MODELS = (
    GEMINI_FLASH,
    Model(
        "~google/gemini-flash-latest",
        "Google Gemini Flash Latest",
        "~google/gemini-flash-latest",
        "Always the newest Gemini Flash.",
        "0.000000375",
        "0.000001875",
        1048576,
        65536,
        MODALITY_ORDER,
        tokenizer="Router",
        provider="Google AI Studio",
        more_prices=GEMINI_FLASH.more_prices,
        reasoning=GEMINI_FLASH.reasoning,
        alias_of=GEMINI_FLASH.id,
    ),
    Model(
        "anthropic/claude-sonnet-5",
        "Anthropic: Claude Sonnet 5",
        "anthropic/claude-sonnet-5-20260630",
        "A careful writer and programmer with a very long memory.",
        "0.000002",
        "0.00001",
        1000000,
        128000,
        ("text", "image", "file"),
        tokenizer="Claude",
        provider="Anthropic",
        more_prices={"input_cache_read": "0.0000002", "input_cache_write": "0.0000025", "web_search": "0.01"},
        reasoning={
            "mandatory": False,
            "default_effort": "high",
            "supported_efforts": ["high", "medium", "low"],
        },
        moderated=True,
    ),
    Model(
        "anthropic/claude-haiku-4.5",
        "Anthropic: Claude Haiku 4.5",
        "anthropic/claude-4.5-haiku-20251001",
        "Small and fast, and it still sees pictures.",
        "0.000001",
        "0.000005",
        200000,
        64000,
        ("text", "image", "file"),
        tokenizer="Claude",
        provider="Amazon Bedrock",
        keeps_nothing=True,
        more_prices={"input_cache_read": "0.0000001", "input_cache_write": "0.00000125"},
        reasoning={"mandatory": False},
        moderated=True,
    ),
    Model(
        "openai/gpt-5.4-mini",
        "OpenAI: GPT-5.4 Mini",
        "openai/gpt-5.4-mini-20260317",
        "A middle-sized model for everyday questions, text and pictures.",
        "0.00000075",
        "0.0000045",
        400000,
        128000,
        ("text", "image", "file"),
        tokenizer="GPT",
        provider="OpenAI",
        more_prices={"input_cache_read": "0.000000075", "web_search": "0.01"},
        reasoning={
            "mandatory": False,
            "default_effort": "medium",
            "supported_efforts": ["high", "medium", "low"],
        },
        moderated=True,
    ),
    Model(
        "x-ai/grok-4.5",
        "SpaceXAI: Grok 4.5",
        "x-ai/grok-4.5-20260708",
        "Thinks before it speaks; costs more once a prompt passes 200,000 tokens.",
        "0.000002",
        "0.000006",
        500000,
        None,
        ("text", "image", "file"),
        tokenizer="Grok",
        provider="xAI",
        more_prices={
            "input_cache_read": "0.0000003",
            "overrides": [{"min_prompt_tokens": 200000, "prompt": "0.000004", "completion": "0.000012"}],
        },
        reasoning={
            "mandatory": True,
            "default_effort": "high",
            "supported_efforts": ["high", "medium", "low"],
        },
    ),
    Model(
        "deepseek/deepseek-v4-flash-0731",
        "DeepSeek: DeepSeek V4 Flash 0731",
        "deepseek/deepseek-v4-flash-20260731",
        "Text only, very cheap, good at long reasoning.",
        "0.00000014",
        "0.00000028",
        1048576,
        393216,
        tokenizer="DeepSeek",
        characters_per_token=3,
        provider="DeepSeek",
        more_prices={"input_cache_read": "0.000000028"},
        reasoning={"mandatory": False, "default_effort": "high", "supported_efforts": ["max", "high", "low"]},
    ),
    Model(
        "meta-llama/llama-3.3-70b-instruct",
        "Meta: Llama 3.3 70B Instruct",
        "meta-llama/llama-3.3-70b-instruct",
        "An open model for text only, without reasoning.",
        "0.0000001",
        "0.00000032",
        131072,
        16384,
        tokenizer="Llama3",
        provider="DeepInfra",
        expires="2100-12-31",
        keeps_nothing=True,
    ),
    Model(
        "mistralai/mistral-small-3.2-24b-instruct",
        "Mistral: Mistral Small 3.2 24B",
        "mistralai/mistral-small-3.2-24b-instruct-2506",
        "A small open model that sees pictures.",
        "0.00000009375",
        "0.00000025",
        256000,
        16384,
        ("image", "text"),
        tokenizer="Mistral",
        characters_per_token=5,
        provider="Mistral",
    ),
    Model(
        "google/gemma-4-31b-it:free",
        "Google: Gemma 4 31B (free)",
        "google/gemma-4-31b-it-20260402",
        "Free of charge, with a daily limit; sees pictures.",
        "0",
        "0",
        262144,
        32768,
        ("image", "text", "video"),
        tokenizer="Gemma",
        provider="Google AI Studio",
        reasoning={"mandatory": False, "default_enabled": False},
    ),
    Model(
        "openai/gpt-oss-20b:free",
        "OpenAI: gpt-oss-20b (free)",
        "openai/gpt-oss-20b",
        "Free of charge, text only, always reasons.",
        "0",
        "0",
        131072,
        32768,
        tokenizer="GPT",
        provider="OpenInference",
        reasoning={
            "mandatory": True,
            "default_effort": "medium",
            "supported_efforts": ["high", "medium", "low"],
        },
    ),
    Model(
        "google/gemini-2.5-flash-image",
        "Google: Nano Banana (Gemini 2.5 Flash Image)",
        "google/gemini-2.5-flash-image",
        "Draws and edits pictures as well as talking about them.",
        "0.0000003",
        "0.0000025",
        32768,
        8192,
        ("image", "text"),
        ("image", "text"),
        tokenizer="Gemini",
        provider="Google",
        more_prices={"image": "0.0000003", "image_output": "0.00003"},
        tools=False,
        image_options={"aspect_ratio": enum("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")},
    ),
    Model(
        "black-forest-labs/flux.2-pro",
        "Black Forest Labs: FLUX.2 Pro",
        "black-forest-labs/flux.2-pro",
        "Makes images from words and other images, and writes nothing.",
        "0",
        "0",
        46864,
        None,
        ("text", "image"),
        ("image",),
        provider="Black Forest Labs",
        more_prices={"image_output": "0.00000732421875"},
        tools=False,
        image_options={
            "resolution": enum("512", "1K", "2K"),
            "aspect_ratio": enum("1:1", "16:9", "9:16"),
            "output_format": enum("png", "jpeg"),
            "output_compression": {"type": "range", "min": 0, "max": 100},
            "seed": {"type": "boolean"},
        },
    ),
    Model(
        "openai/text-embedding-3-small",
        "OpenAI: Text Embedding 3 Small",
        "openai/text-embedding-3-small",
        "Makes vectors of texts: nothing to chat with.",
        "0.00000002",
        "0",
        8192,
        None,
        outputs=("embeddings",),
        provider="OpenAI",
        tools=False,
    ),
    Model(
        "openai/whisper-1",
        "OpenAI: Whisper 1",
        "openai/whisper-1",
        "Writes down what is said; its price is for a second.",
        "0.0001",
        "0",
        0,
        None,
        ("audio",),
        ("transcription",),
        provider="OpenAI",
        tools=False,
    ),
    Model(
        "openai/gpt-4o-transcribe",
        "OpenAI: GPT-4o Transcribe",
        "openai/gpt-4o-transcribe",
        "Writes down what is said; its price is for tokens.",
        "0.0000025",
        "0.00001",
        128000,
        None,
        ("audio",),
        ("transcription",),
        provider="OpenAI",
        tools=False,
    ),
    Model(
        "hexgrad/kokoro-82m",
        "Hexgrad: Kokoro 82M",
        "hexgrad/kokoro-82m",
        "A small open model that reads aloud; its price is for a character.",
        "0.00000062",
        "0",
        4096,
        None,
        outputs=("speech",),
        provider="DeepInfra",
        tools=False,
        voices=("af_bella", "bm_george"),
    ),
    Model(
        "openai/gpt-4o-mini-tts-2025-12-15",
        "OpenAI: GPT-4o Mini TTS",
        "openai/gpt-4o-mini-tts-2025-12-15",
        "Reads aloud; its prices are for tokens.",
        "0.0000006",
        "0.000012",
        4096,
        None,
        outputs=("speech",),
        provider="OpenAI",
        tools=False,
        voices=("alloy", "nova"),
    ),
    Model(
        "google/gemini-3.1-flash-tts-preview",
        "Google: Gemini 3.1 Flash TTS Preview",
        "google/gemini-3.1-flash-tts-preview",
        "Reads aloud, and sends bare samples only.",
        "0.000001",
        "0.00002",
        8192,
        None,
        outputs=("speech",),
        provider="Google AI Studio",
        tools=False,
        voices=("Puck", "Zephyr"),
        formats=("pcm",),
    ),
    Model(
        "openrouter/auto",
        "Auto Router",
        "openrouter/auto",
        "Reads the question and sends it to whichever model suits it.",
        "-1",
        "-1",
        2000000,
        None,
        MODALITY_ORDER,
        ("text", "image"),
        tokenizer="Router",
    ),
)
BY_ID = {model.id: model for model in MODELS}


def listing(output_modalities: str = "", *, without: Collection[str] = ()) -> dict[str, Any]:
    """The list, by default of models that write text, as OpenRouter does; "all" has every one."""
    wanted = set((output_modalities or "text").split(","))
    models = [model for model in MODELS if "all" in wanted or wanted & set(model.outputs)]
    items = [model.item() for model in models if model.id not in without]
    return {"data": items, "total_count": len(items), "links": {"next": None}}


def endpoints_of(model_id: str, *, with_speed: bool) -> dict[str, Any]:
    """What `GET /models/{author}/{slug}/endpoints` says. Refuses a model that does not exist."""
    model = BY_ID.get(model_id) or next((each for each in MODELS if each.canonical_slug == model_id), None)
    if model is None:
        raise Refused(404, "route")
    item = model.item()
    kept = {name: item[name] for name in ("id", "name", "created", "description", "architecture")}
    return {"data": {**kept, "endpoints": model.endpoints(with_speed=with_speed)}}


def zero_retention() -> dict[str, Any]:
    """What `GET /endpoints/zdr` says: the providers that keep nothing of what they are sent."""
    return {"data": [model.endpoints(with_speed=False)[0] for model in MODELS if model.keeps_nothing]}


def image_models() -> dict[str, Any]:
    """What `GET /images/models` says: models that make images, with the options of their images."""
    return {"data": [_image_model(model) for model in MODELS if model.image_options is not None]}


def _image_model(model: Model) -> dict[str, Any]:
    item = model.item()
    return {
        **{name: item[name] for name in ("id", "name", "description", "created")},
        "architecture": {"input_modalities": list(model.inputs), "output_modalities": list(model.outputs)},
        "supported_parameters": dict(model.image_options or {}),
        "supports_streaming": False,
        "endpoints": f"/api/v1/images/models/{model.id}/endpoints",
    }


def preset_item(slug: str) -> dict[str, Any]:
    """A preset as `GET /presets` lists it."""
    return {
        "id": str(uuid5(NAMESPACE_URL, slug)),
        "creator_user_id": None,
        "workspace_id": None,
        "name": slug,
        "slug": slug,
        "description": None,
        "status": "active",
        "designated_version_id": str(uuid5(NAMESPACE_URL, f"{slug}/1")),
        "created_at": "2026-04-20T10:00:00Z",
        "updated_at": "2026-04-20T10:00:00Z",
        "status_updated_at": None,
    }


def percentiles(middle: float) -> dict[str, float]:
    return {"p50": middle, "p75": middle * 1.3, "p90": middle * 1.8, "p99": middle * 4}


def named(model_id: object, *, presets: Collection[str] = ()) -> Model:
    """The model that a request asks for, routing suffixes aside, or that of a preset. Refuses what does not exist.

    A request that names none gets the default model of the person's account.
    """
    if model_id is None:
        return GEMINI_FLASH
    bare = str(model_id)
    if bare in {f"@preset/{slug}" for slug in presets}:
        return GEMINI_FLASH
    for suffix in ROUTING_SUFFIXES:
        bare = bare.removesuffix(suffix)
    if bare not in BY_ID:
        raise Refused(400, "model", model=model_id)
    return BY_ID[bare]


def answering(model: Model) -> Model:
    """The model that does the work: an alias and the router pass a request on."""
    if model.id == "openrouter/auto":
        return GEMINI_FLASH
    return BY_ID[model.alias_of] if model.alias_of else model


def _joined(modalities: Sequence[str]) -> str:
    return "+".join(name for name in MODALITY_ORDER if name in modalities)
