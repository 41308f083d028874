"""What every page may use."""

from django.conf import settings
from django.http import HttpRequest

THEMES = ("system", "light", "dark")


def site(request: HttpRequest) -> dict[str, str]:
    theme = request.COOKIES.get("theme", "system")
    return {
        "site_name": settings.SITE_NAME,
        "openrouter_url": settings.OPENROUTER_URL,
        "theme": theme if theme in THEMES else "system",
    }
