"""What can go wrong on the way in: a heading, one sentence, and the HTTP status of the page that says so."""

from dataclasses import dataclass
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chat.models import SignInAttempt


@dataclass
class SignInProblem(Exception):
    """`kind` is a key of WORDS, or a kind of chat/openrouter/errors.py; `attempt` is known unless foreign."""

    kind: str
    attempt: SignInAttempt | None = None


class Words(NamedTuple):
    status: int
    heading: str | Promise
    sentence: str | Promise


_NO_ANSWER = _("Can't reach OpenRouter")
_NOT_FINISHED = _("Sign-in didn't finish")

WORDS = {
    "denied": Words(200, _("Sign-in cancelled"), _("You didn't approve the sign-in, so nothing has changed.")),
    "refused": Words(400, _NOT_FINISHED, _("OpenRouter ended the sign-in before it was complete. Please try again.")),
    "too_often": Words(
        429, _("Please wait a moment"), _("Too many sign-ins were started from your network. Try again in a minute.")
    ),
    "foreign": Words(
        400,
        _NOT_FINISHED,
        _("This sign-in was started in another browser, or it's too old. Please start again."),
    ),
    "forged": Words(400, _NOT_FINISHED, _("What OpenRouter sent back doesn't match this sign-in. Please start again.")),
    "used": Words(400, _("Sign-in already used"), _("This sign-in has already been used. Please start a new one.")),
    "expired": Words(
        400, _("Sign-in expired"), _("This sign-in was started more than 15 minutes ago. Please start again.")
    ),
    "no_code": Words(400, _NOT_FINISHED, _("OpenRouter didn't send a sign-in code. Please try again.")),
    "nothing_pasted": Words(400, _NOT_FINISHED, _("Paste the code first. OpenRouter shows it after you approve.")),
    "too_long": Words(400, _NOT_FINISHED, _("This is too long to be a code. Copy only the code and paste it again.")),
    "pasted_key": Words(
        400, _NOT_FINISHED, _("That's a key, not a code. OpenRouter shows the code after you approve.")
    ),
    "no_code_in_address": Words(
        400, _NOT_FINISHED, _("This address has no code in it. Copy the code that OpenRouter shows.")
    ),
    "code_rejected": Words(400, _NOT_FINISHED, _("OpenRouter didn't accept the sign-in code. Please try again.")),
    "code_expired": Words(
        400, _("Sign-in expired"), _("The sign-in code has expired. It only works for ten minutes. Please try again.")
    ),
    "bad_request": Words(
        502, _NOT_FINISHED, _("OpenRouter didn't accept this site's request for a key. Please try again.")
    ),
    "unreachable": Words(502, _NO_ANSWER, _("OpenRouter can't be reached right now. Please try again in a moment.")),
    "interrupted": Words(502, _NO_ANSWER, _("OpenRouter can't be reached right now. Please try again in a moment.")),
    "line_silent": Words(502, _NO_ANSWER, _("OpenRouter didn't respond in time. Please try again.")),
}
OTHER = Words(
    502, _("OpenRouter has a problem"), _("OpenRouter couldn't complete the sign-in. Please try again in a moment.")
)


def words_for(kind: str) -> Words:
    return WORDS.get(kind, OTHER)
