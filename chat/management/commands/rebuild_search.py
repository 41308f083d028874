"""`manage.py rebuild_search`: creates the search index again from the messages."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from chat.search import index
from chat.search.backlog import catch_up_all


class Command(BaseCommand):
    help = (
        "Rebuild the search index from the messages, newest first. The site can keep running. You can stop this at any "
        "time: the rest is indexed by the next run with --missing, or when people search."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--missing", action="store_true", help="only index what is missing")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["missing"]:
            index.rebuild(connection)
        self.stdout.write(f"{catch_up_all()} texts indexed.")
