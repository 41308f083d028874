"""Rows that are fetched from OpenRouter in the background: by one process at a time, for all of them."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

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

    def mark_failed(self, *, first: timedelta = RETRY, longest: timedelta = LONGEST_RETRY) -> None:
        """Note that nothing could be fetched: the next try comes after `first`, then later each time."""
        for row in self:
            wait = min(first * 2 ** min(row.failures, 10), longest)
            self.update(failures=row.failures + 1, next_fetch_at=timezone.now() + wait)

    def mark_fetched(self, *, next_after: timedelta, **values: Any) -> None:
        """Store what was fetched, and when that is to be done again."""
        now = timezone.now()
        self.update(fetched_at=now, next_fetch_at=now + next_after, failures=0, **values)


class Fetched(models.Model):
    """A row that one process at a time fetches from OpenRouter, for all of them."""

    next_fetch_at = models.DateTimeField(default=LONG_AGO)
    failures = models.PositiveIntegerField(default=0)  # since it was fetched last

    class Meta:
        abstract = True

    @property
    def is_due(self) -> bool:
        """Whether `claim` would return True, unless another process is quicker."""
        return not timezone.now() < self.next_fetch_at <= timezone.now() + LONGEST_WAIT
