"""The OpenRouter client of this site: one per process, set up from the settings."""

from functools import cache

from django.conf import settings
from django.db import close_old_connections

from chat.openrouter import OpenRouter


def openrouter() -> OpenRouter:
    """The client, for a request of this thread, whose database connection is closed: an answer may take half a minute.

    On PostgreSQL a process has ten, so an OpenRouter that does not answer would take the whole site down.
    """
    close_old_connections()
    return client()


@cache
def client() -> OpenRouter:
    """The client, for who sends nothing."""
    return OpenRouter(settings.OPENROUTER_URL, title=settings.SITE_NAME, referer=settings.PUBLIC_URL)
