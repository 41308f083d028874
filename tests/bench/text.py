"""What the load benchmark's upstream writes: Markdown as models do, each token with its number and time of sending.

A stamp is `<number>@<time>`, the time in units of 10 microseconds modulo 100 seconds and always seven digits long:
twelve characters a token where a model writes four or five. `~` stands for it. What stands before a `~` is sent in the
same token, as models send the space before a word. Stamps keep out of places that do not show as one run of text:
addresses of links, and code other than strings and comments.
"""

import re
import time

STAMP = re.compile(rb"(\d+)@(\d{7})(?!\d)")
UNITS_PER_SECOND = 100_000
WRAP_SECONDS = 100

PROSE = "~" + " ~" * 39 + ".\n\n"
MIXED = (
    "## ~ ~ ~\n\n"
    + ("~" + " ~" * 44 + ".\n\n")
    + ("~" + " ~" * 11 + " **~ ~ ~**" + " ~" * 14 + " *~*" + " ~" * 11 + ".\n\n")
    + ("- **~**: ~" + " ~" * 9 + "\n")
    + ("- **~**: ~" + " ~" * 7 + "\n")
    + ("- **~**: ~" + " ~" * 10 + "\n\n")
    + ("~" + " ~" * 9 + " `~`" + " ~" * 12 + " [~ ~](https://example.org/bread)" + " ~" * 12 + ".\n\n")
    + "```python\ndef bake(loaf):  # ~ ~\n"
    + '    oven.hold("~", minutes=40)\n    for day in ("~", "~"):\n'
    + '        shelf[day] = "~"  # ~ ~\n    return "~"\n```\n\n'
)


PARAGRAPH = "~, <"  # one that grows to the end of the answer
TEXTS = {"mixed": MIXED, "prose": PROSE, "paragraph": PARAGRAPH}


def tokens_of(text: str) -> list[bytes]:
    """What is sent before each stamp of a text that begins anew after its end; ready for JSON."""
    *before, end = text.split("~")
    pieces = [end + before[0], *before[1:]]
    return [piece.replace('"', '\\"').replace("\n", "\\n").encode() for piece in pieces]


def stamp(number: int) -> bytes:
    return b"%d@%07d" % (number, int(time.time() % WRAP_SECONDS * UNITS_PER_SECOND))


def lag_ms(stamped: bytes, arrived: float) -> float:
    """From sending to arrival, at most 90 s; the two read the same clock."""
    units = WRAP_SECONDS * UNITS_PER_SECOND
    lag = (int(arrived % WRAP_SECONDS * UNITS_PER_SECOND) - int(stamped)) % units
    return (lag if lag < units * 0.9 else lag - units) * 1000 / UNITS_PER_SECOND
