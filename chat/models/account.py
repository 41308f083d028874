"""Who somebody is, the key that pays for them, and sign-ins that are under way."""

import hashlib
import uuid
from datetime import timedelta
from importlib import import_module
from typing import ClassVar

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy

from chat.models import encryption
from chat.openrouter import ApiKey


class EnterSends(models.TextChoices):
    """What Enter does in the field of a message; automatic: it sends where there is a mouse, else begins a line."""

    AUTOMATIC = "automatic", gettext_lazy("Automatic")
    ALWAYS = "always", gettext_lazy("Always")
    NEVER = "never", gettext_lazy("Never")


class User(models.Model):
    """A person, known by their OpenRouter account alone: there are no names, addresses or passwords here.

    `openrouter_id` is OpenRouter's id of the account (`user_…`), or `key:<sha256>` where OpenRouter did not say
    whose key it is: then the account lives and dies with that one key.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    openrouter_id = models.CharField(max_length=200, unique=True)
    created_at = models.DateTimeField(default=timezone.now)

    # What they like.
    has_shortcuts = models.BooleanField(default=True)
    follows_answers = models.BooleanField(default=True)
    titles_by_model = models.BooleanField(default=False)  # costs them a little
    sends_with_enter = models.CharField(max_length=9, choices=EnterSends, default=EnterSends.AUTOMATIC)
    model_for_new_chats = models.CharField(max_length=200, blank=True)  # empty: `last_model`
    last_model = models.CharField(max_length=200, blank=True)  # the one they chose last, with a message

    USERNAME_FIELD = "openrouter_id"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    is_active = True
    is_anonymous = False
    is_authenticated = True

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_known_by_key_alone(self) -> bool:
        return self.openrouter_id.startswith("key:")

    def working_key(self) -> ApiKey | None:
        return StoredKey.working(self.id)


class StoredKey(models.Model):
    """The OpenRouter key of a person, encrypted and bound to them (chat/models/encryption.py)."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="stored_key")
    ciphertext = models.TextField()
    sha256 = models.CharField(max_length=64)  # OpenRouter's own address of the key: /keys/<sha256>
    made_at = models.DateTimeField(default=timezone.now)
    rejected_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"key of {self.user_id}"

    @classmethod
    def working(cls, user_id: uuid.UUID) -> ApiKey | None:
        """The key to pay with; None when there is none, it was refused, or it cannot be decrypted any more."""
        stored = cls.objects.filter(user=user_id, rejected_at=None).first()
        return stored.reveal() if stored else None

    def reveal(self) -> ApiKey | None:
        try:
            return encryption.decrypt(self.ciphertext, owner=self.user_id)
        except encryption.KeyUnreadable:
            return None


class Session(AbstractBaseSession):
    """One browser that has been here, signed in or not (chat/accounts/sessions.py)."""

    session_key = models.CharField(max_length=64, primary_key=True)  # the digest of what the cookie holds
    # Without a constraint: one that is stored just when its person leaves lets nobody in.
    user = models.ForeignKey(User, models.DO_NOTHING, null=True, related_name="sessions", db_constraint=False)

    def __str__(self) -> str:
        return f"session of {self.user_id}"

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        store: type[SessionBase] = import_module(settings.SESSION_ENGINE).SessionStore
        return store


def digest(secret: str) -> str:
    """What is stored of a long random secret: it tells whether somebody has it, and does not give it away."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_nonce() -> str:
    return get_random_string(32)


class SignInAttempt(models.Model):
    """One click on "Sign in with OpenRouter" and what must come back with it.

    A row of its own rather than an entry in the session: two tabs that begin at the same moment would
    overwrite each other's session, and "exactly once" is one UPDATE here. `browser`, the digest of a secret in the
    session it began in, ties the row to it; `used_at` is kept until the row expires, so that a replay is told from a
    forgery.
    """

    LIFETIME = timedelta(minutes=15)

    nonce = models.CharField(max_length=64, primary_key=True, default=new_nonce)
    browser = models.CharField(max_length=64)
    state = models.CharField(max_length=64, default=new_nonce)
    code_verifier = models.CharField(max_length=128)
    destination = models.CharField(max_length=2000)
    started_at = models.DateTimeField(default=timezone.now, db_index=True)
    used_at = models.DateTimeField(null=True, blank=True)
    has_succeeded = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"sign-in of {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def is_expired(self) -> bool:
        return timezone.now() - self.started_at > self.LIFETIME

    def claim(self) -> bool:
        """Use the attempt up; True for the one caller that gets it."""
        fresh = SignInAttempt.objects.filter(pk=self.pk, used_at=None)
        return fresh.update(used_at=timezone.now()) == 1

    def release(self) -> None:
        """Give one's own claim back: the attempt may be tried again."""
        SignInAttempt.objects.filter(pk=self.pk, has_succeeded=False).update(used_at=None)
