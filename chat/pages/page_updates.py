"""What the templates need that bring a page up to date."""

from typing import Any

from chat.conversations.page_updates import PageUpdates
from chat.models import Conversation, Reply
from chat.pages.composer import composer_for
from chat.pages.conversation import turns_for


def context_of(news: PageUpdates, conversation: Conversation) -> dict[str, Any]:
    return {
        "conversation": conversation,
        "changed": turns_for(news.changed, news.pagers),
        "missing": turns_for(news.missing, news.pagers),
        "gone": news.gone,
        "composer": composer_for(conversation.user, conversation, running=_running(conversation)),
    }


def _running(conversation: Conversation) -> Reply | None:
    return Reply.objects.filter(message__conversation=conversation, state__in=Reply.RUNNING).first()
