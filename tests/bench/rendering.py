"""What rendering an answer costs while it streams, against rendering it once: `python -m tests.bench.rendering`.

Four characters at a time, the tail looked at every 25 pieces. CPU seconds. The last column is 200 KB over 20 KB:
about 10 where the cost is linear.
"""

import re
from collections.abc import Callable
from time import process_time

from chat.rendering.blocks import Blocks
from chat.rendering.markdown import render

DELTA_CHARS = 4
DELTAS_PER_LOOK = 25

PROSE = "Flour, water and *time* make bread; `salt` only makes it [better](https://example.org/salt). "
MIXED = f"""## Bread

{PROSE * 3}

1. Mix the flour
   - with water
   - and wait
2. Bake it, $t > 40$ minutes

| day | loaves |
|-----|-------:|
| one | 3      |

```python
def bake(loaf: Loaf) -> None:
    oven.hold(loaf, minutes=40)  # until brown
```

> {PROSE}

"""

SHAPES: dict[str, Callable[[int], str]] = {
    "mixed": lambda chars: repeated(MIXED, chars),
    "one fence": lambda chars: "```python\n" + repeated("    oven.hold(loaf, minutes=40)\n", chars),
    "one table": lambda chars: "| a | b |\n|---|---|\n" + repeated("| some *bread* | 3 |\n", chars),
    "one list": lambda chars: repeated("- some *bread* and `salt`\n", chars),
    "one paragraph": lambda chars: repeated(PROSE + "\n", chars),
    "one line": lambda chars: repeated(PROSE, chars),
    "one plain line": lambda chars: repeated("flour water and time make bread ", chars),
    "one word": lambda chars: repeated("bread", chars),
}


def main() -> None:
    print(f"{'':16}{'20 KB once':>12}{'streamed':>10}{'200 KB once':>13}{'streamed':>10}{'x':>7}")
    for name, text_of in SHAPES.items():
        once, small = seconds(render, text_of(20_000)), seconds(streamed, text_of(20_000))
        once_large, large = seconds(render, text_of(200_000)), seconds(streamed, text_of(200_000))
        print(f"{name:16}{once:12.3f}{small:10.3f}{once_large:13.3f}{large:10.3f}{large / small:7.1f}")


def streamed(text: str) -> Blocks:
    blocks = Blocks()
    for number, delta in enumerate(re.findall(rf"(?s).{{1,{DELTA_CHARS}}}", text)):
        blocks.feed(delta)
        if number % DELTAS_PER_LOOK == 0:
            blocks.tail_html()
    blocks.close()
    return blocks


def seconds(work: Callable[[str], object], text: str) -> float:
    start = process_time()
    work(text)
    return process_time() - start


def repeated(piece: str, chars: int) -> str:
    return (piece * (chars // len(piece) + 1))[:chars]


if __name__ == "__main__":
    render(MIXED)  # imports lexers
    main()
