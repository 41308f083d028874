"""`python -m webapp`: migrates the database, then serves the site with gunicorn."""

import os
import sys

from webapp.environment import BASE_DIR, load_env_file
from webapp.misconfiguration import exit_on_misconfiguration

if __name__ == "__main__":
    os.chdir(BASE_DIR)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
    with exit_on_misconfiguration():
        load_env_file()
        from webapp.start import prepare  # not at the top, because importing it reads the settings

        prepare()
    if not os.environ.get("WEB_CONCURRENCY", "").strip():
        os.environ.pop("WEB_CONCURRENCY", None)  # gunicorn itself reads it, and fails on an empty value
    # In a new interpreter, because gevent has to patch the standard library before anything else uses it.
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", "webapp/gunicorn.py", "webapp.wsgi"]
    os.execv(sys.executable, gunicorn)  # noqa: S606
