"""`manage.py rotate_keys`: encrypts all stored keys with the first of ENCRYPTION_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand

from chat.models import StoredKey, encryption


class Command(BaseCommand):
    help = (
        "Re-encrypt all stored keys with the first of ENCRYPTION_KEYS. The site can keep running: put the new key first"
        " and restart, run this, then remove the old key and restart."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        rotated = unreadable = 0
        for stored in StoredKey.objects.iterator(chunk_size=500):
            try:
                ciphertext = encryption.rotate(stored.ciphertext)
            except encryption.KeyUnreadable:
                unreadable += 1
                continue
            # Only if it has not changed: its owner may have signed in with a new key meanwhile.
            same = StoredKey.objects.filter(pk=stored.pk, ciphertext=stored.ciphertext)
            rotated += same.update(ciphertext=ciphertext)
        self.stdout.write(f"{rotated} keys re-encrypted.")
        if unreadable:
            self.stderr.write(
                f"{unreadable} keys cannot be decrypted with ENCRYPTION_KEYS. Their owners have to sign in again."
            )
