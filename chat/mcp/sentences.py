"""What to tell a person, or a model, of a problem with an MCP server."""

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from chat.mcp.process.problems import Kind, Problem

SENTENCES: dict[Kind, Promise] = {
    Kind.NOT_PUBLIC: gettext_lazy("The address leads into a private network, which this site doesn't connect to."),
    Kind.NOT_HTTPS: gettext_lazy("The address has to begin with https://."),
    Kind.UNKNOWN_HOST: gettext_lazy("There is no server with this name. Check the address."),
    Kind.UNREACHABLE: gettext_lazy("The server can't be reached. Check the address, or try again later."),
    Kind.CERTIFICATE: gettext_lazy("The server's certificate isn't valid, so the connection wouldn't be private."),
    Kind.TIMEOUT: gettext_lazy("The server took too long to answer."),
    Kind.TOO_LARGE: gettext_lazy("The server sent too much."),
    Kind.REDIRECT: gettext_lazy("The server redirects to another address: %(detail)s"),
    Kind.HTTP_STATUS: gettext_lazy("The server answered with the HTTP status %(detail)s. Check the address."),
    Kind.NOT_MCP: gettext_lazy("There is no MCP server at this address, or its answer can't be read."),
    Kind.VERSION: gettext_lazy("The server uses a version of MCP that this site doesn't know."),
    Kind.SERVER_ERROR: gettext_lazy("The server reports an error: %(detail)s"),
    Kind.UNAUTHORIZED: gettext_lazy("The server doesn't accept the key or the sign-in that it was sent."),
    Kind.NO_SIGN_IN: gettext_lazy(
        "This site can't sign in with the server. If it gave you a key, send that as a header."
    ),
    Kind.NO_TOOL: gettext_lazy("The server no longer has this tool."),
    Kind.CHANGED: gettext_lazy("The server has changed this tool since it was offered. Nothing was run."),
    Kind.TOOL_ERROR: gettext_lazy("The tool reports an error: %(detail)s"),
    Kind.STOPPED: gettext_lazy("The call was stopped."),
    Kind.BUSY: gettext_lazy("Too many tools are running at the moment."),
    Kind.BROKEN: gettext_lazy("Something went wrong on this site."),
}


def sentence(kind: str, detail: str = "") -> str:
    """The words for a problem, in the reader's language; `detail` is text of the server."""
    return str(SENTENCES[Kind(kind)]) % {"detail": detail}


def english(problem: Problem) -> str:
    """The words for a model."""
    with translation.override("en"):
        return sentence(problem.kind, problem.detail)
