"""Sign in through OpenRouter, and sign out."""

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chat.accounts import oauth
from chat.accounts.errors import SignInProblem, error_text
from chat.accounts.oauth import BROWSER_KEY
from chat.accounts.sessions import CLEAR_CACHE_HEADERS
from chat.accounts.signed_in import VisitorRequest, safe_destination
from chat.models import SignInAttempt, User
from chat.rate_limit import RateLimit, address_of

SIGN_INS_OF_ONE_ADDRESS = RateLimit(at_once=60, seconds_each=1)  # a class at school may sign in together
STRANGERS_SECONDS = 60 * 60  # that a session lasts before anybody signs in
CLEAR_DRAFTS_OF = "left"  # in the session: who has just signed out; the next page removes their drafts from the browser


@require_POST
def signin(request: VisitorRequest) -> HttpResponse:
    if SIGN_INS_OF_ONE_ADDRESS.wait_seconds(address_of(request)):
        return _problem_page(request, SignInProblem("too_often"))
    if not request.user.is_authenticated:
        request.session.set_expiry(STRANGERS_SECONDS)
    browser = request.session.setdefault(BROWSER_KEY, get_random_string(32))
    attempt = oauth.begin(browser=browser, destination=safe_destination(request.POST.get("next", "/")))
    if settings.SIGN_IN_BY_CODE:
        return HttpResponseRedirect(f"{reverse('signin-code')}?{urlencode({'attempt': attempt.nonce})}")
    return HttpResponseRedirect(oauth.authorization_address(attempt))


@never_cache
@require_GET
def callback(request: VisitorRequest) -> HttpResponse:
    try:
        attempt, code = oauth.receive(_query_of(request), browser=request.session.get(BROWSER_KEY))
        user = oauth.complete(attempt, code=code, signed_in=_signed_in(request))
    except SignInProblem as problem:
        return _problem_page(request, problem)
    return _let_in(request, user, attempt)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: VisitorRequest) -> HttpResponse:
    """Ask for the code that OpenRouter shows where it cannot send people back."""
    if not settings.SIGN_IN_BY_CODE:
        raise Http404
    try:
        attempt = oauth.find_pending(request.GET.get("attempt", ""), browser=request.session.get(BROWSER_KEY))
    except SignInProblem as problem:
        return _problem_page(request, problem)
    return _take_code(request, attempt) if request.method == "POST" else _code_page(request, attempt)


@require_POST
def signout(request: VisitorRequest) -> HttpResponse:
    person = str(request.user.pk or "")
    logout(request)
    if person:
        request.session[CLEAR_DRAFTS_OF] = person
    return HttpResponseRedirect("/", headers=CLEAR_CACHE_HEADERS)


def _take_code(request: VisitorRequest, attempt: SignInAttempt) -> HttpResponse:
    try:
        pasted_code = request.POST.get("code", "")
        user = oauth.complete_pasted(attempt, pasted_code=pasted_code, signed_in=_signed_in(request))
    except SignInProblem as problem:
        if problem.kind == "used":
            return _problem_page(request, problem)
        words = error_text(problem.kind)
        return _code_page(request, attempt, status=max(words.status, 400), error=words.sentence)
    return _let_in(request, user, attempt)


def _let_in(request: VisitorRequest, user: User, attempt: SignInAttempt) -> HttpResponse:
    browser = request.session[BROWSER_KEY]
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session.set_expiry(None)  # a stranger's ends within the hour
    request.session[BROWSER_KEY] = browser  # other tabs of this browser may still be signing in
    return HttpResponseRedirect(attempt.destination)


def _signed_in(request: VisitorRequest) -> User | None:
    return request.user if request.user.is_authenticated else None


def _query_of(request: VisitorRequest) -> QueryDict:
    """The query, also when "?code=..." was put behind the one that callback_url has."""
    return QueryDict(request.META["QUERY_STRING"].replace("?", "&"))


def _code_page(
    request: VisitorRequest, attempt: SignInAttempt, *, status: int = 200, error: object = ""
) -> HttpResponse:
    context = {"openrouter": oauth.authorization_address(attempt), "nonce": attempt.nonce, "error": error}
    return render(request, "signin/code.html", context, status=status)


def _problem_page(request: VisitorRequest, problem: SignInProblem) -> HttpResponse:
    if problem.kind == "used" and _signed_in(request) and problem.attempt and problem.attempt.has_succeeded:
        return HttpResponseRedirect(problem.attempt.destination)  # a reload, or the back button
    words = error_text(problem.kind)
    context = {
        "heading": words.heading,
        "sentence": words.sentence,
        "next": problem.attempt.destination if problem.attempt else "/",
    }
    response = render(request, "signin/error.html", context, status=words.status)
    # The address holds a code: no page that is opened from here may learn it. "no-referrer" would be stricter, but
    # makes browsers send "Origin: null" with the form on this page, which then fails the CSRF check.
    response["Referrer-Policy"] = "strict-origin"
    return response
