"""The site with short timeouts: `python -m tests.short_clocks` starts it, and gunicorn reads its configuration here."""

import os
import sys
from typing import Any

from webapp import gunicorn as as_usual
from webapp.gunicorn import *  # noqa: F403

TRANSPORT_IDLE_SECONDS = 14.0  # longer than it takes until a page says that it is still waiting
CONTENT_IDLE_SECONDS = 18.0
worker_connections = 200


def post_worker_init(worker: Any) -> None:  # type: ignore[no-redef]
    from chat.openrouter import OpenRouter  # not before gevent has patched what they import
    from chat.streaming import client_connection, follow
    from webapp import request_body
    from webapp import worker as worker_module

    request_body.PIECE_SECONDS = worker_module.FIRST_REQUEST_SECONDS = 1.5
    request_body.DISCARD_SECONDS = worker_module.DISCARD_SECONDS = 0.5
    client_connection.CHECK_SECONDS, client_connection.STALLED_AFTER_CHECKS = 0.5, 12
    follow.LOOK_SECONDS, follow.HEARTBEAT_SECONDS = 0.5, 1.0
    idle = {"transport_idle_seconds": TRANSPORT_IDLE_SECONDS, "content_idle_seconds": CONTENT_IDLE_SECONDS}
    OpenRouter.__init__.__kwdefaults__.update(idle)
    as_usual.post_worker_init(worker)


if __name__ == "__main__":
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", "tests/short_clocks.py", "webapp.wsgi"]
    os.execv(sys.executable, gunicorn)  # noqa: S606
