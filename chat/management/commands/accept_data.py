from typing import Any

from django.core.management.base import BaseCommand

from chat.upkeep import nodes


class Command(BaseCommand):
    help = (
        "Take the secrets and the folder of images that are here for the site's own, after they were changed or lost."
        " With another SECRET_KEY everybody signs in once more; with other ENCRYPTION_KEYS also, for a new key; images"
        " that are not here stay gaps."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        nodes.accept()
        self.stdout.write("The secrets and images of this machine are now the site's own. Restart all its processes.")
