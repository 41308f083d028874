from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from chat.search import index
from chat.search.backlog import catch_up_with_everybody


class Command(BaseCommand):
    help = (
        "Make the index of the search anew from the messages. The site may go on running: the newest are found first. "
        "It may be stopped; what is missing then is indexed by the next run with --missing, or by those who search."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--missing", action="store_true", help="index only what is not, after an upgrade say")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["missing"]:
            index.rebuild(connection)
        self.stdout.write(f"{catch_up_with_everybody()} texts were indexed.")
