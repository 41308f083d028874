"""What templates need to bring a page up to date: with what happened elsewhere, and with a message sent from it."""

from typing import Any

from chat.conversations.page_updates import PageUpdates, page_updates_for, read_shown_messages
from chat.models import Conversation, Reply, User
from chat.new_replies.ask import Asked
from chat.pages.composer import composer_for
from chat.pages.conversation import turns_for
from chat.pages.settings import link_context
from chat.pages.sidebar import row_of_running
from chat.streaming.presenter import present_reply


def updates_context(updates: PageUpdates, conversation: Conversation) -> dict[str, Any]:
    """What conversation/_update.html needs."""
    return {
        **_changes_context(updates),
        "conversation": conversation,
        "composer": composer_for(conversation.user, conversation, running=_running(conversation)),
    }


def _changes_context(updates: PageUpdates) -> dict[str, Any]:
    """What conversation/_changed_messages.html needs."""
    return {
        "changed": turns_for(updates.changed, updates.pagers),
        "missing": turns_for(updates.missing, updates.pagers),
        "gone": updates.removed,
    }


def updates_before(asked: Asked, *, shown: str) -> PageUpdates:
    """What a page lacks that has just sent a question: other tabs and devices may have the chat open, too.

    `shown` says which messages the page has; without it nothing is looked up.
    """
    messages = read_shown_messages(shown)
    if not messages:
        return PageUpdates()
    new = (asked.question.id, asked.reply.message_id)
    return page_updates_for(messages, asked.question.conversation, tree=asked.tree, branch=asked.question.id, known=new)


def sent_context(asked: Asked, updates: PageUpdates, *, user: User, is_new: bool) -> dict[str, Any]:
    """What conversation/_message_sent.html needs: the question, its answer, and what else changes on the page.

    `is_new` says that the chat begins with this question.
    """
    columns = tuple(map(present_reply, asked.replies))
    answer = columns[0]
    chat = asked.question.conversation
    return {
        **_changes_context(updates),
        "message": asked.question,
        "answer": answer,
        "columns": columns if len(columns) > 1 else (),
        "conversation": row_of_running(chat),
        "composer": composer_for(user, chat, running=answer),
        "is_new": is_new,
        "has_new_settings": is_new or bool(asked.reply.prefill),
        **link_context(chat, None),
    }


def _running(conversation: Conversation) -> Reply | None:
    return Reply.objects.filter(message__conversation=conversation, state__in=Reply.RUNNING).first()
