"""What is stored of OpenRouter's models: the list, what each person may use of it, and the providers of a model."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from chat.models.account import User

LEASE = timedelta(seconds=60)  # after that long somebody else fetches: whoever began may have died
RETRY = timedelta(seconds=30)  # after a failure; twice as long after each further one
LONGEST_RETRY = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=3)  # a later time is a mistake: the clock was changed
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

Row = TypeVar("Row", bound="Fetched")


class FetchedQuerySet(models.QuerySet[Row]):
    def claim(self) -> bool:
        """Whether the caller is to fetch this row now; of several processes at once one gets True."""
        now = timezone.now()
        due = Q(next_fetch_at__lte=now) | Q(next_fetch_at__gt=now + LONGEST_WAIT)
        return self.filter(due).update(next_fetch_at=now + LEASE) == 1

    def has_failed(self) -> None:
        """Say that nothing could be fetched: the next try comes later each time."""
        for row in self:
            wait = min(RETRY * 2 ** min(row.failures, 10), LONGEST_RETRY)
            self.update(failures=row.failures + 1, next_fetch_at=timezone.now() + wait)

    def has_fetched(self, *, next_after: timedelta, **values: Any) -> None:
        """Store what was fetched, and when that is to be done again."""
        now = timezone.now()
        self.update(fetched_at=now, next_fetch_at=now + next_after, failures=0, **values)


class Fetched(models.Model):
    """A row that one process at a time fetches from OpenRouter, for all of them."""

    next_fetch_at = models.DateTimeField(default=LONG_AGO)
    failures = models.PositiveIntegerField(default=0)  # since it was fetched last

    class Meta:
        abstract = True


class CatalogueSnapshot(Fetched):
    """OpenRouter's list of models as last fetched, in one row: it is there after a restart and during an outage."""

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    items = models.JSONField()  # of GET /models, without fields that nothing reads; empty before the first list
    fetched_at = models.DateTimeField(default=timezone.now)
    digest = models.CharField(max_length=64, blank=True, default="")  # of the content: another one is another list
    gone = models.JSONField(default=list)  # items that are no longer in the list, the latest first
    zero_retention = models.JSONField(null=True)  # tags of the providers that keep nothing, by model; null: not known

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
