from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from chat.conversations.search import index


class Command(BaseCommand):
    help = (
        "Make the index of the search anew from the messages. The site may go on running: nothing is found until it is"
        " done, and on SQLite what is to be stored waits while the words are indexed."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{index.rebuild(connection)} texts can be found.")
