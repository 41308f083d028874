"""How gunicorn serves the site: `gunicorn --config webapp/gunicorn.py webapp.wsgi`."""

import os
import sys
import threading
import time
from typing import Any

from webapp import environment

environment.load_env_file()

# gunicorn reads these names.
host = environment.listen_on("HOST", "127.0.0.1")
port = environment.number("PORT", 8000, least=1, most=65535)
bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
worker_class = "webapp.worker.Worker"
# One worker holds hundreds of streams. SQLite has one writer at a time, so more want PostgreSQL.
workers = environment.number("WEB_CONCURRENCY", 1, least=1, most=64)
worker_connections = 4000
# Replies in progress get this long to finish after SIGTERM, and the worker a moment more to store the rest.
grace_seconds = environment.number("GRACE_SECONDS", 30, most=3600)
graceful_timeout = grace_seconds + 5
timeout = 60  # seconds without a sign of life from the worker's hub
keepalive = 65  # seconds; longer than the idle time of usual proxies, so that they close first
control_socket_disable = True
umask = 0o077  # what it makes is for its own user alone

# The path alone: queries carry sign-in codes and prompts.
accesslog = "-" if environment.flag("DEBUG", default=False) else None
access_log_format = "%(m)s %(U)s %(s)s %(B)s bytes %(M)s ms"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")


def post_worker_init(worker: Any) -> None:
    # Whoever waits for the interpreter's lock while a real thread computes (chat/offload.py) gets it after this long,
    # and the loop waits for it after every read and every write: 5 ms each time would stop a crowd of streams.
    sys.setswitchinterval(0.0005)
    _warn_of_plain_http(worker.log)
    worker.draining = threading.Thread(target=_drain_at_the_end, args=[worker], daemon=True)
    worker.draining.start()


def _warn_of_plain_http(log: Any) -> None:
    from django.conf import settings

    if not settings.IS_PRIVATE:
        log.warning("PUBLIC_URL is plain http, so people sign in with a code and their chats are not private.")


def worker_exit(server: Any, worker: Any) -> None:
    # gunicorn waits for requests only, and a reply goes on without any.
    worker.alive = False  # it may also leave with an error
    if draining := getattr(worker, "draining", None):
        draining.join()


def _drain_at_the_end(worker: Any) -> None:
    from chat.catalogue import cache  # not before gevent has patched what it imports
    from chat.deletion import conversations
    from chat.replies.shutdown import drain

    cache.prefetch()
    conversations.ensure_running()  # a process that has ended may have left something to it
    while worker.alive:
        time.sleep(0.2)
    conversations.stop_sweeping()
    drain(grace_seconds)
