"""Errors that are made to take long: a megabyte of them, or thousands of levels."""

import json
from time import thread_time

import pytest

from chat.openrouter.errors.diagnosis import diagnose, diagnose_answer

HOSTILE = {
    "a page": lambda n: {"message": "<a" * n},
    "what looks like a key": lambda n: {"message": "sk-" * n},
    "many names": lambda n: {"metadata": {f"name {number} <a": 1 for number in range(n)}},
    "many reasons": lambda n: {"code": 403, "metadata": {"reasons": ["<a" * 100] * n, "patterns": ["<a" * 100] * n}},
    "what a provider said": lambda n: {"metadata": {"raw": "<a" * n}},
    "words of several signs": lambda n: {"code": 400, "message": "invalid model " * n},
    "a number": lambda n: {"code": 402, "message": f"can only afford {'9' * n}"},
    "types": lambda n: {"code": "<a" * n, "type": "invalid" * n, "metadata": {"error_type": "<a" * n}},
}


@pytest.mark.parametrize("told", HOSTILE.values(), ids=HOSTILE)
def test_a_long_error_is_cut_before_anything_is_looked_for(told):
    short, long = told(4_000), told(40_000)

    assert seconds_for(long) < 5 * seconds_for(short)  # it is the same; uncut, ten to a hundred times as much
    error = diagnose(long)
    json.dumps([str(error), error.details])


def seconds_for(told) -> float:
    """Of this thread's own time, at best."""
    taken = []
    for _ in range(3):
        begun = thread_time()
        diagnose(told)
        taken.append(thread_time() - begun)
    return min(taken)


@pytest.mark.parametrize("depth", [500, 900, 5_000, 100_000])
@pytest.mark.parametrize("place", ["around", "message", "raw", "reasons"])
def test_a_deep_error_is_an_ordinary_one(depth, place):
    deep = "[" * depth + "]" * depth
    bodies = {
        "around": deep,
        "message": f'{{"error": {{"code": 502, "message": {deep}}}}}',
        "raw": json.dumps({"error": {"code": 502, "metadata": {"raw": deep}}}),
        "reasons": f'{{"error": {{"code": 502, "metadata": {{"reasons": {deep}}}}}}}',
    }

    assert diagnose_answer(status=502, headers={}, body=bodies[place].encode()).kind == "upstream_unavailable"
