"""Sessions that a copy of the database opens to nobody: only a hash of what the cookie holds is stored.

`SESSION_ENGINE = "chat.accounts.sessions"`. Django's asynchronous methods are not adapted; nothing here uses them.
"""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.db.models import QuerySet
from django.utils import timezone

from chat.accounts.signed_in import SignedInRequest
from chat.models import Session, digest

# On the answer to a sign-out: images and pages that this browser has kept. Drafts of others stay:
# static/js/clear-drafts.js.
FORGET = {"Clear-Site-Data": '"cache"'}


def others_of(request: SignedInRequest) -> QuerySet[Session]:
    """The sessions of the same person in other browsers."""
    theirs = request.user.sessions.filter(expire_date__gt=timezone.now())
    return theirs.exclude(pk=digest(request.session.session_key or ""))


class SessionStore(db.SessionStore):
    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def exists(self, session_key: str) -> bool:
        return super().exists(digest(session_key))

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            Session.objects.filter(pk=digest(key)).delete()

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        return Session(
            session_key=digest(self._get_or_create_session_key()),  # type: ignore[attr-defined]  # of Django's own
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            user_id=data.get(SESSION_KEY),
        )

    def _get_session_from_db(self) -> Session | None:
        """Called by Django's `load`, which has looked that there is a key."""
        there = Session.objects.filter(pk=digest(self.session_key or ""), expire_date__gt=timezone.now()).first()
        if there is None:
            self._session_key = None
        return there
