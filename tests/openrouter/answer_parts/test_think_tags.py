"""Thinking in the text of an answer, between tags: as such at its beginning, and nowhere else."""

import pytest

from chat.openrouter import Finished, Reasoning, Text
from chat.openrouter.answers.chat_completions import merge_adjacent
from tests.openrouter.answers.test_chat_completions import read
from tests.openrouter.chunks import chunk, finish, text


def told(*pieces, before=(), reason="stop"):
    events, failure = read(*before, *map(text, pieces), finish(reason))
    assert failure is None
    return [event for event in merge_adjacent(events) if isinstance(event, Text | Reasoning)]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("<think>Hm</think>Hi", [Reasoning("Hm"), Text("Hi")]),
        ("<think>\nHm, well.\n</think>\n\nHi", [Reasoning("\nHm, well.\n"), Text("Hi")]),
        ("\n\n <think>Hm</think> Hi", [Reasoning("Hm"), Text("Hi")]),
        ("<Thinking>Hm</THINKING>Hi", [Reasoning("Hm"), Text("Hi")]),
        ("<thought>Hm</thought>Hi", [Reasoning("Hm"), Text("Hi")]),
        ("[THINK]Hm[/THINK]Hi", [Reasoning("Hm"), Text("Hi")]),
        ("◁think▷Hm◁/think▷Hi", [Reasoning("Hm"), Text("Hi")]),
        ("<think>a < b, </b>, </thin</think>Hi", [Reasoning("a < b, </b>, </thin"), Text("Hi")]),
        ("<think>Hm</think>\n<think>Hm again</think>\nHi", [Reasoning("HmHm again"), Text("Hi")]),
        ("<think></think>\n\nHi", [Text("Hi")]),
        ("<think>It never says that it is through", [Reasoning("It never says that it is through")]),
        ("<think>a <", [Reasoning("a <")]),
        ("<thinking>Hm</think> still</thinking>Hi", [Reasoning("Hm</think> still"), Text("Hi")]),
        # An answer about it, and what only begins alike.
        ("The tag <think>opens</think>.", [Text("The tag <think>opens</think>.")]),
        ("`<think>` opens, `</think>` ends.", [Text("`<think>` opens, `</think>` ends.")]),
        ("```xml\n<think>x</think>\n```", [Text("```xml\n<think>x</think>\n```")]),
        ("<think>Hm</think>Use <think>…</think>.", [Reasoning("Hm"), Text("Use <think>…</think>.")]),
        ("<thin", [Text("<thin")]),
        ("<thinner> is no tag", [Text("<thinner> is no tag")]),
        ("<b>Hi</b>", [Text("<b>Hi</b>")]),
        ("[1] Hi", [Text("[1] Hi")]),
        ("  Hi", [Text("  Hi")]),
        (" \n", [Text(" \n")]),
        ("Reasons.\n</think>\n\nHi", [Text("Reasons.\n</think>\n\nHi")]),  # too late: it has been read as the answer
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 1000])
def test_wherever_it_is_cut(answer, expected, size):
    assert told(*(answer[start : start + size] for start in range(0, len(answer), size))) == expected


@pytest.mark.parametrize("closing", ["</think>\n\nHi", "\n</think>Hi"])
def test_a_closing_tag_that_is_left_over_from_thinking_that_came_apart(closing):
    before = [chunk({"reasoning": "Hm"})]

    assert told(*closing, before=before) == [Reasoning("Hm"), Text("Hi")]
    assert told("</think> is the tag") == [Text("</think> is the tag")]


def test_tags_that_are_cut_off_with_the_line_cost_no_text():
    events, failure = read(text("<think>Hm"), text("</think>Hi"), text(" a <"))
    assert failure.kind == "interrupted"
    assert merge_adjacent(events)[1:] == [Reasoning("Hm"), Text("Hi a <")]

    events, failure = read(text("<think>Hm </thi"))
    assert failure.kind == "interrupted"
    assert merge_adjacent(events)[1:] == [Reasoning("Hm </thi")]


def test_buffered_text_comes_before_the_end_and_before_an_error():
    events, _ = read(text("<th"), finish())
    assert events[1:] == [Text("<th"), Finished("stop")]

    events, failure = read(text("<th"), chunk({}, finish_reason="error", error={"code": 502, "message": "Gone"}))
    assert (events[1:], failure.kind) == ([Text("<th")], "upstream_unavailable")
