"""`python -m webapp`: bring the database up to date, then serve the site."""

import os
import sys

from webapp.environment import BASE_DIR, load_env_file
from webapp.refusal import in_one_sentence

if __name__ == "__main__":
    os.chdir(BASE_DIR)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
    with in_one_sentence():
        load_env_file()
        from webapp.start import prepare  # it reads the settings

        prepare()
    if not os.environ.get("WEB_CONCURRENCY", "").strip():
        os.environ.pop("WEB_CONCURRENCY", None)  # empty is unset; gunicorn itself would stumble over it
    # A new interpreter: gevent has to patch the standard library before anything else uses it.
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", "webapp/gunicorn.py", "webapp.wsgi"]
    os.execv(sys.executable, gunicorn)  # noqa: S606
