"""Django's PostgreSQL backend, but a request that waits for a connection asks the pool repeatedly.

The pool tries to connect when a request asks for a connection, and soon gives up. Requests that asked before go on
waiting, although the pool no longer tries. So after a restart of the database a process would reconnect with its next
request, or up to ten seconds late: long enough for its replies to be taken for dead by another process.

Django imports it by `ENGINE = "webapp.postgresql"`. The pool's option `timeout` is the time between two requests to it.
"""

import time
from typing import Any

from django.db.backends.postgresql import base
from psycopg_pool import PoolTimeout

TIMEOUT_SECONDS = 10.0  # until the OperationalError is raised


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        give_up_at = time.monotonic() + TIMEOUT_SECONDS
        while True:
            try:
                return super().get_new_connection(conn_params)
            except PoolTimeout:
                if time.monotonic() > give_up_at:
                    raise
