"""Do this process, its secrets and its folder of images belong to the database? Several machines may share one.

Of each secret the database knows a mark: whether it is the same can be told, what it is cannot. The folder of images
holds a file with an identifier that the database knows.
"""

import hmac
from pathlib import Path
from secrets import token_hex

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from chat.models import Installation

MARKER = "potluck-media-id"
ON_PURPOSE = "If you changed it on purpose, run `manage.py accept_data`"


def check_in() -> None:
    """At the start: take what is here for the site's own if the database is new, else compare.

    Raises ImproperlyConfigured with what has to be shared.
    """
    installation = Installation.objects.first() or accept()
    if wrong := _differences(installation):
        raise ImproperlyConfigured(f"{' '.join(wrong)} {ON_PURPOSE}.")
    if installation.encryption_key_marks != (marks := _encryption_key_marks()):
        Installation.objects.update(encryption_key_marks=marks)  # keys come and go one by one


def accept() -> Installation:
    """Make the secrets and the folder of this process the site's own."""
    installation, _ = Installation.objects.update_or_create(
        pk=1,
        defaults={
            "secret_key_mark": _mark(settings.SECRET_KEY),
            "encryption_key_marks": _encryption_key_marks(),
            "media_id": _media_id() or _new_media_id(),
        },
    )
    return installation


def trouble() -> str | None:
    """What does not belong together, in sentences; None when all does. Asks the database, and reads from the disk."""
    installation = Installation.objects.first()
    return " ".join(_differences(installation)) or None if installation else None


def has_media() -> bool:
    """Whether the images of this site can be here: their folder, and not an empty one in its place."""
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
    """Empty when there is none."""
    try:
        return (Path(settings.MEDIA_ROOT) / MARKER).read_text().strip()
    except (OSError, ValueError):
        return ""


def _new_media_id() -> str:
    marker = Path(settings.MEDIA_ROOT) / MARKER
    marker.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    marker.write_text(f"{token_hex(16)}\n")
    return _media_id()
