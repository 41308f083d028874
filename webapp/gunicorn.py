"""The configuration file for gunicorn: `gunicorn --config webapp/gunicorn.py webapp.wsgi`."""

import os
import sys
import threading
import time
from typing import Any

from webapp import environment

environment.load_env_file()

# gunicorn reads the module's variables by these names.
host = environment.listen_on("HOST", "127.0.0.1")
port = environment.number("PORT", 8000, least=1, most=65535)
bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
worker_class = "webapp.worker.Worker"
# One worker serves hundreds of streams (docs/operating.md, "Scaling").
workers = environment.number("WEB_CONCURRENCY", 1, least=1, most=64)
worker_connections = 4000
# After SIGTERM running replies have this long to finish, and the worker a little longer to store those that did not.
grace_seconds = environment.number("GRACE_SECONDS", 30, most=3600)
graceful_timeout = grace_seconds + 5
timeout = 60  # seconds without a sign of life from the worker's hub
keepalive = 65  # seconds; longer than the idle time of usual proxies, so that they close first
control_socket_disable = True
umask = 0o077  # new files are for the site's own user only

# Only the path, because query strings contain sign-in codes and prompts.
accesslog = "-" if environment.flag("DEBUG", default=False) else None
access_log_format = "%(m)s %(U)s %(s)s %(B)s bytes %(M)s ms"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")


def post_worker_init(worker: Any) -> None:
    # While a thread computes (chat/offload.py), the event loop gets the GIL back after this long, and it needs the GIL
    # after every read and write. Python's default of 5 ms each time would be too slow for many streams.
    sys.setswitchinterval(0.0005)
    _warn_about_http(worker.log)
    worker.draining = threading.Thread(target=_drain_at_exit, args=[worker], daemon=True)
    worker.draining.start()


def _warn_about_http(log: Any) -> None:
    from django.conf import settings

    if not settings.IS_PRIVATE:
        log.warning("PUBLIC_URL is plain http, so people sign in with a code and their chats are not private.")


def worker_exit(server: Any, worker: Any) -> None:
    # gunicorn waits only for requests, but a reply continues without one.
    worker.alive = False  # still true if the worker exits because of an error
    if draining := getattr(worker, "draining", None):
        draining.join()


def _drain_at_exit(worker: Any) -> None:
    # Not at the top, because gevent must patch the standard library first.
    from chat.catalogue import refresh, token_calibration
    from chat.deletion import conversations
    from chat.replies.shutdown import drain
    from chat.spending import cost_lookup

    refresh.ensure_running()
    cost_lookup.ensure_running()
    token_calibration.ensure_running()
    conversations.ensure_running()  # an earlier process may have ended before it removed everything
    while worker.alive:
        time.sleep(0.2)
    refresh.stop()
    cost_lookup.stop()
    token_calibration.stop()
    conversations.stop_sweeping()
    drain(grace_seconds)
