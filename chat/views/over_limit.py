"""The page of a chat where something other than a message was refused: a retry over the spending limits, for one."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from chat.accounts.signed_in import SignedInRequest
from chat.conversations.quota import OutOfSpace
from chat.models import Conversation
from chat.new_replies.running_replies import Busy
from chat.pages.composer import Contents
from chat.pages.conversation import render_page
from chat.spending.limits import OverLimit
from chat.streaming.reply_actions import Action

FIELDS = ("model", "max_completion_tokens")  # of the buttons that ask for another answer; each has one of them

Refusal = Busy | OverLimit | OutOfSpace


def is_over_limit(request: SignedInRequest) -> bool:
    """Whether the person has said that it is to be sent all the same."""
    return "over_limit" in request.GET or "over_limit" in request.POST


def refused_page(request: SignedInRequest, conversation: Conversation, refusal: Refusal) -> HttpResponse:
    """The page of the chat, with the reason; where a limit is the reason, with a button that does it all the same."""
    contents = Contents(error=str(refusal))
    if isinstance(refusal, OverLimit):
        contents.is_over_limit = True
        contents.refused_action = _same_again(request)
    return render_page(request, conversation, contents, status=422)


def _same_again(request: SignedInRequest) -> Action:
    query = request.GET.copy()
    query["over_limit"] = "1"
    address = f"{request.path}?{query.urlencode()}"
    fields = {name: request.POST[name] for name in FIELDS if request.POST.get(name)}
    return Action("post", _("Send anyway"), address, fields)
