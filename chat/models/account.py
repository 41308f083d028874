"""Users, their OpenRouter keys, their sessions, and sign-ins in progress."""

import hashlib
import uuid
from datetime import timedelta
from importlib import import_module
from typing import ClassVar

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models, transaction
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy

from chat.models import encryption
from chat.models.fetched_rows import Fetched, FetchedQuerySet
from chat.openrouter import ApiKey


class EnterSends(models.TextChoices):
    """What Enter does in the composer. Automatic: it sends on devices with a mouse, else it begins a new line."""

    AUTOMATIC = "automatic", gettext_lazy("Automatic")
    ALWAYS = "always", gettext_lazy("Always")
    NEVER = "never", gettext_lazy("Never")


class User(models.Model):
    """A person with an OpenRouter account. Nothing else is known about them: no name, e-mail address or password.

    `openrouter_id` is OpenRouter's id of the account (`user_…`), or `key:<sha256>` where OpenRouter did not say
    whose key it is: then this user exists as long as that one key does.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    openrouter_id = models.CharField(max_length=200, unique=True)
    created_at = models.DateTimeField(default=timezone.now)

    # Preferences.
    has_shortcuts = models.BooleanField(default=True)
    follows_answers = models.BooleanField(default=True)
    titles_by_model = models.BooleanField(default=False)  # costs the user a little
    sends_with_enter = models.CharField(max_length=9, choices=EnterSends, default=EnterSends.AUTOMATIC)
    model_for_new_chats = models.CharField(max_length=200, blank=True)  # empty: `last_model`
    last_model = models.CharField(max_length=200, blank=True)  # of the last message they sent

    # Both cost something with each use.
    has_dictation = models.BooleanField(default=False)
    dictation_model = models.CharField(max_length=200, blank=True)  # empty: the cheapest
    reads_aloud = models.BooleanField(default=False)
    speech_model = models.CharField(max_length=200, blank=True)  # empty: the cheapest
    speech_voice = models.CharField(max_length=100, blank=True)  # one of that model

    # US dollars as text, by "message", "day" and "month"; null is no limit, and a missing one the site's default.
    spending_limits = models.JSONField(default=dict)

    # Ids of models, the latest first.
    starred_models = models.JSONField(default=list)
    recent_models = models.JSONField(default=list)  # those they sent messages to

    MAX_STARRED_MODELS = 50
    MAX_RECENT_MODELS = 5

    USERNAME_FIELD = "openrouter_id"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    is_active = True
    is_anonymous = False
    is_authenticated = True

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_identified_by_key(self) -> bool:
        """Whether OpenRouter did not say whose key it is, so that the key stands for the user."""
        return self.openrouter_id.startswith("key:")

    def recent_models_with(self, model: str) -> list[str]:
        """`recent_models` once a message was sent to `model`."""
        used = filter(None, (model, *self.recent_models, self.last_model))
        return list(dict.fromkeys(used))[: self.MAX_RECENT_MODELS]

    def star_model(self, model: str, *, starred: bool) -> bool:
        """Star the model with this id, or remove its star; False when that would be more than 50 stars."""
        with transaction.atomic():
            others = [each for each in User.objects.select_for_update().get(pk=self.pk).starred_models if each != model]
            if starred and len(others) >= self.MAX_STARRED_MODELS:
                return False
            self.starred_models = [model, *others] if starred else others
            self.save(update_fields=["starred_models"])
            return True

    def working_key(self) -> ApiKey | None:
        """The user's key; None when there is none, OpenRouter rejected it, or it cannot be decrypted any more."""
        stored: StoredKey | None = getattr(self, "stored_key", None)
        return stored.reveal() if stored and stored.rejected_at is None else None


class StoredKey(Fetched):
    """The OpenRouter key of a user, encrypted for that user alone (chat/models/encryption.py), and what it may spend.

    `status` is what OpenRouter said of it at `fetched_at`: the fields of GET /key that may be stored, as sent, and
    `balance`, US dollars as text or null (chat/accounts/key_status.py). It is empty until OpenRouter has answered.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="stored_key")
    ciphertext = models.TextField()
    sha256 = models.CharField(max_length=64)  # of the key, by which OpenRouter's API names it: /keys/<sha256>
    made_at = models.DateTimeField(default=timezone.now)
    rejected_at = models.DateTimeField(null=True, blank=True)
    status = models.JSONField(default=dict)
    fetched_at = models.DateTimeField(null=True, blank=True)

    objects = FetchedQuerySet.as_manager()

    def __str__(self) -> str:
        return f"key of {self.user_id}"

    def reveal(self) -> ApiKey | None:
        """The decrypted key; None when it cannot be decrypted."""
        try:
            return encryption.decrypt(self.ciphertext, owner=self.user_id)
        except encryption.KeyUnreadable:
            return None


class Session(AbstractBaseSession):
    """The session of a browser, signed in or not (chat/accounts/sessions.py)."""

    session_key = models.CharField(max_length=64, primary_key=True)  # the digest of the cookie's value
    # Without a constraint: a request may store its session while the user is being deleted. Nobody can use it then.
    user = models.ForeignKey(User, models.DO_NOTHING, null=True, related_name="sessions", db_constraint=False)

    def __str__(self) -> str:
        return f"session of {self.user_id}"

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        store: type[SessionBase] = import_module(settings.SESSION_ENGINE).SessionStore
        return store


def digest(secret: str) -> str:
    """The SHA-256 of a long random secret, in hex: stored instead of the secret, to check it later."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_nonce() -> str:
    """32 random letters and digits."""
    return get_random_string(32)


class SignInAttempt(models.Model):
    """A sign-in with OpenRouter in progress: from the click on the button until the callback has used it.

    A row of its own and not an entry in the session: two tabs that begin at the same moment would overwrite each
    other's session, and an UPDATE makes sure that it is used only once. `browser` is the digest of a secret in the
    session that it began in. Used rows stay until they expire, so that a replay can be told from a forgery.
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
        """Mark the attempt as used; True for the one caller that did."""
        fresh = SignInAttempt.objects.filter(pk=self.pk, used_at=None)
        return fresh.update(used_at=timezone.now()) == 1

    def release(self) -> None:
        """Undo `claim`, so that the attempt may be used again."""
        SignInAttempt.objects.filter(pk=self.pk, has_succeeded=False).update(used_at=None)
