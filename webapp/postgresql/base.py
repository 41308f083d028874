"""Django's PostgreSQL, except that who waits for a connection goes on asking for one.

The pool tries to connect when somebody asks, and gives up soon; who asked before waits on, although nobody tries any
more. After a restart of the database each process would have it back when its next request comes, or up to ten
seconds late: long enough to take the replies of another one for dead.

Django finds the class by its name: `ENGINE = "webapp.postgresql"`. The pool's option `timeout` is how often to ask.
"""

import time
from typing import Any

from django.db.backends.postgresql import base
from psycopg_pool import PoolTimeout

PATIENCE_SECONDS = 10.0  # then it is an OperationalError like any other


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return super().get_new_connection(conn_params)
            except PoolTimeout:
                if time.monotonic() > give_up_at:
                    raise
