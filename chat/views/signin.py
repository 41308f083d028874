"""In through OpenRouter, and out again."""

from django.contrib.auth import login, logout
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.crypto import get_random_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from chat.signin import flow
from chat.signin.access import VisitorRequest, safe_destination
from chat.signin.flow import BROWSER
from chat.signin.problems import SignInProblem, words_for

LEFT = "left"  # in the session: who has just signed out; the next page takes their drafts out of the browser


@require_POST
def signin(request: VisitorRequest) -> HttpResponse:
    browser = request.session.setdefault(BROWSER, get_random_string(32))
    destination = safe_destination(request.POST.get("next", "/"))
    return HttpResponseRedirect(flow.begin(browser=browser, destination=destination))


@never_cache
@require_GET
def callback(request: VisitorRequest) -> HttpResponse:
    signed_in = request.user if request.user.is_authenticated else None
    browser = request.session.get(BROWSER)
    try:
        attempt, code = flow.receive(_query_of(request), browser=browser)
        user = flow.complete(attempt, code=code, signed_in=signed_in)
    except SignInProblem as problem:
        if problem.kind == "used" and signed_in and problem.attempt and problem.attempt.has_succeeded:
            return HttpResponseRedirect(problem.attempt.destination)  # a reload, or the back button
        return _problem_page(request, problem)
    login(request, user)
    request.session[BROWSER] = browser  # other tabs of this browser may be half-way through
    return HttpResponseRedirect(attempt.destination)


@require_POST
def signout(request: VisitorRequest) -> HttpResponse:
    person = str(request.user.pk or "")
    logout(request)
    if person:
        request.session[LEFT] = person
    return HttpResponseRedirect("/")


def _query_of(request: VisitorRequest) -> QueryDict:
    """The query, also when "?code=..." was put behind the one that callback_url has."""
    return QueryDict(request.META["QUERY_STRING"].replace("?", "&"))


def _problem_page(request: VisitorRequest, problem: SignInProblem) -> HttpResponse:
    words = words_for(problem.kind)
    context = {
        "heading": words.heading,
        "sentence": words.sentence,
        "next": problem.attempt.destination if problem.attempt else "/",
    }
    response = render(request, "signin/problem.html", context, status=words.status)
    # The address holds a code: no page that is opened from here may learn it. "no-referrer" would be stricter, but
    # makes browsers send "Origin: null" with the form on this page, which then fails the CSRF check.
    response["Referrer-Policy"] = "strict-origin"
    return response
