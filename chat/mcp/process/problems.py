"""What can go wrong with an MCP server, by names that both sides of the process know."""

from enum import StrEnum


class Kind(StrEnum):
    """Names of problems; chat/mcp/problem_sentences.py has the words for each."""

    NOT_PUBLIC = "not_public"  # its address is private
    NOT_HTTPS = "not_https"
    UNKNOWN_HOST = "unknown_host"
    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    REDIRECT = "redirect"  # to another site; detail: where to
    HTTP_STATUS = "http_status"  # detail: the status
    NOT_MCP = "not_mcp"  # what it sends cannot be read
    VERSION = "version"  # it speaks none of our versions of the protocol
    SERVER_ERROR = "server_error"  # it says so itself; detail: its words
    UNAUTHORIZED = "unauthorized"  # it wants a header or a sign-in
    NO_SIGN_IN = "no_sign_in"  # it offers none that works here; detail: why
    NO_TOOL = "no_tool"  # it no longer has this tool
    CHANGED = "changed"  # the tool is another one than the person has seen
    TOOL_ERROR = "tool_error"  # the tool failed; detail: its words
    STOPPED = "stopped"
    BUSY = "busy"
    BROKEN = "broken"  # an error of ours


class Problem(Exception):
    """The work with a server cannot go on."""

    def __init__(self, kind: Kind, detail: str = "") -> None:
        super().__init__(f"{kind} {detail}".strip())
        self.kind, self.detail = kind, detail


def find_in(error: BaseException, wanted: type[BaseException]) -> BaseException | None:
    """The first exception of a type in a group, or among what an exception was raised from.

    `__context__` says nothing: the package tries one way to begin after the other.
    """
    if isinstance(error, wanted):
        return error
    nested = error.exceptions if isinstance(error, BaseExceptionGroup) else (error.__cause__,)
    return next((found for each in nested if each and (found := find_in(each, wanted))), None)
