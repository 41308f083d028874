"""Tool calls are put together from fragments in all forms that providers are known to send."""

from typing import Any

import pytest

from chat.openrouter.answer_parts.tool_calls import ToolCalls

NAMES = ("add", "divide")


def fragment(index: int | None = None, id_: str = "", **function: str) -> dict[str, Any]:
    place: dict[str, Any] = {} if index is None else {"index": index}
    return place | ({"id": id_} if id_ else {}) | {"function": function}


def pieces(arguments: str = '{"a": 1}') -> list[dict[str, str]]:
    return [{"arguments": arguments[:3]}, {"arguments": arguments[3:]}]


def read(*fragments: dict[str, Any]) -> list[tuple[str, str, str]]:
    calls = ToolCalls()
    for each in fragments:
        calls.add([each])
    return [(call.id, call.name, call.arguments) for call in calls.all()]


@pytest.mark.parametrize("index", [0, None])
def test_fragments_with_a_new_id_each_are_one_call(index):
    rest = [fragment(index, f"b{number}", **piece) for number, piece in enumerate(pieces())]

    assert read(fragment(index, "a", name="add"), *rest) == [("a", "add", '{"a": 1}')]


@pytest.mark.parametrize("index", [0, None])
def test_calls_whose_fragments_alternate_are_told_apart_by_their_ids(index):
    heads = [fragment(index, name, name=name) for name in NAMES]
    rest = [fragment(index, name, **piece) for piece in pieces() for name in NAMES]

    assert read(*heads, *rest) == [(name, name, '{"a": 1}') for name in NAMES]


def test_calls_with_one_index_are_told_apart_by_their_ids_and_names():
    calls = [fragment(0, f"call_{name}", name=name, arguments="{}") for name in NAMES]

    assert read(*calls) == [(f"call_{name}", name, "{}") for name in NAMES]


def test_calls_with_one_id_are_told_apart_by_their_indexes():
    calls = [fragment(index, "call", name=name, arguments="{}") for index, name in enumerate(NAMES)]

    assert read(*calls) == [("call", "add", "{}"), ("call_2", "divide", "{}")]


def test_calls_without_ids_and_indexes_are_told_apart_by_their_names():
    calls = [fragment(None, "", name=name, arguments="{}") for name in NAMES]

    assert read(*calls) == [("call_1", "add", "{}"), ("call_2", "divide", "{}")]
