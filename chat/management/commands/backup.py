import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from chat.upkeep import backup


class Command(BaseCommand):
    help = (
        "Write all that the site keeps into one file: database, images, and the secrets that it made. The site may go"
        " on running. On PostgreSQL the database is not in it: use pg_dump, just before."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--force", action="store_true", help="replace the file if there is one")

    def handle(self, *args: Any, file: Path, force: bool, **options: Any) -> None:
        if file.exists() and not force:
            raise CommandError(f"{file} is there already; --force replaces it.")
        os.umask(0o077)
        try:
            written = backup.write(file)
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from None
        self.stdout.write(f"{file} holds {written.images} files of images.")
        if not written.has_database:
            self.stdout.write("The database is not in it: dump it with pg_dump (docs/operating.md).")
        if not written.has_secrets:
            self.stdout.write("SECRET_KEY and ENCRYPTION_KEYS are not in it: keep them where you set them.")
