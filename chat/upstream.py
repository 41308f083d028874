"""The OpenRouter client of this site: one per process, set up from the settings."""

from functools import cache

from django.conf import settings

from chat.openrouter import OpenRouter


@cache
def openrouter() -> OpenRouter:
    return OpenRouter(settings.OPENROUTER_URL, title=settings.SITE_NAME, referer=settings.PUBLIC_URL)
