"""What `GET /tools` says: OpenRouter's own tools, their engines and prices. Source: SDK and docs, autumn 2026."""

from typing import Any

Json = dict[str, Any]

FORMATS = ["responses", "chat-completions", "anthropic-messages"]


def listing() -> Json:
    return {"data": TOOLS, "links": {"next": None}, "total_count": len(TOOLS)}


def _tool(id_: str, name: str, engines: list[Json], **more: Any) -> Json:
    return {
        "id": id_,
        "name": name,
        "summary": f"{name}.",
        "tool_description": f"{name} for a model.",
        "status": "active",
        "aliases": [{"type": id_, "api_formats": FORMATS, "output_names": []}],
        "supported_api_formats": FORMATS,
        "docs_url": "https://openrouter.ai/docs/guides/features/server-tools",
        "default_engine": None,
        "fallback_engine": None,
        "engines": engines,
        "native_support": {"endpoint_count": 0, "model_count": 0},
        "input_schema": {"type": "object", "properties": {}},
        "output_schema": None,
        "parameters_schema": {"type": "object", "properties": {}},
        **more,
    }


def _engine(id_: str | None, name: str, *pricing: Json, **more: Any) -> Json:
    return {
        "id": id_,
        "name": name,
        "byok": "none",
        "executed_by": "openrouter",
        "data_regions": ["global"],
        "default_mode": None,
        "pricing": list(pricing),
        "pricing_doc_url": None,
        "pricing_source": "openrouter" if pricing else "none",
        **more,
    }


def _price(price: str, mode: str | None = None) -> Json:
    return {"unit": "request", "price": price, "mode": mode, "max_units_per_call": 1}


MORE_RESULTS = {"unit": "additional_result", "price": "0.001", "mode": None, "max_units_per_call": 15}
NATIVE = _engine(
    "native",
    "Native",
    executed_by="provider",
    pricing_source="provider",
    pricing_doc_url="https://openrouter.ai/docs/guides/features/server-tools/web-search",
)
FIRECRAWL = _engine("firecrawl", "Firecrawl", byok="required", pricing_source="byok")

TOOLS = [
    _tool(
        "openrouter:web_search",
        "Web search",
        [
            NATIVE,
            _engine(
                "exa",
                "Exa",
                *(_price("0.007", mode) for mode in ("instant", "fast", "auto")),
                *(_price("0.012", mode) for mode in ("deep-lite", "deep")),
                _price("0.015", "deep-reasoning"),
                MORE_RESULTS,
                default_mode="auto",
            ),
            _engine(
                "parallel",
                "Parallel",
                *(_price("0.001", mode) for mode in ("turbo", "fast")),
                *(_price("0.005", mode) for mode in ("basic", "advanced")),
                MORE_RESULTS,
                default_mode="basic",
            ),
            _engine("perplexity", "Perplexity", _price("0.005")),
            FIRECRAWL,
        ],
        default_engine="native",
        fallback_engine="exa",
        native_support={"endpoint_count": 61, "model_count": 48},
    ),
    _tool(
        "openrouter:web_fetch",
        "Web fetch",
        [
            NATIVE,
            _engine("exa", "Exa", _price("0.001")),
            _engine("openrouter", "OpenRouter"),
            _engine("parallel", "Parallel", _price("0.001")),
            FIRECRAWL,
        ],
        default_engine="native",
        fallback_engine="exa",
    ),
    _tool("openrouter:datetime", "Datetime", [_engine(None, "OpenRouter")]),
]
