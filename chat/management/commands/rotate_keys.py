"""`manage.py rotate_keys`: encrypts all stored keys and secrets with the first of ENCRYPTION_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand

from chat.models import McpServer, StoredKey, encryption


class Command(BaseCommand):
    help = (
        "Re-encrypt all stored keys, and the secrets of MCP servers, with the first of ENCRYPTION_KEYS. The site can"
        " keep running: put the new key first and restart, run this, then remove the old key and restart."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        rotated, unreadable = _rotate(StoredKey)
        self.stdout.write(f"{rotated} keys re-encrypted.")
        if unreadable:
            self.stderr.write(
                f"{unreadable} keys cannot be decrypted with ENCRYPTION_KEYS. Their owners have to sign in again."
            )
        rotated, unreadable = _rotate(McpServer)
        if rotated:
            self.stdout.write(f"The secrets of {rotated} MCP servers re-encrypted.")
        if unreadable:
            self.stderr.write(
                f"Those of {unreadable} MCP servers cannot be decrypted. People have to enter them again."
            )


def _rotate(model: type[StoredKey] | type[McpServer]) -> tuple[int, int]:
    """How many rows were re-encrypted, and how many cannot be."""
    rotated = unreadable = 0
    for stored in model.objects.exclude(ciphertext="").iterator(chunk_size=500):
        try:
            ciphertext = encryption.rotate(stored.ciphertext)
        except encryption.KeyUnreadable:
            unreadable += 1
            continue
        # Only if it has not changed: its owner may have signed in again meanwhile.
        same = model.objects.filter(pk=str(stored.pk), ciphertext=stored.ciphertext)
        rotated += same.update(ciphertext=ciphertext)
    return rotated, unreadable
