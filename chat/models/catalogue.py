"""The stored list of OpenRouter's models."""

from django.db import models
from django.utils import timezone


class CatalogueSnapshot(models.Model):
    """OpenRouter's list of models as last fetched, in one row: it is there after a restart and during an outage."""

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    items = models.JSONField()  # the items of GET /models, as sent
    fetched_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{len(self.items)} models of {self.fetched_at:%Y-%m-%d %H:%M}"
