"""The marks that a message may carry, `[[name word key=value]]`: each changes how its answer goes.

They combine. A mark is a function that changes the plan; its docstring is its line in "help" and the README.
"""

from collections.abc import Iterable

from tests.standin.marks import content, delivery, faults  # noqa: F401 - this fills the table, in this order
from tests.standin.marks.mark import MARKS, Mark, written_in
from tests.standin.plan import Plan

__all__ = ["MARKS", "Mark", "apply", "table", "written_in"]


def apply(marks: Iterable[Mark], plan: Plan) -> None:
    for each in marks:
        MARKS[each.name][1](plan, each)


def table() -> str:
    """All marks as a Markdown table."""
    rows = (f"| `{usage}` | {change.__doc__} |" for usage, change in MARKS.values())
    return "\n".join(("| Mark | What the answer does |", "|---|---|", *rows)) + "\n"
