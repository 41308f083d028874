"""Removes keys and sign-in secrets from logs and error pages.

Keys are wrapped where they are used (chat/openrouter/api_key.py); this is a second line of defence. It works on the
finished text, so it also covers the local variables of other libraries, which Django's debug page prints.
"""

import logging
import re
import time
from collections.abc import ItemsView
from types import FrameType
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

HOUR_SECONDS = 60 * 60
HIDDEN = "********************"

_KEY = re.compile(r"sk-or-[\w-]+")
_SIGN_IN = re.compile(r"\b(code|state|attempt|code_verifier)=[^&\s'\"<>]+")
_CONTROL = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029]")
_SECRET_NAMES = re.compile(
    r"key|token|secret|verifier|code$|state$|nonce|authorization|ciphertext|cookie|headers|^query$", re.I
)


def scrub(text: str) -> str:
    """Return `text` with OpenRouter keys, and the parameters of sign-in URLs, replaced by asterisks."""
    return _SIGN_IN.sub(rf"\1={HIDDEN}", _KEY.sub(f"sk-or-{HIDDEN}", text))


class Formatter(logging.Formatter):
    """Formats log records as usual, each message on one line, and scrubs the result, tracebacks included."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  the name is logging's
        """Escape line ends and other controls: what others have written must not look like a line of its own."""
        return _CONTROL.sub(lambda found: repr(found[0])[1:-1], super().formatMessage(record))

    def format(self, record: logging.LogRecord) -> str:
        return scrub(super().format(record))


class Hourly(logging.Filter):
    """Passes one log record of a kind per hour, so that strangers cannot fill the disk."""

    def __init__(self) -> None:
        super().__init__()
        self._again_at: dict[tuple[str, int], float] = {}  # by place in the code: strangers can vary the message

    def filter(self, record: logging.LogRecord) -> bool:
        kind, now = (record.name, record.lineno), time.monotonic()
        if now < self._again_at.get(kind, 0):
            return False
        self._again_at[kind] = now + HOUR_SECONDS
        return True


class ReporterFilter(SafeExceptionReporterFilter):
    """Hides variables by their names on every error page; Django itself does not while DEBUG is on."""

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> Any:
        """Return the form if the view has parsed it: an error page does not read the rest of a request."""
        return super().get_post_parameters(request) if hasattr(request, "_post") else {}

    def get_traceback_frame_variables(self, request: HttpRequest, tb_frame: FrameType) -> ItemsView[str, Any]:
        variables = super().get_traceback_frame_variables(request, tb_frame)
        return {name: HIDDEN if _SECRET_NAMES.search(name) else value for name, value in variables}.items()


class Reporter(ExceptionReporter):
    """Django's error report, scrubbed."""

    def get_traceback_data(self) -> dict[str, Any]:
        return super().get_traceback_data() | {
            "request_GET_items": []
        }  # scrub() would not see names and values that are apart

    def get_traceback_html(self) -> SafeString:
        return _scrubbed_page(super().get_traceback_html())

    def get_traceback_text(self) -> SafeString:
        return _scrubbed_page(super().get_traceback_text())


def _scrubbed_page(page: SafeString) -> SafeString:
    return mark_safe(scrub(page))  # noqa: S308  Django has escaped it; only asterisks are added
