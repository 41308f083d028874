"""What a mark is, where the marks are kept, and how one is read from a message."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.standin.plan import Plan, Script

WRITTEN = re.compile(r"\[\[(?P<name>[a-z][\w-]*)\s*(?P<rest>.*?)\]\]", re.DOTALL)


@dataclass(frozen=True)
class Mark:
    """One mark as written: `[[name word key=value]]`. `rest` is all of it behind the name."""

    name: str
    rest: str = ""
    values: dict[str, object] = field(default_factory=dict)

    def number(self, name: str, default: float, least: float = 0, most: float = 1_000_000) -> float:
        """A value of the mark, kept between bounds: people type these, and the stand-in has to survive it."""
        return min(max(float(str(self.values.get(name, default))), least), most)

    def count(self, name: str, default: int) -> int:
        return int(self.number(name, default, least=1))

    def word(self, index: int = 0) -> str:
        words = [word for word in self.rest.split() if "=" not in word]
        return words[index] if index < len(words) else ""


Change = Callable[[Plan, Mark], None]
MARKS: dict[str, tuple[str, Change]] = {}


def register(name: str, values: str = "") -> Callable[[Change], Change]:
    """Makes the function below a mark; `values` shows how it may be written."""

    def kept(change: Change) -> Change:
        MARKS[name] = (f"[[{name} {values}]]" if values else f"[[{name}]]", change)
        return change

    return kept


def written_in(text: str) -> list[Mark]:
    """The marks in a message, in order. What is not in the table is not a mark."""
    found = (_read(match) for match in WRITTEN.finditer(text))
    return [each for each in found if each.name in MARKS]


def _read(match: re.Match[str]) -> Mark:
    rest = match["rest"].strip()
    pairs = (word.partition("=") for word in rest.split() if "=" in word)
    return Mark(match["name"], rest, {key: value for key, _, value in pairs})


def interrupt(plan: Plan, mark: Mark, script: Script) -> None:
    """Play `script` in the middle of the answer, or after as many tokens as the mark says."""
    plan.interlude = script
    if "after" in mark.values:
        plan.interlude_after = mark.count("after", 1)
