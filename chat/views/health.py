"""For whoever watches the site: is the process alive, and can it serve people?"""

import tempfile

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse

from chat.upkeep import nodes


def live(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"ok {settings.VERSION}\n", content_type="text/plain")


def ready(request: HttpRequest) -> HttpResponse:
    """200 when the database answers and the disk takes something, else 503 and why.

    OpenRouter's health is no reason to take the site away.
    """
    trouble = _trouble()
    return HttpResponse(f"{trouble or 'ok'}\n", content_type="text/plain", status=503 if trouble else 200)


def _trouble() -> str | None:
    try:
        with tempfile.TemporaryFile(dir=settings.DATA_DIR, buffering=0) as file:
            file.write(b"?")
        return nodes.trouble()
    except OSError as error:
        return f"disk unavailable: {error.strerror}"
    except (DatabaseError, InterfaceError):
        return "database unavailable"
