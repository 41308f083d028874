"""What a device reads to install the site as an app."""

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

HOUR_SECONDS = 60 * 60


@require_safe
@cache_control(max_age=HOUR_SECONDS)
def manifest(request: HttpRequest) -> JsonResponse:
    """The web app manifest. Source: W3C, "Web Application Manifest"."""
    sizes = {"192x192": "icon-192.png", "512x512": "icon-512.png"}
    icons = [{"src": static(name), "sizes": size, "type": "image/png"} for size, name in sizes.items()]
    content = {
        "id": "/",
        "name": settings.SITE_NAME,
        "short_name": settings.SITE_NAME,
        "description": _("Chat with any model, using your own OpenRouter credits"),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#fbfaf8",
        "theme_color": "#fbfaf8",
        "icons": [*icons, {**icons[-1], "src": static("icon-maskable.png"), "purpose": "maskable"}],
        "shortcuts": [{"name": _("New chat"), "url": "/"}],
    }
    return JsonResponse(content, content_type="application/manifest+json")
