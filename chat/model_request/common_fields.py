"""Fields that every request to a model has, whatever it is for."""

from uuid import UUID

from django.utils.crypto import salted_hmac

from chat.catalogue.pseudo_models import NO_MODEL


def model_field(model_id: str) -> dict[str, str]:
    """The part of a request that names the model; empty where OpenRouter is to take the person's default."""
    return {} if model_id == NO_MODEL else {"model": model_id}


def pseudonym(user_id: UUID) -> str:
    """A name for the person that only this site can trace, so that a provider can block one person alone."""
    return salted_hmac("chat.replies.request_body", str(user_id), algorithm="sha256").hexdigest()[:32]
