"""`manage.py accept_data`: accepts changed secrets or a changed media folder."""

from typing import Any

from django.core.management.base import BaseCommand

from chat.upkeep import installation


class Command(BaseCommand):
    help = (
        "Accept this machine's secrets and images as the site's own after they were changed or lost. If SECRET_KEY or"
        " ENCRYPTION_KEYS changed, everyone has to sign in again. Images that are missing stay missing."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        installation.accept()
        self.stdout.write("This machine's secrets and images are now accepted. Restart all processes of the site.")
