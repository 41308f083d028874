"""The decorator for views that need a sign-in, the request types, and redirects to the sign-in page."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeAlias, cast
from urllib.parse import urlencode, urlsplit

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from chat.models import User
from chat.offload import person


class VisitorRequest(HttpRequest):
    """A request with what the middleware adds to it."""

    htmx: HtmxDetails
    user: User | AnonymousUser


class SignedInRequest(VisitorRequest):
    user: User


P = ParamSpec("P")
SignedInView: TypeAlias = Callable[Concatenate[SignedInRequest, P], HttpResponseBase]
View: TypeAlias = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def as_signed_in(request: VisitorRequest) -> SignedInRequest:
    """Return the same request, typed as signed in, for views that check the sign-in themselves."""
    assert request.user.is_authenticated
    return cast(SignedInRequest, request)


def signed_in(view: SignedInView[P]) -> View[P]:
    """Decorate a view: visitors are redirected to the page with the sign-in button, and back after signing in."""
    return _guarded(view, lambda visitor: redirect_to_welcome(visitor, _destination(visitor)))


def signed_in_to_look(view: SignedInView[P]) -> View[P]:
    """Decorate a view that open pages ask for news by themselves: visitors get none.

    A redirect would take the page away, with what somebody types in it.
    """
    return _guarded(view, lambda visitor: HttpResponse(status=204))


def _guarded(view: SignedInView[P], turn_away: Callable[[VisitorRequest], HttpResponse]) -> View[P]:
    @wraps(view)
    def guarded(request: SignedInRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.user.is_authenticated:
            person.set(request.user.pk)
            return view(request, *args, **kwargs)
        return turn_away(request)

    return guarded  # type: ignore[return-value]


def _destination(visitor: VisitorRequest) -> str:
    """With htmx the page itself: what it asked for is a part of it."""
    if visitor.htmx:
        return page_that_asks(visitor)
    return visitor.get_full_path() if visitor.method == "GET" else "/"


def page_that_asks(request: VisitorRequest) -> str:
    """The path and query of the page that sent a request with htmx; "/" if it is not on this site."""
    try:
        address = urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:  # "http://["
        return "/"
    return safe_destination(f"{address.path}?{address.query}" if address.query else address.path)


def redirect_to_welcome(request: VisitorRequest, destination: str) -> HttpResponse:
    """Redirect a visitor to the page with the sign-in button, and to `destination` after signing in."""
    welcome = f"{reverse('home')}?{urlencode({'next': destination})}"
    # With a plain redirect htmx would swap the whole page into a part of the current one.
    return HttpResponseClientRedirect(welcome) if request.htmx else HttpResponseRedirect(welcome)


def safe_destination(path: str) -> str:
    """Return `path` if it is a path on this site, else "/"."""
    is_local = path.startswith("/") and "\0" not in path and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if is_local and len(path) <= 2000 else "/"
