"""Tells whether this process can serve requests, for /readyz."""

import tempfile

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from chat.upkeep import installation


def find_problem() -> str | None:
    """Return why it cannot, in words for an operator; None if database, disk, secrets and media folder are fine."""
    try:
        with tempfile.TemporaryFile(dir=settings.DATA_DIR, buffering=0) as file:
            file.write(b"?")
        return installation.find_problem()
    except OSError as error:
        return f"disk unavailable: {error.strerror}"
    except (DatabaseError, InterfaceError):
        return "database unavailable"
