"""Puts the settings of a chat into the body of a request, leaving out what the model does not support."""

from collections.abc import Callable, Mapping
from typing import Any

from chat.openrouter import Model, ReasoningSupport
from chat.openrouter.json_fields import problem_of_text
from chat.parameters.definitions import PARAMETERS
from chat.parameters.definitions.files import OCR
from chat.parameters.definitions.routing import MOST_FALLBACKS
from chat.parameters.schema import Body, Parameter, put

Settings = Mapping[str, Any]  # values by the names of parameters; those that are not set are missing

# Makers whose models cache a prompt only if told to; others do it by themselves.
CACHING_ON_REQUEST = frozenset({"anthropic", "google", "qwen", "alibaba"})

# What the list of models that make images calls the settings for images, and the sizes among their values.
IMAGE_OPTIONS = {
    "image_aspect_ratio": "aspect_ratio",
    "image_size": "resolution",
    "image_quality": "quality",
    "image_background": "background",
    "image_format": "output_format",
}
IMAGE_SIZES = {"0.5K": "512"}

# Settings for which the Responses API has no field (chat/openrouter/answers/responses_body.py).
NOT_IN_RESPONSES = frozenset(
    {"stop", "seed", "logit_bias", "min_p", "top_a", "repetition_penalty", "reasoning_exclude"}
)


def add_settings(body: Body, settings: Settings, model: Model | None) -> None:
    """Add to `body` all settings that are sent to `model`; None is a model that is not in the list."""
    for name, value in sent_settings(settings, model).items():
        parameter = PARAMETERS[name]
        if add := SPECIAL.get(name):
            add(body, value, settings)
        elif parameter.path:
            put(body, parameter.path, value)


def sent_settings(settings: Settings, model: Model | None) -> dict[str, Any]:
    """The settings that are sent: all that are set and known, without those that the model does not use."""
    unused = unused_settings(settings, model)
    return {name: value for name, value in settings.items() if name in PARAMETERS and name not in unused}


def unused_settings(settings: Settings, model: Model | None) -> list[str]:
    """The names of settings that are set and not sent: the model or the API has no use for them."""
    known = [(name, value) for name, value in settings.items() if name in PARAMETERS]
    homeless = NOT_IN_RESPONSES if settings.get("transport") == "responses" else frozenset()
    sends_all = settings.get("send_unsupported")
    return [name for name, value in known if name in homeless or not (sends_all or is_supported(name, value, model))]


def is_supported(name: str, value: Any, model: Model | None) -> bool:
    """Whether the model uses a parameter, with this value. Of routers and unknown models that is assumed."""
    if model and name in IMAGE_OPTIONS and model.maker != "openrouter":
        return model.draws_images and _has_image_option(IMAGE_OPTIONS[name], value, model)
    if model is None or not model.supported_parameters or model.maker == "openrouter":
        return True
    if name == "response_format" and value == "text":
        return True
    if name == "response_format" and value == "json_schema":
        return "structured_outputs" in model.supported_parameters
    if name == "reasoning_effort" and value and model.reasoning:
        return _takes_effort(value, model.reasoning)
    if name == "pdf_engine":
        return value != "native" or model.reads_files
    if name == "cache_control":
        return model.maker in CACHING_ON_REQUEST
    supported_by = PARAMETERS[name].supported_by
    return not supported_by or any(each in model.supported_parameters for each in supported_by)


def _has_image_option(option: str, value: Any, model: Model) -> bool:
    """Whether the model has it with this value; without one, with any. Where that is not known it may have all."""
    if model.image_options is None:
        return True
    values = {each for name, each in model.image_options if name == option}
    return IMAGE_SIZES.get(value, value) in values if value else bool(values)


def _takes_effort(effort: str, reasoning: ReasoningSupport) -> bool:
    if effort == "none" and reasoning.is_mandatory:
        return False
    return effort == "none" or reasoning.supported_efforts is None or effort in reasoning.supported_efforts


