"""Tool calls that wait for the person: allow one, allow the tool in this chat, or refuse it."""

from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from chat.accounts.signed_in import SignedInRequest, signed_in
from chat.models import Conversation, Decision, Reply
from chat.replies import live
from chat.replies.recover import stored_deltas
from chat.reply_content.rounds import steps_of
from chat.reply_content.steps import Step, StepState
from chat.views.access import own_reply


@require_POST
@signed_in
def decide(request: SignedInRequest, reply_id: UUID, number: int) -> HttpResponse:
    """Take a decision about a tool call; one that has been decided about stays as it is."""
    reply = own_reply(request, reply_id)
    decision = request.POST.get("decision", "")
    if decision not in Decision.values:
        raise Http404
    live_reply = live.find(reply.pk)
    deltas = live_reply.deltas if live_reply else stored_deltas(reply.pk)
    step = next((step for step in steps_of(deltas) if step.number == number), None)
    if step is None:
        raise Http404
    if step.state == StepState.ASKED:
        _store(reply, step, decision)
        if live_reply:
            live_reply.decide({number: decision})
    if request.htmx:
        return HttpResponse(status=204)  # what changes on the page comes through the stream
    return HttpResponseRedirect(reply.message.conversation.get_absolute_url())


def _store(reply: Reply, step: Step, decision: str) -> None:
    """For the process that makes the reply, which may be another one; and for the rest of the chat."""
    with transaction.atomic():
        row = Reply.objects.select_for_update(no_key=True).get(pk=reply.pk)
        Reply.objects.filter(pk=reply.pk).update(decisions={**(row.decisions or {}), str(step.number): decision})
        if decision == Decision.CHAT:
            _allow_in_chat(reply, step)


def _allow_in_chat(reply: Reply, step: Step) -> None:
    """Allow the tool as it was when the person was asked: its server may list another one by now."""
    if conversation := Conversation.locked(reply.message.conversation_id):
        conversation.allowed_tools = {**(conversation.allowed_tools or {}), step.tool: step.digest}
        conversation.save(update_fields=["allowed_tools"])
