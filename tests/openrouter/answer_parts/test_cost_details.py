"""What a cost consists of, from usage in which any field may be missing or of another type."""

import json
from decimal import Decimal

import pytest

from chat.openrouter.answer_parts.cost_details import CostDetails, read_cost_details
from chat.openrouter.json_fields import read_json

COUNTS = {"tool_calls_requested": 3, "tool_calls_executed": 2, "web_search_requests": 1}
COUNTED = CostDetails(tool_calls_requested=3, tool_calls_executed=2, web_search_requests=1)


@pytest.mark.parametrize("name", ["server_tool_use", "server_tool_use_details"])
def test_tools_are_counted_under_both_names(name):
    assert read_cost_details({name: COUNTS}) == COUNTED
    assert read_cost_details({"server_tool_use": None, "server_tool_use_details": None, name: COUNTS}) == COUNTED


def test_what_one_name_leaves_open_is_taken_from_the_other():
    usage = {"server_tool_use": COUNTS, "server_tool_use_details": dict.fromkeys(COUNTS)}

    assert read_cost_details(usage) == COUNTED


def test_dollars_are_as_they_were_sent_and_read_back_the_same():
    sent = '{"is_byok": true, "cost_details": {"upstream_inference_cost": 0.000001234567, "server_tool_cost": "0.02",\
        "upstream_inference_prompt_cost": 8.4e-6, "upstream_inference_completions_cost": 0}}'
    details = read_cost_details(read_json(sent))

    assert details.upstream_inference_cost == Decimal("0.000001234567")
    assert details.as_json() == {
        "is_byok": True,
        "upstream_inference_cost": "0.000001234567",
        "upstream_inference_prompt_cost": "0.0000084",
        "upstream_inference_completions_cost": "0",
        "server_tool_cost": "0.02",
    }
    assert CostDetails.read(json.loads(json.dumps(details.as_json()))) == details


@pytest.mark.parametrize("odd", [None, "x", -1, True, [1], {"a": 1}, float("nan"), 10**400, "1e999"])
def test_what_is_no_amount_is_unknown(odd):
    names = CostDetails.__dataclass_fields__
    nothing = CostDetails(is_byok=True) if odd is True else CostDetails()

    assert CostDetails.read(dict.fromkeys(names, odd)) == nothing
    assert (
        read_cost_details({"cost_details": odd, "server_tool_use": odd, "server_tool_use_details": odd})
        == CostDetails()
    )
    assert CostDetails().as_json() == {}
