"""What the cost of an answer consists of, as far as OpenRouter says it: tools, searches, the provider's own bill.

Source: OpenRouter's OpenAPI, `CostDetails` and `ServerToolUseDetails`. The docs still call the latter
`server_tool_use`, and some answers have both.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from chat.openrouter.json_fields import as_decimal, as_int, as_object


@dataclass(frozen=True, slots=True)
class CostDetails:
    """Parts of a cost, by OpenRouter's names. Costs are in US dollars; None is unknown.

    With `is_byok`, the provider bills the upstream cost to the person's own account there.
    """

    is_byok: bool | None = None  # "bring your own key"
    upstream_inference_cost: Decimal | None = None
    upstream_inference_prompt_cost: Decimal | None = None
    upstream_inference_completions_cost: Decimal | None = None
    server_tool_cost: Decimal | None = None
    tool_calls_requested: int | None = None
    tool_calls_executed: int | None = None
    web_search_requests: int | None = None  # some of them are tool calls, too
    image_tokens: int | None = None  # of the output; 0 is None

    @classmethod
    def read(cls, known: Mapping[str, Any]) -> "CostDetails":
        """Read the parts of a cost from what `as_json` returned, or from foreign JSON of the same shape."""
        return cls(
            is_byok=_as_bool(known.get("is_byok")),
            upstream_inference_cost=_as_dollars(known.get("upstream_inference_cost")),
            upstream_inference_prompt_cost=_as_dollars(known.get("upstream_inference_prompt_cost")),
            upstream_inference_completions_cost=_as_dollars(known.get("upstream_inference_completions_cost")),
            server_tool_cost=_as_dollars(known.get("server_tool_cost")),
            tool_calls_requested=_as_count(known.get("tool_calls_requested")),
            tool_calls_executed=_as_count(known.get("tool_calls_executed")),
            web_search_requests=_as_count(known.get("web_search_requests")),
            image_tokens=_as_count(known.get("image_tokens")) or None,
        )

    def __add__(self, other: "CostDetails") -> "CostDetails":
        """Add the parts of two requests; what only one of them knows counts as all there is."""
        sums: dict[str, Any] = {}
        for name in (each.name for each in fields(self)):
            values = [value for value in (getattr(self, name), getattr(other, name)) if value is not None]
            if values:
                sums[name] = any(values) if name == "is_byok" else sum(values)
        return CostDetails(**sums)

    def as_json(self) -> dict[str, Any]:
        """The known parts, by name. Dollars are strings, so that nothing rounds them."""
        values = ((each.name, getattr(self, each.name)) for each in fields(self))
        return {name: _as_json(value) for name, value in values if value is not None}


def read_cost_details(usage: Mapping[str, Any]) -> CostDetails:
    """Read the parts of a cost from the usage of an answer, where any field may be missing or of another type."""
    places = ("cost_details", "server_tool_use", "server_tool_use_details", "completion_tokens_details")
    found = [{"is_byok": usage.get("is_byok")}, *(as_object(usage.get(place)) for place in places)]
    return CostDetails.read({name: value for each in found for name, value in each.items() if value is not None})


def _as_json(value: object) -> object:
    return f"{value:f}" if isinstance(value, Decimal) else value


def _as_bool(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _as_dollars(value: object) -> Decimal | None:
    amount = as_decimal(value)
    return amount if amount is not None and amount >= 0 else None


def _as_count(value: object) -> int | None:
    count = as_int(value)
    return count if count is not None and count >= 0 else None
