"""The two secrets a site cannot do without, made on the first start when the operator gave none.

They live in DATA_DIR/secrets.json, readable by the owner alone (mode 0600). Whoever loses ENCRYPTION_KEYS
loses the stored OpenRouter keys with them: people then sign in once more, and nothing else is lost.
"""

import json
import os
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key


def made_secrets(data_dir: Path) -> dict[str, str]:
    """`{"SECRET_KEY": ..., "ENCRYPTION_KEYS": ...}`, from the file, which is made if it is missing."""
    file = data_dir / "secrets.json"
    try:
        if not file.exists():
            _make(file)
        secrets = json.loads(file.read_text())
        return {name: "" + secrets[name] for name in ("SECRET_KEY", "ENCRYPTION_KEYS")}
    except OSError as error:
        raise ImproperlyConfigured(f"{file} cannot be read or created: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError):
        raise ImproperlyConfigured(f"{file} is damaged. Restore it from a backup or delete it.") from None


def _make(file: Path) -> None:
    made = {"SECRET_KEY": get_random_secret_key(), "ENCRYPTION_KEYS": Fernet.generate_key().decode()}
    descriptor, temporary = tempfile.mkstemp(dir=file.parent)  # mode 0600 from the first byte on
    with os.fdopen(descriptor, "w") as out:
        json.dump(made, out)
    try:
        os.link(temporary, file)  # fails if another process was first; then its secrets count
    except FileExistsError:
        pass
    finally:
        Path(temporary).unlink()
