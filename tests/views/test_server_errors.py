"""What people see when something breaks: a sentence, and whether to try again."""

import errno

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client

ALICE_WROTE = {"text": "my secret diary"}


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (OperationalError("database is locked"), 503, "Please try again in a moment"),
        (InterfaceError("connection already closed"), 503, "Please try again in a moment"),
        (OSError(errno.ENOSPC, "No space left on device"), 503, "Please try again in a moment"),
        (OSError(errno.EACCES, "Permission denied"), 500, "Something went wrong"),
        (ZeroDivisionError(), 500, "Something went wrong"),
    ],
    ids=repr,
)
def test_it_says_so_and_tells_nothing_else(alice, caplog, error, status, sentence):
    alice.signs_in()
    client = Client(SERVER_NAME="localhost", raise_request_exception=False)
    client.cookies = alice.client.cookies

    def refuse(execute, sql, *args):
        if sql.startswith("INSERT"):
            raise error
        return execute(sql, *args)

    with connection.execute_wrapper(refuse):
        response = client.post("/chats/", ALICE_WROTE)

    page = response.content.decode()
    assert (response.status_code, sentence in page) == (status, True)
    assert ("Retry-After" in response.headers) == (status == 503)
    assert "diary" not in page + caplog.text
    assert "Traceback" not in page
