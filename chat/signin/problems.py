"""What can go wrong on the way in: a heading, one sentence, and the HTTP status of the page that says so."""

from dataclasses import dataclass
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chat.signin.models import SignInAttempt


@dataclass
class SignInProblem(Exception):
    """`kind` is a key of WORDS, or a kind of chat/openrouter/errors.py; `attempt` is known unless foreign."""

    kind: str
    attempt: SignInAttempt | None = None


class Words(NamedTuple):
    status: int
    heading: str | Promise
    sentence: str | Promise


_NO_ANSWER = _("OpenRouter is out of reach")
_NOT_FINISHED = _("Sign-in did not finish")

WORDS = {
    "denied": Words(200, _("Sign-in cancelled"), _("You did not approve the sign-in, so nothing was changed.")),
    "refused": Words(400, _NOT_FINISHED, _("OpenRouter ended the sign-in before it was complete.")),
    "too_often": Words(
        429, _("Please wait a moment"), _("Too many sign-ins were begun from your network. Try again in a minute.")
    ),
    "foreign": Words(
        400,
        _NOT_FINISHED,
        _("This sign-in was not begun in this browser, or it is too old. Please begin here again."),
    ),
    "forged": Words(400, _NOT_FINISHED, _("The answer does not belong to the sign-in that was begun here.")),
    "used": Words(400, _("Already used"), _("This sign-in has been used before; each one works once.")),
    "expired": Words(400, _("Too late"), _("More than 15 minutes have passed since this sign-in was begun.")),
    "no_code": Words(400, _NOT_FINISHED, _("OpenRouter's answer lacks the code that signs you in.")),
    "nothing_pasted": Words(400, _NOT_FINISHED, _("Paste the code first: OpenRouter shows it after you approve.")),
    "too_long": Words(400, _NOT_FINISHED, _("This is too long for a code.")),
    "pasted_key": Words(
        400, _NOT_FINISHED, _("That is a key, not a code. OpenRouter shows the code after you approve.")
    ),
    "no_code_in_address": Words(400, _NOT_FINISHED, _("There is no code in this address.")),
    "code_rejected": Words(400, _NOT_FINISHED, _("OpenRouter did not accept the sign-in code.")),
    "code_expired": Words(400, _("Too late"), _("The sign-in code has expired; OpenRouter keeps it for ten minutes.")),
    "bad_request": Words(502, _NOT_FINISHED, _("OpenRouter did not accept this site's request for a key.")),
    "unreachable": Words(502, _NO_ANSWER, _("OpenRouter could not be reached just now.")),
    "interrupted": Words(502, _NO_ANSWER, _("OpenRouter could not be reached just now.")),
    "line_silent": Words(502, _NO_ANSWER, _("OpenRouter did not answer in time.")),
}
OTHER = Words(502, _("OpenRouter has a problem"), _("OpenRouter could not complete the sign-in just now."))


def words_for(kind: str) -> Words:
    return WORDS.get(kind, OTHER)
