"""What a chat page warns of: a key that expires, little left to spend, a spending limit that is nearly reached."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from chat.accounts.key_status import keep_fresh
from chat.accounts.key_summary import KeySummary, summarize_key
from chat.models import Conversation, User
from chat.spending.limits import warning_for

WATCHED = timedelta(seconds=90)  # after an answer, for which the page may look whether less is left


def with_key(chats: dict[str, Any], user: User, current: Conversation | None) -> dict[str, Any]:
    """Add to what `list_of_chats` returns what conversation/_key_notice.html needs.

    The list goes on refreshing while what the notice says is about to change: little is left, and an answer has ended.
    """
    key = summarize_key(user)
    keep_fresh(key.stored if key else None)
    listed = [chat for day in chats["days"] for chat in day.chats]
    looks_again = chats["looks_again"] or _is_about_to_change(key, [*listed, *filter(None, [current])])
    return {**chats, "key": key, "looks_again": looks_again, "limit_warning": warning_for(user)}


def _is_about_to_change(key: KeySummary | None, chats: list[Conversation]) -> bool:
    if key is None or key.has_failed or not key.is_nearly_low:
        return False
    latest = max((chat.updated_at for chat in chats), default=None)
    fetched_at = key.stored.fetched_at
    has_spent = latest and fetched_at and fetched_at < latest and timezone.now() - latest < WATCHED
    return key.stored.is_due or bool(has_spent)
