"""What models put around a title that they were asked for."""

import pytest

from chat.side_requests.title_cleanup import extract_title
from tests.linear_time import is_in_proportion


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("Dinner plans", "Dinner plans"),
        ("\n\n# Title: *Dinner plans*\nBecause", "Dinner plans"),
        ("«Dîner à deux»", "Dîner à deux"),
        ("word " * 50, "word word word word word word word word word word word word…"),
        ("x" * 500, "x" * 59 + "…"),
        ("<think>The user wants\na title.</think>\n\nDinner plans", "Dinner plans"),
        ("<think>a</think><think>b</think>Dinner plans", "Dinner plans"),
        ("The user wants a title.\n</think>\nDinner plans", "Dinner plans"),
        ("<THINKING>hm</THINKING>Dinner plans.", "Dinner plans"),
        ("Here is a title: Dinner plans", "Dinner plans"),
        ("Here's a concise title for your conversation:\n\n**Dinner plans**", "Dinner plans"),
        ('Sure! Here is a title: "Dinner plans". I hope you like it.', "Dinner plans"),
        ("Sure!\nDinner plans", "Dinner plans"),
        ("Title: Dinner plans", "Dinner plans"),
        ("**Title:** Dinner plans", "Dinner plans"),
        ("Conversation title: “Dinner plans”", "Dinner plans"),
        ("Titel: Pläne fürs Essen", "Pläne fürs Essen"),
        ("标题：晚餐计划", "晚餐计划"),
        ('I would suggest "Dinner plans"', "Dinner plans"),
        ('{"title": "Dinner plans"}', "Dinner plans"),
        ('```json\n{"title": "Dinner \\"plans\\""}\n```', 'Dinner "plans"'),
        ('{"title": "Dinner pl', "Dinner pl"),
        ('["Dinner plans", "Other"]', "Dinner plans"),
        ('{"name": {"Title": "Dinner plans"}}', "Dinner plans"),
        ("```\nDinner plans\n```", "Dinner plans"),
        ("1. Dinner plans\n2. Other plans", "Dinner plans"),
        ("- `Dinner plans`", "Dinner plans"),
        ("<title>Dinner plans</title>", "Dinner plans"),
        ("[Dinner plans](https://example.org)", "Dinner plans"),
        ("'Dinner plans'", "Dinner plans"),
        ("What's for dinner?", "What's for dinner?"),
        ("Learning C++ and C#", "Learning C++ and C#"),
        ("Title case in English", "Title case in English"),
        ("Python: lists", "Python: lists"),
        ('I would suggest "Dinner plans" for this chat.', "Dinner plans"),
        ("<h1><b>Dinner plans</b></h1>", "Dinner plans"),
        ("<answer>\nDinner plans\n</answer>", "Dinner plans"),
        ("<title>Dinner plans", "Dinner plans"),
        ('"Dinner plans', "Dinner plans"),
        ('"Title: Dinner plans"', "Dinner plans"),
        ("'What's for dinner?'", "What's for dinner?"),
        ('{"title": "*Dinner* and **plans**"}', "Dinner and plans"),
        *(
            (title, title)
            for title in (
                "Array<int>",
                "Map<String, List<Integer>>",
                "<b> or <strong>",
                "The <title> tag",
                "“Bread” and “Butter”",
                '"Bread" and "Butter"',
                "'Bread' and 'Butter'",
                "„Brot“ und „Butter“",
                "「東京」と「京都」",
                'Explaining "Hamlet"',
                'A screen of 24"',
                "__init__ in Python",
                "~/.bashrc",
            )
        ),
        ("Title: “Bread” and “Butter”", "“Bread” and “Butter”"),
    ],
)
def test_it_goes(said, read):
    assert extract_title(said) == read


@pytest.mark.parametrize(
    "said",
    [
        *(
            '"..."',
            "",
            "   ",
            "<think>only thoughts",
            "<think></think>",
            "Title:",
            "**",
            "{}",
            "[]",
            "null",
            '""',
            "```",
        ),
        *(
            "Untitled",
            "New chat",
            "N/A",
            "I'm sorry, I can't help with that.",
            "As an AI, I cannot",
            '{"title": null}',
            "5 5" * 0,
        ),
    ],
)
def test_where_there_is_none_there_is_none(said):
    assert extract_title(said) == ""


@pytest.mark.parametrize(
    "piece",
    [
        "<b>",
        "<b></b>",
        "<title>",
        "__",
        "“",
        "'a",
        "<think>",
        "</think>",
        '{"title":',
        "[",
        "Here is ",
        "Title ",
        "a title ",
        "'",
        '"\\',
        "\n",
    ],
)
def test_it_takes_time_in_proportion_to_what_was_said(piece):
    assert is_in_proportion(extract_title, piece * (2_000 // len(piece)))
