import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from chat.upkeep import restore


class Command(BaseCommand):
    help = (
        "Put what `backup` wrote in place. Stop the site before, and start it after: it brings the database up to date."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--force", action="store_true", help="put aside what is there, instead of refusing")

    def handle(self, *args: Any, file: Path, force: bool, **options: Any) -> None:
        if restore.is_in_the_way() and not force:
            raise CommandError("There is a site already. --force puts it aside, into a folder of DATA_DIR.")
        os.umask(0o077)
        try:
            aside = restore.restore(file)
        except restore.Unusable as problem:
            raise CommandError(str(problem)) from None
        except OSError as error:
            raise CommandError(f"{error.filename or file}: {error.strerror}.") from None
        if aside:
            self.stdout.write(f"What was there before is in {aside}.")
        self.stdout.write("Restored. Start the site now.")
