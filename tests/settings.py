"""The site's own settings, in an environment made for the tests: nothing of the machine's leaks in."""

import os
import tempfile
from pathlib import Path

SITE_VARIABLES = [
    *("PUBLIC_URL", "PORT", "HOST", "SECRET_KEY", "ENCRYPTION_KEYS", "DATABASE_URL", "DATA_DIR", "OPENROUTER_URL"),
    *("DEFAULT_MODEL", "SITE_NAME", "CONTACT", "SOURCE_URL", "DEBUG", "WEB_CONCURRENCY", "GRACE_SECONDS"),
    *("LIMIT_PER_MESSAGE", "LIMIT_PER_DAY", "LIMIT_PER_MONTH", "MCP_ALLOWED_HOSTS"),
]
for name in SITE_VARIABLES:
    os.environ.pop(name, None)

os.environ["PUBLIC_URL"] = "http://localhost:8000"  # OpenRouter sends nobody back to other http addresses
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="potluck-tests-")
if database_url := os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = database_url

from webapp.settings import *  # noqa: E402, F403
from webapp.settings import DATA_DIR, DATABASES, STORAGES  # noqa: E402

# A file, as in production: an in-memory database has neither WAL nor the locks that the tests are about.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(Path(DATA_DIR) / "test.sqlite3")}
    # No test survives a power cut, so none has to wait for the disk.
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True  # no collected files are needed; the browser tests run the real ones
