"""What templates need to bring a page up to date: with what happened elsewhere, and with a message sent from it."""

from typing import Any

from django.shortcuts import get_object_or_404

from chat.conversations.page_updates import PageUpdates, page_updates_for, read_shown_messages
from chat.models import Conversation, Message, Reply, User
from chat.pages.composer import composer_for
from chat.pages.conversation import turns_for
from chat.pages.sidebar import with_marks
from chat.streaming.presenter import present_reply


def updates_context(updates: PageUpdates, conversation: Conversation) -> dict[str, Any]:
    """What conversation/_update.html needs."""
    return {
        "conversation": conversation,
        "changed": turns_for(updates.changed, updates.pagers),
        "missing": turns_for(updates.missing, updates.pagers),
        "gone": updates.removed,
        "composer": composer_for(conversation.user, conversation, running=_running(conversation)),
    }


def updates_before(question: Message, reply: Reply, *, shown: str) -> PageUpdates:
    """What a page lacks that has just sent `question`: other tabs and devices may have the chat open, too.

    `shown` says which messages the page has; without it nothing is looked up.
    """
    messages = read_shown_messages(shown)
    if not messages:
        return PageUpdates()
    updates = page_updates_for(messages, question.conversation, branch=question.id)
    updates.missing = [each for each in updates.missing if each.id not in (question.id, reply.message_id)]
    return updates


def sent_context(question: Message, reply: Reply, updates: PageUpdates, *, user: User, is_new: bool) -> dict[str, Any]:
    """What conversation/_message_sent.html needs: the question, its answer, and what else changes on the page.

    `is_new` says that the chat begins with this question.
    """
    answer = present_reply(reply)
    chat = question.conversation
    return {
        **updates_context(updates, chat),
        "message": question,
        "answer": answer,
        "conversation": get_object_or_404(with_marks(user.conversations.all()), pk=chat.pk),
        "composer": composer_for(user, chat, running=answer),
        "is_new": is_new,
    }


def _running(conversation: Conversation) -> Reply | None:
    return Reply.objects.filter(message__conversation=conversation, state__in=Reply.RUNNING).first()
