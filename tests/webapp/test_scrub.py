"""What the log shows of texts that others have written."""

import logging
import sys

import pytest

from webapp.scrub import Formatter


def line_of(message: str, *arguments: object, **more: object) -> str:
    record = logging.makeLogRecord({"msg": message, "args": arguments, "levelname": "INFO", **more})
    return Formatter("{levelname} {message}", style="{").format(record)


@pytest.mark.parametrize(
    ("end", "shown"),
    [("\n", r"\n"), ("\r", r"\r"), ("\x85", r"\x85"), ("\u2028", r"\u2028"), ("\x1b[2K", r"\x1b[2K"), ("\t", r"\t")],
)
def test_a_message_stays_on_its_line(end, shown):
    assert line_of("%d events of %s", 3, f"g{end}ERROR forged") == f"INFO 3 events of g{shown}ERROR forged"


def test_a_traceback_has_lines_of_its_own():
    try:
        raise ValueError("odd")
    except ValueError:
        lines = line_of("Failed", exc_info=sys.exc_info()).splitlines()

    assert (lines[0], lines[1], lines[-1]) == ("INFO Failed", "Traceback (most recent call last):", "ValueError: odd")
