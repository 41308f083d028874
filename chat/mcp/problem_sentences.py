"""The sentences for problems with MCP servers, for people and for models."""

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from chat.mcp.process.problems import Kind, Problem

SENTENCES: dict[Kind, Promise] = {
    Kind.NOT_PUBLIC: gettext_lazy("This address is on a private network, so this site doesn't connect to it."),
    Kind.NOT_HTTPS: gettext_lazy("The address has to start with https://."),
    Kind.UNKNOWN_HOST: gettext_lazy("No server was found at this address. Check the spelling."),
    Kind.UNREACHABLE: gettext_lazy("The server can't be reached. Check the address or try again later."),
    Kind.CERTIFICATE: gettext_lazy("The server's certificate isn't valid, so the connection wouldn't be private."),
    Kind.TIMEOUT: gettext_lazy("The server took too long to respond."),
    Kind.TOO_LARGE: gettext_lazy("The server sent too much data."),
    Kind.REDIRECT: gettext_lazy("The server redirects to another address: %(detail)s"),
    Kind.HTTP_STATUS: gettext_lazy("The server responded with HTTP status %(detail)s. Check the address."),
    Kind.NOT_MCP: gettext_lazy("There is no MCP server at this address, or its response can't be read."),
    Kind.VERSION: gettext_lazy("The server uses a version of MCP that this site doesn't support."),
    Kind.SERVER_ERROR: gettext_lazy("The server reported an error: %(detail)s"),
    Kind.UNAUTHORIZED: gettext_lazy("The server didn't accept your key or sign-in."),
    Kind.NO_SIGN_IN: gettext_lazy(
        "This site can't sign in to the server. If you have a key for it, send the key in a header."
    ),
    Kind.NO_TOOL: gettext_lazy("The server no longer has this tool."),
    Kind.CHANGED: gettext_lazy("The server has changed this tool in the meantime, so it wasn't run."),
    Kind.TOOL_ERROR: gettext_lazy("The tool reported an error: %(detail)s"),
    Kind.STOPPED: gettext_lazy("The call was stopped."),
    Kind.BUSY: gettext_lazy("Too many tools are running right now. Try again in a moment."),
    Kind.BROKEN: gettext_lazy("Something went wrong on this site."),
}


def sentence(kind: str, detail: str = "") -> str:
    """The sentence for a problem, in the reader's language; `detail` is text of the server."""
    return str(SENTENCES[Kind(kind)]) % {"detail": detail}


def english(problem: Problem) -> str:
    """The sentence for a problem in English, for a model."""
    with translation.override("en"):
        return sentence(problem.kind, problem.detail)
