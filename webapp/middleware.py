"""What a request means here: its address by PUBLIC_URL, not by the Host header; its times by the reader's clock."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from chat.pages.sidebar import zone_of
from chat.views import errors

logger = logging.getLogger(__name__)
View = Callable[[HttpRequest], HttpResponse]

HEALTH_CHECKS = ("/healthz", "/readyz")
LOCAL_NAMES = {"localhost", "127.0.0.1", "[::1]"}


def public_address(get_response: View) -> View:
    """Give each request the scheme of PUBLIC_URL, and keep one local name.

    TLS ends at a proxy, so only PUBLIC_URL knows whether the site is served over https. And a site at
    http://localhost:8000 also answers at http://127.0.0.1:8000, where the cookies of the first are missing:
    a sign-in begun there would come back to a browser that looks like a stranger's.
    """
    public_name = _hostname(settings.PUBLIC_HOST)

    def middleware(request: HttpRequest) -> HttpResponse:
        request.META["wsgi.url_scheme"] = settings.PUBLIC_SCHEME
        host = _hostname(request.META.get("HTTP_HOST", ""))
        is_other_local_name = host != public_name and {host, public_name} <= LOCAL_NAMES
        if request.path in HEALTH_CHECKS:
            request.META["HTTP_HOST"] = settings.PUBLIC_HOST  # balancers ask by address; nothing depends on it here
        elif is_other_local_name and request.method == "GET":
            return HttpResponseRedirect(settings.PUBLIC_URL + request.get_full_path())
        return get_response(request)

    return middleware


def readers_clock(get_response: View) -> View:
    """Let all that is written for a request, a stream too, say times as the clock of its reader does."""

    def middleware(request: HttpRequest) -> HttpResponse:
        timezone.activate(zone_of(request))
        return get_response(request)

    return middleware


def known_host(get_response: View) -> View:
    """Tell whoever comes by another name where the site is. After static files, which that page needs."""

    def middleware(request: HttpRequest) -> HttpResponse:
        try:
            request.get_host()
        except DisallowedHost:
            host = request.META.get("HTTP_HOST", "")[:100]
            logger.warning("Received a request for host %r, but PUBLIC_URL is %s.", host, settings.PUBLIC_URL)
            return errors.misdirected(request)
        return get_response(request)

    return middleware


def private_pages(get_response: View) -> View:
    """No browser keeps a page of somebody signed in: after signing out, Back would show it to whoever sits there next.

    After the session's own middleware. What says itself how it may be kept is left alone.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.session.accessed and SESSION_KEY in request.session:
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware


def _hostname(host: str) -> str:
    return host if host.endswith("]") else host.rsplit(":", 1)[0]
