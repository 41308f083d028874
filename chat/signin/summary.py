"""What the account page tells about a person's key."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings

from chat.openrouter import KeyRejected, OpenRouterError
from chat.signin.models import StoredKey, User
from chat.upstream import openrouter


@dataclass(frozen=True)
class KeySummary:
    works: bool
    made_at: datetime | None = None
    usage: Decimal | None = None  # US dollars spent with this key; None is unknown
    limit_remaining: Decimal | None = None  # US dollars until the key's own cap; None is no cap or unknown
    settings_url: str = ""


def summary_of(user: User) -> KeySummary | None:
    """None when no key is kept."""
    stored = StoredKey.objects.filter(user=user).first()
    settings_url = key_page(stored)
    key = user.working_key()
    if stored is None:
        return None
    if key is None:
        return KeySummary(works=False, made_at=stored.made_at, settings_url=settings_url)
    try:
        info = openrouter().key_info(key)
    except KeyRejected:
        return KeySummary(works=False, made_at=stored.made_at, settings_url=settings_url)
    except OpenRouterError:
        return KeySummary(works=True, made_at=stored.made_at, settings_url=settings_url)
    return KeySummary(True, stored.made_at, info.usage, info.limit_remaining, settings_url)


def key_page(stored: StoredKey | None) -> str:
    """Where the person finds this key at OpenRouter, to limit or delete it."""
    address = f"keys/{stored.sha256}" if stored else "settings/keys"
    return f"{settings.OPENROUTER_URL}/{address}"
