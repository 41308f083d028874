"""A chat's title, from its first message."""

import pytest

from chat.conversations.titles import MAX_CHARACTERS, title_from
from tests.linear_time import is_in_proportion


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Can you please explain how rainbows form?", "Explain how rainbows form"),
        ("Hi! Could you write a poem about the sea?", "Write a poem about the sea"),
        ("Hello there,\n\nI want you to summarize this text for me.", "Summarize this text for me"),
        ("Hey Claude, what is a monad?", "What is a monad?"),
        ("Hi can you help me to fix my bike", "Fix my bike"),
        ("Good morning! I have a quick question about taxes. Are gifts taxed?", "Taxes"),
        ("Hi! I have a question. How do bees sleep?", "How do bees sleep?"),
        ("You are an expert chef. What goes with fennel?", "What goes with fennel?"),
        ("Please translate this into French, thanks!", "Translate this into French"),
        ("I was wondering if you could suggest a book?", "Suggest a book"),
        ("I'd like to know why the sky is blue", "Why the sky is blue"),
        ("Tell me about the Hanse", "The Hanse"),
        ("Do you know how to knit?", "How to knit?"),
        ("So, what is the plan?", "What is the plan?"),
        ("What is recursion? Explain it with an example.", "What is recursion?"),
        ("Explain this code:\n```python\nprint('hello')\n```", "Explain this code"),
        ("```python\nprint('hello')\n```", "print('hello')"),
        ("```\nTraceback\n```\nWhy does this fail?", "Why does this fail?"),
        ("# Plan\n\n**Bold** words", "Plan"),
        ("**Bold** words and `code`", "Bold words and code"),
        ("Summarize https://www.example.org/a/b?c=d#e, please", "Summarize example.org"),
        ("What is at https://example.org/a/b?", "What is at example.org?"),
        ("See [the docs](https://example.org/a) first", "See the docs first"),
        ("Why does /usr/lib/python3/site.py fail?", "Why does site.py fail?"),
        (r"Open C:\Users\me\notes.txt now", "Open notes.txt now"),
        ("Rename src/app/main.py to app.py", "Rename main.py to app.py"),
        ("Prove $x^2 \\ge 0$", "Prove x² ≥ 0"),
        ("Use e.g. Python. Then run it.", "Use e.g. Python"),
        ("Is Dr. Who a doctor?", "Is Dr. Who a doctor?"),
        ("Version 3.5 of C++ and and/or", "Version 3.5 of C++ and and/or"),
        ("Hello world in C", "Hello world in C"),
        ("Can you swim?", "Can you swim?"),
        ("Hi!", "Hi!"),
        ("Please", "Please"),
        ("Help me", "Help me"),
        ("5", "5"),
        ("🎉", "🎉"),
        ("...", "..."),
        (
            "Kannst du mir bitte erklären, wie ein Regenbogen entsteht?",
            "Kannst du mir bitte erklären, wie ein Regenbogen entsteht?",
        ),
        ("请解释彩虹是怎样形成的。谢谢", "请解释彩虹是怎样形成的"),
        ("So ein schöner Tag", "So ein schöner Tag"),
        ("", "Image"),
        (
            "one two three four five six seven eight nine ten eleven twelve",
            "one two three four five six seven eight nine ten eleven…",
        ),
        ("虹" * 100, "虹" * 59 + "…"),
    ],
)
def test_it_says_what_the_message_is_about(text, title):
    assert title_from(text) == title


@pytest.mark.parametrize(
    "text", ["#", "* *", "```", "``````", "> ", "[]()", "$$", "\\", " \n ", "|", "?", "Hi. Hi. Hi."]
)
def test_it_is_never_empty_nor_too_long(text):
    for each in (text, text * 100, text + "x" * 200):
        assert 0 < len(title_from(each)) <= MAX_CHARACTERS


@pytest.mark.parametrize(
    "piece", ["Hi! ", "please ", "a.", "a. ", "/a", "https://", "www.", "\\a", "you are ", "? ", "e.g. "]
)
def test_it_takes_time_in_proportion_to_the_text(piece):
    assert is_in_proportion(title_from, piece * (480 // len(piece)))
