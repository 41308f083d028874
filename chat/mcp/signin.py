"""The steps of signing in with an MCP server, for the views to call.

begin()     finds out where the person has to approve, and stores the sign-in that has begun
complete()  takes what the callback got, exchanges it for tokens, and lists the server's tools
"""

from django.http import QueryDict
from django.utils import timezone

from chat.mcp.ask import list_tools
from chat.mcp.process.problems import Kind, Problem
from chat.mcp.servers import store_problem, store_tools
from chat.models import McpServer, McpSignIn, User, digest

MAX_CODE_CHARS = 2000


class NotYours(Exception):
    """A callback that belongs to no sign-in of this person in this browser, or to one that is over."""


class Failed(Exception):
    """The sign-in with `server` did not work. Why is stored with it."""

    def __init__(self, server: McpServer) -> None:
        super().__init__()
        self.server = server


class Denied(Failed):
    """The person, or the authorization server, did not approve. Nothing is stored."""


def begin(server: McpServer, *, browser: str) -> str | None:
    """The address where the person has to approve; None if the server now works without.

    `browser` is a secret in the session. Raises Problem and McpServer.DoesNotExist.
    """
    McpSignIn.objects.filter(started_at__lt=timezone.now() - McpSignIn.LIFETIME).delete()
    secrets = {name: value for name, value in server.secrets.items() if name not in ("tokens", "expires_at")}
    result = list_tools(server, secrets=secrets)
    if "approve" not in result:
        store_tools(server, result)
        return None
    McpServer.objects.only("pk").get(pk=server.pk)  # or it was deleted meanwhile
    approve = result["approve"]
    McpSignIn.objects.create(
        server=server, browser=digest(browser), state=approve["state"], verifier=approve["verifier"]
    )
    return str(approve["url"])


def complete(query: QueryDict, *, user: User, browser: str) -> McpServer:
    """The server that the person is now signed in with. Raises NotYours, Denied, Failed and McpServer.DoesNotExist."""
    sign_in = _claimed(query.get("state", ""), user, browser)
    server, code = sign_in.server, query.get("code", "")
    if not 0 < len(code) <= MAX_CODE_CHARS:
        raise Denied(server)
    approval = {"code": code, "verifier": sign_in.verifier, "iss": query.get("iss", "")}
    try:
        result = list_tools(server, secrets=server.secrets, approval=approval)
        if "approve" in result:
            raise Problem(Kind.UNAUTHORIZED)
        store_tools(server, result)
    except Problem as problem:
        store_problem(server, problem)
        raise Failed(server) from None
    return server


def _claimed(state: str, user: User, browser: str) -> McpSignIn:
    """The sign-in with this state, for the one who gets it: it works once."""
    found = McpSignIn.objects.filter(state=state.replace("\0", ""), server__user=user, browser=digest(browser))
    sign_in = found.select_related("server").first() if state and browser else None
    if sign_in is None or sign_in.is_expired or not McpSignIn.objects.filter(pk=sign_in.pk).delete()[0]:
        raise NotYours
    return sign_in
