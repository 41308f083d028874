"""`manage.py migrate`: Django's command, with a lock, and only with code that is not older than the database."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from chat.upkeep.migration import migration_lock, refuse_newer


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        with migration_lock(connection):
            refuse_newer(connection)
            super().handle(*args, **options)
