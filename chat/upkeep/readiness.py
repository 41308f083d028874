"""Can this process serve people? For whoever watches it; the words are an operator's."""

import tempfile

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from chat.upkeep import nodes


def trouble() -> str | None:
    """Why not; None when the database answers, the disk takes something, and all that belongs together is there."""
    try:
        with tempfile.TemporaryFile(dir=settings.DATA_DIR, buffering=0) as file:
            file.write(b"?")
        return nodes.trouble()
    except OSError as error:
        return f"disk unavailable: {error.strerror}"
    except (DatabaseError, InterfaceError):
        return "database unavailable"
