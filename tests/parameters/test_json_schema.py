"""Answers that have to follow a JSON schema: what is wrong with them is listed, whatever the schema demands."""

import json
import sys
from itertools import count

import pytest

from chat.parameters.json_schema import check_schema, problems_in, read_answer
from chat.parameters.schema import Invalid

DISH = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "portions": {"type": "integer", "minimum": 1}},
    "required": ["name", "portions"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    "answer",
    [
        '{"name": "Soup", "portions": 4}',
        ' \n{"name": "Soup", "portions": 4}\n',
        '```json\n{"name": "Soup", "portions": 4}\n```',
        '```\n{"name": "Soup", "portions": 4}\n```\n',
    ],
)
def test_an_answer_that_follows_it(answer):
    assert problems_in(answer, DISH) == []


def test_each_problem_names_its_place():
    problems = problems_in('{"name": 5, "portions": 0, "wine": "red"}', DISH)

    assert sorted(problem.place for problem in problems) == ["", "/name", "/portions"]
    assert all(problem.sentence for problem in problems)


@pytest.mark.parametrize("answer", ["", "Soup!", '{"name": "Soup"', "```json\nSoup\n```", "[" * 100_000, "NaN1"])
def test_an_answer_that_is_no_json(answer):
    (problem,) = problems_in(answer, DISH)

    assert problem.place == ""
    assert "JSON" in problem.sentence


def test_an_answer_of_megabytes_is_not_checked():
    (problem,) = problems_in(json.dumps("x" * 1_000_001), {})

    assert "too long" in problem.sentence


def test_only_the_first_problems_are_listed():
    problems = problems_in(json.dumps(list(range(1000))), {"items": {"type": "string"}})

    assert len(problems) == 20


def doubling(depth):
    """A short schema with 2 ** depth ways through it."""
    steps = {f"s{number}": {"allOf": [{"$ref": f"#/$defs/s{number + 1}"}] * 2} for number in range(depth)}
    return {"$ref": "#/$defs/s0", "$defs": steps | {f"s{depth}": {"type": "string"}}}


def test_a_schema_that_demands_endless_work_ends_alone():
    check_schema({"name": "endless", "schema": doubling(3)})

    (problem,) = problems_in("5", doubling(60))

    assert "too long" in problem.sentence


@pytest.mark.parametrize("schema", [{"pattern": "^(a+)+$"}, {"$ref": "#"}, {"properties": {"a": {"$ref": "#"}}}])
def test_schemas_that_refer_to_themselves_or_repeat(schema):
    assert isinstance(problems_in(json.dumps("a" * 10_000 + "!"), schema), list)


def test_a_schema_cannot_make_the_site_ask_others():
    with pytest.raises(Invalid, match=r"127\.0\.0\.1"):
        check_schema({"name": "far", "schema": {"$ref": "http://127.0.0.1:1/schema.json"}})


def test_a_schema_cannot_read_files():
    with pytest.raises(Invalid):
        check_schema({"name": "near", "schema": {"$ref": "file:///etc/hostname"}})


def nested(depth):
    return "[" * depth + "]" * depth


def test_json_that_can_be_read_but_not_written_is_a_problem():
    """Where that begins depends on how many functions have been called: it is one of these depths."""
    deepest = next(depth for depth in count(300) if problems_of_reading(nested(depth + 1)))

    for depth in range(deepest - 4, deepest + 5):
        assert all("JSON" in problem.sentence for problem in problems_in(nested(depth), {}))


def problems_of_reading(answer):
    try:
        read_answer(answer)
    except Invalid as problem:
        return str(problem)
    return ""


def test_where_no_process_can_be_started_that_is_said(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    (problem,) = problems_in("5", DISH)

    assert problem.sentence == "This site was too busy to check this JSON."
    with pytest.raises(Invalid, match="too busy"):
        check_schema({"name": "dish", "schema": DISH})
