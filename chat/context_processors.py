"""The template context that every page gets: site name, theme and sidebar state."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

THEMES = ("system", "light", "dark")
SIDEBARS = ("open", "closed")


def site(request: HttpRequest) -> dict[str, Any]:
    theme = request.COOKIES.get(settings.THEME_COOKIE_NAME, "system")
    return {
        "site_name": settings.SITE_NAME,
        "openrouter_url": settings.OPENROUTER_URL,
        "zone_cookie": settings.ZONE_COOKIE_NAME,
        "theme": theme if theme in THEMES else "system",
        "sidebar_is_closed": request.COOKIES.get(settings.SIDEBAR_COOKIE_NAME) == "closed",
    }
