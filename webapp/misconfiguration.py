"""Ends a process whose configuration is wrong: one sentence on stderr, no traceback, exit code 2."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ImproperlyConfigured
from django.db import Error

EXIT_CODE = 2
STOPPED_BY_HAND = 128 + signal.SIGINT


@contextmanager
def exit_on_misconfiguration() -> Iterator[None]:
    """Run a block that reads settings and may use the database; end the process if one of them is set up wrongly."""
    try:
        yield
    except ImproperlyConfigured as error:
        _stop(str(error))
    except Error as error:
        from webapp import database_problems  # not at the top, because it needs valid settings

        if not (reason := database_problems.explain(error) or database_problems.find_problem()):
            raise
        _stop(reason)
    except KeyboardInterrupt:
        sys.exit(STOPPED_BY_HAND)


def _stop(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.exit(EXIT_CODE)