def fallback_models(settings: Settings) -> list[str]:
    """The models that are tried if the chosen one can't answer. What was stored in the past may have more."""
    return list(settings.get("models", ())[:MOST_FALLBACKS])


def summary(settings: Settings) -> list[str]:
    """What departs from the defaults, in a few words each."""
    ordered = [name for name in PARAMETERS if name in settings and name not in ("json_schema", "send_unsupported")]
    return [PARAMETERS[name].summarize(settings[name]) for name in ordered]


def clean_settings(values: object) -> dict[str, Any]:
    """What is valid of stored or imported settings, as the form would have stored it. Schemas are not looked into."""
    found = values if isinstance(values, dict) else {}
    cleaned = {name: _cleaned(PARAMETERS[name], found.get(name)) for name in PARAMETERS}
    if cleaned["reasoning_effort"]:  # either an effort or a budget
        cleaned["reasoning_max_tokens"] = None
    if cleaned["response_format"] == "json_schema" and not cleaned["json_schema"]:
        cleaned["response_format"] = None
    return {name: value for name, value in cleaned.items() if value is not None}


def _cleaned(parameter: Parameter, value: Any) -> Any:
    """The value if it is valid; None for any other, whatever a file may have in its place."""
    try:
        cleaned = None if value is None else parameter.clean(value)
    except Exception:
        return None
    return None if problem_of_text(cleaned) else cleaned


# --- Parameters with a form of their own -----------------------------------------------------------


def _models(body: Body, value: list[str], settings: Settings) -> None:
    body["models"] = fallback_models(settings)


def _response_format(body: Body, value: str, settings: Settings) -> None:
    if value == "json_schema" and "json_schema" in settings:
        body["response_format"] = {"type": "json_schema", "json_schema": settings["json_schema"]}
    elif value == "json_object":
        body["response_format"] = {"type": "json_object"}


def _context_compression(body: Body, value: bool, settings: Settings) -> None:
    body["plugins"] = [{"id": "context-compression", "enabled": value}]


def add_pdf_engine(body: Body, settings: Settings, model: Model | None) -> None:
    """Say what is to read the PDFs of the request, if the chat's settings do."""
    if "pdf_engine" in sent_settings(settings, model):
        plugin = {"id": "file-parser", "pdf": {"engine": settings["pdf_engine"]}}
        body["plugins"] = [*body.get("plugins", []), plugin]


def reads_by_ocr(settings: Settings, model: Model | None) -> bool:
    """Whether PDFs are read by OCR, which costs something for each page: what OpenRouter does for most models."""
    engine = sent_settings(settings, model).get("pdf_engine")
    return engine == OCR or (engine is None and not (model and model.reads_files))


def _top_logprobs(body: Body, value: int, settings: Settings) -> None:
    body["logprobs"] = True
    body["top_logprobs"] = value


def _cache_control(body: Body, value: str, settings: Settings) -> None:
    body["cache_control"] = {"type": "ephemeral", "ttl": value}


def _nothing(body: Body, value: Any, settings: Settings) -> None:
    """It is a part of the messages, or of another parameter, or tells this site what to send."""


SPECIAL: dict[str, Callable[[Body, Any, Settings], None]] = {
    "system": _nothing,
    "prefill": _nothing,
    "max_completion_tokens": _nothing,
    "json_schema": _nothing,
    "tools": _nothing,
    "tool_choice": _nothing,
    "parallel_tool_calls": _nothing,
    "web_search": _nothing,
    "web_search_engine": _nothing,
    "web_search_max_results": _nothing,
    "web_search_max_uses": _nothing,
    "web_search_context_size": _nothing,
    "web_allowed_domains": _nothing,
    "web_excluded_domains": _nothing,
    "web_fetch": _nothing,
    "datetime": _nothing,
    "send_unsupported": _nothing,
    "pdf_engine": _nothing,
    "transport": _nothing,
    "models": _models,
    "response_format": _response_format,
    "top_logprobs": _top_logprobs,
    "context_compression": _context_compression,
    "cache_control": _cache_control,
}
