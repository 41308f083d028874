"""What the stand-in can do, as Markdown: the answer to "help", and the tables of README.md."""

from tests.standin import marks
from tests.standin.errors import ERRORS
from tests.standin.refusal import Refused


def help_text() -> str:
    return f"Write any of these marks into a message. They combine.\n\n{marks.table()}\n{errors_table()}"


def errors_table() -> str:
    rows = (f"| `[[error {error.status} {error.kind}]]` | {_message(error.status, error.kind)} |" for error in ERRORS)
    return "\n".join(("| Error | What OpenRouter says |", "|---|---|", *rows)) + "\n"


def _message(status: int, kind: str) -> str:
    message = str(Refused(status, kind).inner()["message"])
    return message if len(message) <= 90 else f"{message[:89]}…"
