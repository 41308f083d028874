"""The ways in which a sign-in can fail: for each, the heading, sentence and HTTP status of the error page."""

from dataclasses import dataclass
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chat.models import SignInAttempt


@dataclass
class SignInProblem(Exception):
    """A sign-in failed. `kind` is a key of ERROR_TEXTS, or a kind of chat/openrouter/errors/kinds.py.

    `attempt` is None if the sign-in does not belong to this browser.
    """

    kind: str
    attempt: SignInAttempt | None = None


class ErrorText(NamedTuple):
    status: int
    heading: str | Promise
    sentence: str | Promise


_NO_ANSWER = _("Can't reach OpenRouter")
_NOT_FINISHED = _("Sign-in didn't finish")

ERROR_TEXTS = {
    "denied": ErrorText(200, _("Sign-in cancelled"), _("You didn't approve the sign-in, so nothing has changed.")),
    "refused": ErrorText(
        400, _NOT_FINISHED, _("OpenRouter ended the sign-in before it was complete. Please try again.")
    ),
    "too_often": ErrorText(
        429, _("Please wait a moment"), _("Too many sign-ins were started from your network. Try again in a minute.")
    ),
    "foreign": ErrorText(
        400,
        _NOT_FINISHED,
        _("This sign-in was started in another browser, or it's too old. Please start again."),
    ),
    "forged": ErrorText(
        400, _NOT_FINISHED, _("What OpenRouter sent back doesn't match this sign-in. Please start again.")
    ),
    "used": ErrorText(400, _("Sign-in already used"), _("This sign-in has already been used. Please start a new one.")),
    "expired": ErrorText(
        400, _("Sign-in expired"), _("This sign-in was started more than 15 minutes ago. Please start again.")
    ),
    "no_code": ErrorText(400, _NOT_FINISHED, _("OpenRouter didn't send a sign-in code. Please try again.")),
    "nothing_pasted": ErrorText(400, _NOT_FINISHED, _("Paste the code first. OpenRouter shows it after you approve.")),
    "too_long": ErrorText(
        400, _NOT_FINISHED, _("This is too long to be a code. Copy only the code and paste it again.")
    ),
    "pasted_key": ErrorText(
        400, _NOT_FINISHED, _("That's a key, not a code. OpenRouter shows the code after you approve.")
    ),
    "no_code_in_address": ErrorText(
        400, _NOT_FINISHED, _("This address has no code in it. Copy the code that OpenRouter shows.")
    ),
    "code_rejected": ErrorText(400, _NOT_FINISHED, _("OpenRouter didn't accept the sign-in code. Please try again.")),
    "code_expired": ErrorText(
        400, _("Sign-in expired"), _("The sign-in code has expired. It only works for ten minutes. Please try again.")
    ),
    "bad_request": ErrorText(
        502, _NOT_FINISHED, _("OpenRouter didn't accept this site's request for a key. Please try again.")
    ),
    "unreachable": ErrorText(
        502, _NO_ANSWER, _("OpenRouter can't be reached right now. Please try again in a moment.")
    ),
    "interrupted": ErrorText(
        502, _NO_ANSWER, _("OpenRouter can't be reached right now. Please try again in a moment.")
    ),
    "line_silent": ErrorText(502, _NO_ANSWER, _("OpenRouter didn't respond in time. Please try again.")),
}
OTHER_ERROR = ErrorText(
    502, _("OpenRouter has a problem"), _("OpenRouter couldn't complete the sign-in. Please try again in a moment.")
)


def error_text(kind: str) -> ErrorText:
    return ERROR_TEXTS.get(kind, OTHER_ERROR)
