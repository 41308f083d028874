"""The messages above and below those that a page shows, and what is new among them."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRefresh

from chat.accounts.signed_in import SignedInRequest, VisitorRequest, signed_in
from chat.conversations.page_updates import EDITED, page_updates_for, read_shown_messages
from chat.conversations.transcript import newer, older
from chat.models import Conversation
from chat.pages.conversation import turns_of
from chat.pages.page_updates import context_of
from chat.params import uuid_or_none
from chat.replies.catch_up import catch_up
from chat.views.access import own_conversation
from chat.views.body_limit import limit_body
from chat.views.messages import MOST_FORM_BYTES, create


@limit_body(MOST_FORM_BYTES)
@require_http_methods(["GET", "HEAD", "POST"])
def messages(request: VisitorRequest, conversation_id: UUID) -> HttpResponseBase:
    """A GET is for those that come `before` or `after` one, or for what is new; a POST says something."""
    return create(request, conversation_id) if request.method == "POST" else _section(request, conversation_id)


@signed_in
def _section(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    conversation = own_conversation(request, conversation_id)
    before, after, branch = (uuid_or_none(request.GET.get(name)) for name in ("before", "after", "branch"))
    if request.htmx and "shown" in request.GET:
        return _page_updates(request, conversation, branch)
    if not request.htmx or not (before or after):
        return HttpResponseRedirect(reverse("conversation", args=[conversation_id]))
    if before:
        shown = older(conversation, before=before, branch=branch)
        shown.has_newer = False  # is on the page
    else:
        assert after
        shown = newer(conversation, after=after, branch=branch)
        shown.has_older = False
    return render(request, "conversation/_message_list.html", turns_of(conversation, shown))


def _page_updates(request: SignedInRequest, conversation: Conversation, branch: UUID | None) -> HttpResponse:
    """What a page lacks that has stood for a while; mostly nothing, which is said with 204."""
    catch_up(request.user, conversation)
    shown = read_shown_messages(request.GET["shown"])
    news = page_updates_for(shown, conversation, branch=branch)
    is_edited = any(each.version == EDITED for each in shown)  # what is typed there would be lost
    if not news or (news.is_another_page and is_edited):
        return HttpResponse(status=204)
    if news.is_another_page:
        return HttpResponseClientRefresh()
    return render(request, "conversation/_update.html", context_of(news, conversation))
