"""Generates SECRET_KEY and ENCRYPTION_KEYS on the first start, for operators who set none.

They are stored in DATA_DIR/secrets.json, readable by the owner only (mode 0600). If ENCRYPTION_KEYS are lost, the
stored OpenRouter keys are lost, too: people have to sign in again, and nothing else is lost.
"""

import json
import os
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key


def load_secrets(data_dir: Path) -> dict[str, str]:
    """Return `{"SECRET_KEY": ..., "ENCRYPTION_KEYS": ...}` from the file, which is created if it is missing."""
    file = data_dir / "secrets.json"
    try:
        if not file.exists():
            _generate(file)
        secrets = json.loads(file.read_text())
        return {name: "" + secrets[name] for name in ("SECRET_KEY", "ENCRYPTION_KEYS")}
    except OSError as error:
        raise ImproperlyConfigured(f"{file} cannot be read or created: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError):
        raise ImproperlyConfigured(f"{file} is damaged. Restore it from a backup or delete it.") from None


def _generate(file: Path) -> None:
    made = {"SECRET_KEY": get_random_secret_key(), "ENCRYPTION_KEYS": Fernet.generate_key().decode()}
    descriptor, temporary = tempfile.mkstemp(dir=file.parent)  # created with mode 0600
    with os.fdopen(descriptor, "w") as out:
        json.dump(made, out)
    try:
        os.link(temporary, file)  # fails if another process was first; then its secrets are used
    except FileExistsError:
        pass
    finally:
        Path(temporary).unlink()
