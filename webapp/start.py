"""Checks everything that the site needs before it is served, and migrates the database.

The functions raise ImproperlyConfigured, with a sentence for the operator.
"""

import errno
import logging
import os
import socket
import tempfile
import time

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection

logger = logging.getLogger(__name__)

PORT_SECONDS = 5.0  # to wait for a process that is ending and still uses the port
PORT_PAUSE_SECONDS = 0.2
MOST_PROCESSES_ON_SQLITE = 2


def prepare() -> None:
    """Check the settings, the port, the folders and the database, and migrate the database."""
    from webapp import database_problems, file_permissions, gunicorn

    os.umask(gunicorn.umask)
    django.setup()
    wait_for_port(gunicorn.host, gunicorn.port)
    check_files()
    file_permissions.restrict_permissions(settings.DATA_DIR, settings.DATABASES["default"])
    if reason := database_problems.find_problem():
        raise ImproperlyConfigured(reason)
    call_command("migrate", verbosity=0)
    check_in()
    if connection.vendor == "sqlite":
        warn_of_waiting(gunicorn.workers)


def warn_of_waiting(workers: int) -> None:
    """Two processes on SQLite were measured and are fine (docs/operating.md, "Scaling"); nobody measured more."""
    if workers > MOST_PROCESSES_ON_SQLITE:
        logger.warning(
            "WEB_CONCURRENCY is %s, but SQLite has one writer at a time. Use PostgreSQL for more than %s processes.",
            workers,
            MOST_PROCESSES_ON_SQLITE,
        )


def check_in() -> None:
    from chat.upkeep import installation, migration  # not before the apps are ready

    with migration.migration_lock(connection):
        installation.check_in()
    connection.close()


def wait_for_port(host: str, port: int) -> None:
    give_up_at = time.monotonic() + PORT_SECONDS
    while True:
        try:
            return _try_port(host, port)
        except (OSError, UnicodeError) as error:
            code = getattr(error, "errno", None)
            if code == errno.EADDRINUSE and time.monotonic() < give_up_at:
                time.sleep(PORT_PAUSE_SECONDS)
            elif code == errno.EADDRINUSE:
                raise ImproperlyConfigured(f"PORT must be free, but {port} is used by another program.") from None
            elif code in (errno.EACCES, errno.EPERM):
                raise ImproperlyConfigured(f"PORT must be one that this user may use, but {port} is not.") from None
            else:
                raise ImproperlyConfigured("HOST must be a name or an address of this machine.") from None


def _try_port(host: str, port: int) -> None:
    """Listen on the port as gunicorn will."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()


def check_files() -> None:
    if not (settings.STATIC_ROOT / "staticfiles.json").exists():
        raise ImproperlyConfigured("The static files are missing. Run `manage.py collectstatic --no-input` first.")
    for name, folder in (("DATA_DIR", settings.DATA_DIR), ("DATA_DIR/media", settings.MEDIA_ROOT)):
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError as error:
            raise ImproperlyConfigured(
                f"{name} must be a folder that this user can write to, but {folder} is not: {error.strerror}."
            ) from None
