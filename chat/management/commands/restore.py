"""`manage.py restore FILE`: restores a backup of the site."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from chat.upkeep import restore


class Command(BaseCommand):
    help = "Restore a file written by `backup`. Stop the site first and start it afterwards: that updates the database."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--force", action="store_true", help="move existing data out of the way")

    def handle(self, *args: Any, file: Path, force: bool, **options: Any) -> None:
        if restore.site_exists() and not force:
            raise CommandError("There is already a site. Use --force to move it into a folder in DATA_DIR first.")
        os.umask(0o077)
        try:
            aside = restore.restore(file)
        except restore.UnusableBackup as problem:
            raise CommandError(str(problem)) from None
        except OSError as error:
            raise CommandError(f"{error.filename or file}: {error.strerror}.") from None
        if aside:
            self.stdout.write(f"The previous data is now in {aside}.")
        self.stdout.write("Restored. Start the site now.")
