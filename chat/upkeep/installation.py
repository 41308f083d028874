"""Checks that the secrets and the media folder of this process belong to its database, which machines may share.

The database has a keyed hash of each secret, by which it can be compared but not recovered, and the identifier that is
in a file in the media folder.
"""

import hmac
from pathlib import Path
from secrets import token_hex

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from chat.models import Installation

MARKER_FILE = "potluck-media-id"
HINT = "If you changed it on purpose, run `manage.py accept_data`"


def check_in() -> None:
    """Compare this process with the database when it starts; a new database accepts what this process has.

    It does not accept the images of another database, which may be lost or have a mistyped name. Raises
    ImproperlyConfigured with the settings that must be the same on all machines.
    """
    installation = Installation.objects.first() or _accept_for_new_database()
    if wrong := _differences(installation):
        raise ImproperlyConfigured(f"{' '.join(wrong)} {HINT}.")
    if installation.encryption_key_marks != (marks := _encryption_key_marks()):
        Installation.objects.update(encryption_key_marks=marks)  # so that keys can be replaced one after the other


def accept() -> Installation:
    """Store the secrets and the media folder of this process as those of the database."""
    installation, _ = Installation.objects.update_or_create(
        pk=1,
        defaults={
            "secret_key_mark": _mark(settings.SECRET_KEY),
            "encryption_key_marks": _encryption_key_marks(),
            "media_id": _media_id() or _new_media_id(),
        },
    )
    return installation


def _accept_for_new_database() -> Installation:
    if _media_id():
        raise ImproperlyConfigured(
            "DATABASE_URL must be the database of the images in DATA_DIR/media, but that database is empty. To begin"
            f" a new site, use another DATA_DIR. {HINT}."
        )
    return accept()


def find_problem() -> str | None:
    """Return sentences about what does not belong to the database; None if all does. It queries and reads a file."""
    installation = Installation.objects.first()
    return " ".join(_differences(installation)) or None if installation else None


def has_media() -> bool:
    """Whether the media folder is the one of this database, and not an empty one in its place."""
    installation = Installation.objects.first()
    return _media_id() == installation.media_id if installation else Path(settings.MEDIA_ROOT).is_dir()


def _differences(installation: Installation) -> list[str]:
    wrong = []
    if installation.secret_key_mark != _mark(settings.SECRET_KEY):
        wrong.append("SECRET_KEY must be the one this database was set up with. All machines need the same one.")
    if not {*installation.encryption_key_marks} & {*_encryption_key_marks()}:
        wrong.append(
            "ENCRYPTION_KEYS must contain a key this database was set up with. All machines need the same keys."
        )
    if installation.media_id != _media_id():
        wrong.append("DATA_DIR/media must be the folder with this database's images. All machines must share it.")
    return wrong


def _mark(secret: str) -> str:
    return hmac.digest(secret.encode(), b"Is it the same?", "sha256").hex()


def _encryption_key_marks() -> list[str]:
    return [_mark(key) for key in settings.ENCRYPTION_KEYS]


def _media_id() -> str:
    """Return the identifier in the media folder; "" if there is none."""
    try:
        return (Path(settings.MEDIA_ROOT) / MARKER_FILE).read_text().strip()
    except (OSError, ValueError):
        return ""


def _new_media_id() -> str:
    marker = Path(settings.MEDIA_ROOT) / MARKER_FILE
    marker.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    marker.write_text(f"{token_hex(16)}\n")
    return _media_id()
