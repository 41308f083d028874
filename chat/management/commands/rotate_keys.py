from typing import Any

from django.core.management.base import BaseCommand

from chat.models import StoredKey, encryption


class Command(BaseCommand):
    help = (
        "Encrypt all stored keys again under the first of ENCRYPTION_KEYS. The site may go on running: put the new"
        " key first and restart, run this, then drop the old key and restart."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        rotated = unreadable = 0
        for stored in StoredKey.objects.iterator(chunk_size=500):
            try:
                ciphertext = encryption.rotate(stored.ciphertext)
            except encryption.KeyUnreadable:
                unreadable += 1
                continue
            # Only if it is still the same: its owner may be signing in with a new key at this moment.
            same = StoredKey.objects.filter(pk=stored.pk, ciphertext=stored.ciphertext)
            rotated += same.update(ciphertext=ciphertext)
        self.stdout.write(f"{rotated} keys encrypted again.")
        if unreadable:
            self.stderr.write(
                f"{unreadable} keys open with none of ENCRYPTION_KEYS; their owners have to sign in again."
            )
