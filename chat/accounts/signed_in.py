"""The decorator for views that need a sign-in, the request types, and redirects to the sign-in page."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from chat.models import User
from chat.offload import person

P = ParamSpec("P")


class VisitorRequest(HttpRequest):
    """A request with what the middleware adds to it."""

    htmx: HtmxDetails
    user: User | AnonymousUser


class SignedInRequest(VisitorRequest):
    user: User


def as_signed_in(request: VisitorRequest) -> SignedInRequest:
    """Return the same request, typed as signed in, for views that check the sign-in themselves."""
    assert request.user.is_authenticated
    return cast(SignedInRequest, request)


def signed_in(
    view: Callable[Concatenate[SignedInRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Decorate a view: visitors are redirected to the page with the sign-in button, and back after signing in."""

    @wraps(view)
    def guarded(request: SignedInRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.user.is_authenticated:
            person.set(request.user.pk)
            return view(request, *args, **kwargs)
        return redirect_to_welcome(request, request.get_full_path() if request.method == "GET" else "/")

    return guarded  # type: ignore[return-value]


def redirect_to_welcome(request: VisitorRequest, destination: str) -> HttpResponse:
    """Redirect a visitor to the page with the sign-in button, and to `destination` after signing in."""
    welcome = f"{reverse('home')}?{urlencode({'next': destination})}"
    # With a plain redirect htmx would swap the whole page into a part of the current one.
    return HttpResponseClientRedirect(welcome) if request.htmx else HttpResponseRedirect(welcome)


def safe_destination(path: str) -> str:
    """Return `path` if it is a path on this site, else "/"."""
    is_local = path.startswith("/") and "\0" not in path and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if is_local and len(path) <= 2000 else "/"
