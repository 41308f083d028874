"""/healthz and /readyz: for whoever watches the site."""

from django.db import OperationalError, connection


def test_alive(client):
    assert client.get("/healthz", SERVER_NAME="localhost").content == b"ok\n"


def test_ready(client, db):
    assert client.get("/readyz", SERVER_NAME="localhost").content == b"ok\n"


def test_not_ready_without_a_database(client, db):
    def refuse(*args):
        raise OperationalError("gone")

    with connection.execute_wrapper(refuse):
        response = client.get("/readyz", SERVER_NAME="localhost")

    assert response.status_code == 503
    assert response.content == b"database unavailable\n"
