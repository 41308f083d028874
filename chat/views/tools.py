"""One's own MCP servers: add one, sign in to it, list its tools again, choose when they may run, delete it."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlsplit
from uuid import UUID

from django.db.models import Count
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chat.accounts.oauth import BROWSER_KEY
from chat.accounts.signed_in import SignedInRequest, signed_in
from chat.forms.mcp import NewServerForm, ServerForm
from chat.mcp import servers, signin
from chat.mcp.problem_sentences import sentence
from chat.mcp.process.problems import Problem
from chat.models import McpServer, McpTool
from chat.rate_limit import RateLimit

P = ParamSpec("P")

CONNECTIONS = RateLimit(at_once=12, seconds_each=5)  # of one person, beside those that tools make


def of_existing_servers(view: Callable[Concatenate[SignedInRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Decorate a view: a server that is deleted in another tab, while this one waits for it, is a 404."""

    @wraps(view)
    def guarded(request: SignedInRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except McpServer.DoesNotExist:
            raise Http404 from None

    return guarded


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def index(request: SignedInRequest) -> HttpResponse:
    """List the servers; a POST adds one."""
    form = NewServerForm(request.POST) if request.method == "POST" else NewServerForm()
    if request.method != "POST" or not form.is_valid():
        return _list(request, form)
    if CONNECTIONS.wait_seconds(request.user.pk):
        form.add_error(None, _too_often())
        return _list(request, form)
    server = form.server(user=request.user)
    try:
        servers.add_server(server)
    except servers.TooManyServers as refusal:
        form.add_error(None, str(refusal))
    except Problem as problem:
        form.add_error("url", sentence(problem.kind, problem.detail))
    else:
        return _to_page(server)
    return _list(request, form)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@of_existing_servers
def show(request: SignedInRequest, server_id: UUID) -> HttpResponse:
    server = _own_server(request, server_id)
    if request.method != "POST":
        return _page(request, server)
    form = ServerForm(request.POST, server=server)
    if not form.is_valid():
        return _page(request, server, form=form, status=422)
    form.save()
    return _to_page(server)


@require_POST
@signed_in
@of_existing_servers
def refresh(request: SignedInRequest, server_id: UUID) -> HttpResponse:
    """List the tools of a server again."""
    server = _own_server(request, server_id)
    if CONNECTIONS.wait_seconds(request.user.pk):
        return _page(request, server, error=_too_often(), status=429)
    servers.refresh(server)
    return _page(request, server, status=422) if server.problem else _to_page(server)


@require_POST
@signed_in
@of_existing_servers
def sign_in(request: SignedInRequest, server_id: UUID) -> HttpResponse:
    """Show the link to where the person approves. A redirect would not do: form-action of our pages forbids it."""
    server = _own_server(request, server_id)
    if CONNECTIONS.wait_seconds(request.user.pk):
        return _page(request, server, error=_too_often(), status=429)
    browser = request.session.setdefault(BROWSER_KEY, get_random_string(32))
    try:
        address = signin.begin(server, browser=browser)
    except Problem as problem:
        return _page(request, server, error=sentence(problem.kind, problem.detail), status=422)
    if address is None:
        return _to_page(server)
    return render(request, "mcp/sign_in.html", {"server": server, "address": address, "host": urlsplit(address).netloc})


@never_cache
@require_GET
@signed_in
@of_existing_servers
def callback(request: SignedInRequest) -> HttpResponse:
    """Where the authorization server sends the person back to."""
    try:
        server = signin.complete(request.GET, user=request.user, browser=request.session.get(BROWSER_KEY, ""))
    except signin.NotYours:
        return render(request, "mcp/sign_in_failed.html", status=400)
    except signin.Denied as denied:
        return _page(request, denied.server, error=_("The sign-in wasn't approved."), status=422)
    except signin.Failed as failed:
        return _page(request, failed.server, status=422)
    return _to_page(server)


@require_POST
@signed_in
def delete(request: SignedInRequest, server_id: UUID) -> HttpResponse:
    _own_server(request, server_id).delete()
    return HttpResponseRedirect(reverse("tools"))


def _list(request: SignedInRequest, form: NewServerForm) -> HttpResponse:
    context = {
        "servers": request.user.mcp_servers.annotate(tool_count=Count("tools")),
        "form": form,
        "has_header": bool(form["header_name"].value() or form["header_value"].value()),
        "most": McpServer.MOST,
    }
    return render(request, "mcp/servers.html", context, status=422 if form.errors else 200)


def _page(
    request: SignedInRequest, server: McpServer, *, form: ServerForm | None = None, error: str = "", status: int = 200
) -> HttpResponse:
    if form is None:
        form = ServerForm({"name": server.name, "header_name": server.header_name}, server=server)
    if server.problem and not error:
        error = sentence(server.problem, server.problem_detail)
    context = {"server": server, "form": form, "error": error, "permissions": McpTool.Permission.choices}
    return render(request, "mcp/server.html", context, status=status)


def _to_page(server: McpServer) -> HttpResponse:
    return HttpResponseRedirect(reverse("tool-server", args=[server.pk]))


def _too_often() -> str:
    return _("Too many attempts. Wait a minute, then try again.")


def _own_server(request: SignedInRequest, id_: UUID) -> McpServer:
    return get_object_or_404(request.user.mcp_servers, pk=id_)
