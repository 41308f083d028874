"""Middleware: the public address, the reader's time zone, unknown hosts, private pages, and who is signed in."""

import logging
from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from chat.accounts.sessions import SessionStore
from chat.models import User
from chat.pages.sidebar import zone_of
from chat.views import errors

logger = logging.getLogger(__name__)
View = Callable[[HttpRequest], HttpResponse]

# Source: W3C, "Permissions Policy Features"; a name that a browser does not know would be reported on its console.
DENIED_FEATURES = (
    *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer", "midi", "payment"),
    *("publickey-credentials-get", "screen-wake-lock", "usb", "xr-spatial-tracking"),
)
HEALTH_CHECKS = ("/healthz", "/readyz")
LOCAL_NAMES = {"localhost", "127.0.0.1", "[::1]"}


def public_address(get_response: View) -> View:
    """Give each request the scheme of PUBLIC_URL, and redirect other local names to the one in PUBLIC_URL.

    TLS ends at a proxy, so only PUBLIC_URL says whether the site is served over https. And a site at
    http://localhost:8000 also answers at http://127.0.0.1:8000, where it does not get the cookies of the first name:
    after a sign-in that started there, the callback would come without the session's cookie.
    """
    public_name = _hostname(settings.PUBLIC_HOST)

    def middleware(request: HttpRequest) -> HttpResponse:
        request.META["wsgi.url_scheme"] = settings.PUBLIC_SCHEME
        host = _hostname(request.META.get("HTTP_HOST", ""))
        is_other_local_name = host != public_name and {host, public_name} <= LOCAL_NAMES
        if request.path in HEALTH_CHECKS:
            request.META["HTTP_HOST"] = settings.PUBLIC_HOST  # load balancers use the IP address as host
        elif is_other_local_name and request.method == "GET":
            return HttpResponseRedirect(settings.PUBLIC_URL + request.get_full_path())
        return get_response(request)

    return middleware


def permissions(get_response: View) -> View:
    """Let pages use the microphone, and nothing else that browsers ask for or allow by themselves."""
    policy = ", ".join(["microphone=(self)", *(f"{feature}=()" for feature in DENIED_FEATURES)])

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", policy)
        return response

    return middleware


def readers_clock(get_response: View) -> View:
    """Activate the reader's time zone for the request, and for a streamed response after it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        timezone.activate(zone_of(request))
        return get_response(request)

    return middleware


def known_host(get_response: View) -> View:
    """Answer requests for another host with a page that names the right one.

    It comes after the middleware for static files, which that page needs.
    """

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
    """Forbid caching of pages for a signed-in person, which Back would show to the next user of a shared computer.

    It comes after the session middleware. A response that sets Cache-Control itself is not changed.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.session.accessed and SESSION_KEY in request.session:
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware


def account(get_response: View) -> View:
    """Set `request.user`, like Django's AuthenticationMiddleware, but without a query of its own for the user."""

    def middleware(request: HttpRequest) -> HttpResponse:
        session = cast(SessionStore, request.session)
        request.user = cast(User, SimpleLazyObject(lambda: session.user or get_user(request)))
        return get_response(request)

    return middleware


def _hostname(host: str) -> str:
    return host if host.endswith("]") else host.rsplit(":", 1)[0]
