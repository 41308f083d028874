"""Tool calls as a person sees them: what is asked for has to be seen whole, what has been done in short."""

import json
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup

from chat.reply_content.steps import Step, StepState
from chat.streaming.steps import step_html


def shown(arguments: str, state: StepState) -> BeautifulSoup:
    return BeautifulSoup(step_html(Step(1, "probe", arguments, state).as_json(), uuid4()), "html.parser")


@pytest.mark.parametrize("arguments", [json.dumps({"text": "x" * 99_000, "to": "everybody"}), "{" * 99_000 + "end"])
def test_who_is_asked_sees_all_that_the_tool_would_get(arguments):
    (asked,) = shown(arguments, StepState.ASKED).select(".consent pre")

    assert "".join(asked.get_text().split()) == "".join(arguments.split())


HIDDEN = "\U000e0041\u200b\u2062\u00ad\u3164\u202e\u2066\u200f\u2028\ufe0f\U000e0101\u061c\x85\x7f\ufdd2"


@pytest.mark.parametrize("arguments", [json.dumps({"text": HIDDEN}), f'{{"text": "{HIDDEN}"}}', f"no JSON: {HIDDEN}"])
def test_who_is_asked_sees_characters_that_are_not_drawn(arguments):
    (asked,) = shown(arguments, StepState.ASKED).select(".consent pre")

    assert json.dumps(HIDDEN)[1:-1] in asked.get_text()
    assert not [character for character in HIDDEN if character in asked.get_text()]


def test_who_is_asked_can_read_any_script():
    text = "Grüße 你好 नमस्ते ไทย שלום 🙂\u00a0\u3000€"
    (asked,) = shown(json.dumps({"text": text}), StepState.ASKED).select(".consent pre")

    assert text in asked.get_text()


def test_a_call_that_has_ended_is_shown_in_short():
    done = shown(json.dumps({"text": "x" * 99_000, "to": "everybody"}), StepState.DONE)

    assert len(done.get_text()) < 5_000


@pytest.mark.parametrize("depth", [300, *range(850, 1000, 10)])
def test_arguments_that_are_nested_deeply_are_not_filled_with_spaces(depth):
    arguments = '{"a":' + "[" * depth + "1," * 1_000 + "1" + "]" * depth + "}"
    asked = shown(arguments, StepState.ASKED).select_one(".consent pre")

    assert asked.get_text() == arguments
