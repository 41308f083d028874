"""What every page may use."""

from django.conf import settings
from django.http import HttpRequest

THEMES = ("system", "light", "dark")


def site(request: HttpRequest) -> dict[str, str]:
    theme = request.COOKIES.get(settings.THEME_COOKIE_NAME, "system")
    return {
        "site_name": settings.SITE_NAME,
        "openrouter_url": settings.OPENROUTER_URL,
        "zone_cookie": settings.ZONE_COOKIE_NAME,
        "theme": theme if theme in THEMES else "system",
    }
