"""What is stored of OpenRouter's models: the list, what each person may use of it, and the providers of a model."""

from django.db import models
from django.utils import timezone

from chat.models.account import User
from chat.models.fetched_rows import Fetched, FetchedQuerySet


class CatalogueSnapshot(Fetched):
    """OpenRouter's list of models as last fetched, in one row: it is there after a restart and during an outage."""

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    items = models.JSONField()  # of GET /models, without fields that nothing reads; empty before the first list
    fetched_at = models.DateTimeField(default=timezone.now)
    digest = models.CharField(max_length=64, blank=True, default="")  # of the content: another one is another list
    gone = models.JSONField(default=list)  # items that are no longer in the list, the latest first
    zero_retention = models.JSONField(null=True)  # tags of the providers that keep nothing, by model; null: not known
    image_options = models.JSONField(null=True)  # values of options for images, by model and name; null: not known
    # `{"items": items of GET /tools, "needs_key": whether OpenRouter shows them only with a key}`; null: not known
    server_tools = models.JSONField(null=True)

    objects = FetchedQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{len(self.items)} models of {self.fetched_at:%Y-%m-%d %H:%M}"


class PersonalModels(Fetched):
    """Which models a person's settings at OpenRouter exclude (privacy, guardrails), and their presets there."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="personal_models")
    excluded = models.JSONField(default=list)  # ids; those of newer models are not in it until it is fetched again
    presets = models.JSONField(default=list)  # their slugs, the latest first
    fetched_at = models.DateTimeField(null=True)

    objects = FetchedQuerySet.as_manager()

    def __str__(self) -> str:
        return f"models of {self.user_id}"


class ModelProviders(models.Model):
    """The providers of a model as last fetched, for everybody who asks within minutes."""

    model_id = models.CharField(max_length=200, primary_key=True)
    endpoints = models.JSONField()  # the items of GET /models/{author}/{slug}/endpoints, as sent
    fetched_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"providers of {self.model_id}"


class TokenCalibration(models.Model):
    """Sums over the answers of a model, from which its tokens are estimated: chat/catalogue/token_calibration.py."""

    model = models.CharField(max_length=200, primary_key=True)  # its id, without a variant
    estimated = models.BigIntegerField(default=0)  # tokens of text
    counted = models.BigIntegerField(default=0)  # for these
    images = models.BigIntegerField(default=0)
    image_tokens = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.model}: {self.counted} tokens for {self.estimated}"
