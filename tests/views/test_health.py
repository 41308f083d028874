"""/healthz and /readyz: for whoever watches the site."""

import re

from django.db import OperationalError, connection

from webapp.environment import BASE_DIR


def test_alive_and_which_version(client):
    (version,) = re.findall(r'^version = "(.*)"$', (BASE_DIR / "pyproject.toml").read_text(), re.M)

    assert client.get("/healthz", SERVER_NAME="localhost").content.decode() == f"ok {version}\n"


def test_ready(client, db):
    assert client.get("/readyz", SERVER_NAME="localhost").content == b"ok\n"


def test_not_ready_without_a_database(client, db):
    def refuse(*args):
        raise OperationalError("gone")

    with connection.execute_wrapper(refuse):
        response = client.get("/readyz", SERVER_NAME="localhost")

    assert response.status_code == 503
    assert response.content == b"database unavailable\n"


def test_not_ready_without_a_disk(client, db, settings, tmp_path):
    settings.DATA_DIR = tmp_path / "gone"
    response = client.get("/readyz", SERVER_NAME="localhost")

    assert response.status_code == 503
    assert response.content == b"disk unavailable: No such file or directory\n"
