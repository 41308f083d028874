"""The product as `make run` starts it, on PostgreSQL."""

from pathlib import Path

import psycopg

from tests.site import Site


class SiteOnPostgreSQL(Site):
    def __init__(self, folder: Path, *, openrouter_url: str, database_url: str) -> None:
        super().__init__(folder, openrouter_url=openrouter_url, DATABASE_URL=database_url)
        self.database_url = database_url

    def ask_database(self, question: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.database_url, application_name="test") as connection:
            return connection.execute(question).fetchall()

    def connections(self) -> int:
        """How many the site holds at this moment."""
        counted = self.ask_database(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND backend_type = 'client backend' AND application_name <> 'test'"
        )
        return int(str(counted[0][0]))

    def cut_connections(self) -> int:
        """How many there were."""
        return len(
            self.ask_database(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
