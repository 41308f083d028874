"""Django's authentication backend: loads the account of a session."""

from uuid import UUID

from chat.models import User


class AccountBackend:
    """Loads accounts by their id. It checks no credentials, because only chat/accounts/oauth.py signs people in."""

    def authenticate(self, request: object) -> None:
        return None

    def get_user(self, user_id: UUID) -> User | None:
        return User.objects.filter(pk=user_id).first()
