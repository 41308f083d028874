"""Says what the cost of an answer consists of: input and output, tools, and what the provider bills itself."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chat import formats
from chat.openrouter import CostDetails


def cost_parts(cost: Decimal | None, details: dict[str, Any] | None) -> list[str]:
    """The parts in words, with amounts as OpenRouter gave them. `details` are a reply's `cost_details`."""
    known = CostDetails.read(details or {})
    return [*_tools(known), *_tokens(cost, known), *_images(known), *_billed_by_provider(known)]


def _tools(known: CostDetails) -> Iterator[str]:
    uses = ", ".join(_uses(known))
    if not known.server_tool_cost:
        yield from [uses] if uses else []
    elif uses:
        yield _("including %(cost)s for tools (%(uses)s)") % {
            "cost": formats.money(known.server_tool_cost),
            "uses": uses,
        }
    else:
        yield _("including %(cost)s for tools") % {"cost": formats.money(known.server_tool_cost)}


def _uses(known: CostDetails) -> Iterator[str]:
    """A search may be counted as a tool call, too, or not: the two are never summed."""
    calls = max(known.tool_calls_executed or 0, known.tool_calls_requested or 0)
    searches = known.web_search_requests or 0
    if calls > searches:
        yield ngettext("%(count)s tool call", "%(count)s tool calls", calls) % {"count": formats.number(calls)}
    if searches:
        yield ngettext("%(count)s web search", "%(count)s web searches", searches) % {"count": formats.number(searches)}


def _tokens(cost: Decimal | None, known: CostDetails) -> Iterator[str]:
    """Only beside tools, and only where these are all that was charged: with a discount they would not add up."""
    prompt, completion = known.upstream_inference_prompt_cost, known.upstream_inference_completions_cost
    if prompt and completion and known.server_tool_cost and prompt + completion + known.server_tool_cost == cost:
        amounts = {"input": formats.money(prompt), "output": formats.money(completion)}
        yield _("%(input)s for input, %(output)s for output") % amounts


def _images(known: CostDetails) -> Iterator[str]:
    if known.image_tokens:
        yield _("%(count)s of the output tokens for images") % {"count": formats.number(known.image_tokens)}


def _billed_by_provider(known: CostDetails) -> Iterator[str]:
    if not known.is_byok:
        return
    if known.upstream_inference_cost is None:
        yield _("the provider bills the rest to your own key there")
    else:
        cost = formats.money(known.upstream_inference_cost)
        yield _("the provider bills %(cost)s to your own key there") % {"cost": cost}
