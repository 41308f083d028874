from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from chat.upkeep.migration import alone, refuse_newer


class Command(migrate.Command):
    """Django's own, by one process at a time, on a database that is not newer than the code."""

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        with alone(connection):
            refuse_newer(connection)
            super().handle(*args, **options)
