"""What is wrong with how the site was set up is told in one sentence, without a traceback, with exit code 2."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ImproperlyConfigured
from django.db import Error

EXIT_CODE = 2
STOPPED_BY_HAND = 128 + signal.SIGINT


@contextmanager
def in_one_sentence() -> Iterator[None]:
    """Run the block, which reads settings and may use the database; end the process where they do not allow it."""
    try:
        yield
    except ImproperlyConfigured as error:
        _stop(str(error))
    except Error as error:
        from webapp import databases  # not before the settings could be read

        if not (reason := databases.refusal_of(error) or databases.find_problem()):
            raise
        _stop(reason)
    except KeyboardInterrupt:
        sys.exit(STOPPED_BY_HAND)


def _stop(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.exit(EXIT_CODE)
