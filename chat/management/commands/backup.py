"""`manage.py backup FILE`: writes a backup of the site."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from chat.upkeep import backup


class Command(BaseCommand):
    help = (
        "Write everything the site stores into one file: the database, the images, and the secrets it generated. The"
        " site can keep running. On PostgreSQL this does not include the database: run pg_dump just before."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--force", action="store_true", help="replace the file if it exists")

    def handle(self, *args: Any, file: Path, force: bool, **options: Any) -> None:
        if file.exists() and not force:
            raise CommandError(f"{file} already exists. Use --force to replace it.")
        os.umask(0o077)
        try:
            written = backup.write_backup(file)
        except OSError as error:
            raise CommandError(f"{file} could not be written: {error.strerror}.") from None
        self.stdout.write(f"{file} written, with {written.images} image files.")
        if not written.has_database:
            self.stdout.write("It does not include the database. Dump that with pg_dump (see docs/operating.md).")
        if written.missing_secrets:
            names = " and ".join(written.missing_secrets)
            self.stdout.write(f"It does not include {names}, because you set them yourself. Keep them safe.")
