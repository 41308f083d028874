"""The session backend: like Django's, but the database has only a hash of the session key in the cookie.

So a stolen copy of the database opens no session. `SESSION_ENGINE = "chat.accounts.sessions"`. Django's asynchronous
methods are not adapted, because the site does not use them.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends import db
from django.db.models import QuerySet
from django.utils import timezone

from chat.accounts.signed_in import SignedInRequest
from chat.models import Session, User, digest
from chat.models.prepared_queries import prepared

# For the response to a sign-out: clears the browser's cache, which has images and pages. It does not clear the storage,
# where other people's drafts may be; static/js/clear-drafts.js removes this person's.
CLEAR_CACHE_HEADERS = {"Clear-Site-Data": '"cache"'}


def other_sessions(request: SignedInRequest) -> QuerySet[Session]:
    """Return the person's sessions in other browsers."""
    sessions = request.user.sessions.filter(expire_date__gt=timezone.now())
    return sessions.exclude(pk=digest(request.session.session_key or ""))


@prepared
def _stored_sessions(key: str, now: datetime) -> QuerySet[Session]:
    return Session.objects.filter(pk=key, expire_date__gt=now).select_related("user")


class SessionStore(db.SessionStore):
    _stored_user: User | None = None

    @property
    def user(self) -> User | None:
        """Whose session it is, read together with it; None if nobody is signed in, or they signed in just now."""
        user_id, backend = self.get(SESSION_KEY), self.get(BACKEND_SESSION_KEY)  # reads the session
        is_theirs = self._stored_user is not None and str(self._stored_user.pk) == user_id
        return self._stored_user if is_theirs and backend in settings.AUTHENTICATION_BACKENDS else None

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
        """Called by Django's `load`, if there is a session key."""
        session = next(iter(_stored_sessions(digest(self.session_key or ""), timezone.now())), None)
        if session is None:
            self._session_key = None
        self._stored_user = session.user if session else None
        return session
