"""Who may come in: views for the signed-in, and where the others are sent."""

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
    """What the middleware adds to a request."""

    htmx: HtmxDetails
    user: User | AnonymousUser


class SignedInRequest(VisitorRequest):
    user: User


def as_signed_in(request: VisitorRequest) -> SignedInRequest:
    """The same request, for the type checker, where the view itself has looked."""
    assert request.user.is_authenticated
    return cast(SignedInRequest, request)


def signed_in(
    view: Callable[Concatenate[SignedInRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Visitors are sent to the page with the sign-in button, which brings them back here afterwards."""

    @wraps(view)
    def guarded(request: SignedInRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.user.is_authenticated:
            person.set(request.user.pk)
            return view(request, *args, **kwargs)
        return to_welcome(request, request.get_full_path() if request.method == "GET" else "/")

    return guarded  # type: ignore[return-value]


def to_welcome(request: VisitorRequest, destination: str) -> HttpResponse:
    """Send a visitor to the sign-in button, and to `destination` afterwards."""
    welcome = f"{reverse('home')}?{urlencode({'next': destination})}"
    # fetch would follow a redirect and htmx would swap the whole page into the middle of this one.
    return HttpResponseClientRedirect(welcome) if request.htmx else HttpResponseRedirect(welcome)


def safe_destination(path: str) -> str:
    """`path` if it is an address on this site, else the start page."""
    is_local = path.startswith("/") and "\0" not in path and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if is_local and len(path) <= 2000 else "/"
