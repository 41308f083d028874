"""A text that was sent and could not be stored: it waits in the session, and the next composer shows it."""

from chat.accounts.signed_in import SignedInRequest, VisitorRequest
from chat.rate_limit import RateLimit, address_of

DRAFT = "draft"  # in the session
LONGEST_DRAFT = 20_000  # characters; also for visitors, and anybody can be one
VISITORS_SECONDS = 60 * 60  # that the draft of a visitor is stored, unless they sign in
DRAFTS_OF_ONE_ADDRESS = RateLimit(at_once=20, seconds_each=30)


def store_draft(request: SignedInRequest) -> None:
    request.session[DRAFT] = _text(request)


def store_draft_of_visitor(request: VisitorRequest) -> None:
    """The session of somebody ended while they wrote. There are only so many drafts for each address."""
    if _text(request) and not DRAFTS_OF_ONE_ADDRESS.wait_seconds(address_of(request)):
        request.session[DRAFT] = _text(request)
        request.session.set_expiry(VISITORS_SECONDS)  # until the sign-in


def take_draft(request: SignedInRequest) -> str:
    """Return the waiting text, and remove it from the session; empty when there is none."""
    return str(request.session.pop(DRAFT, ""))


def _text(request: VisitorRequest) -> str:
    return request.POST.get("text", "")[:LONGEST_DRAFT]
