"""The server that says what a test tells it to: also for clients that leave."""

import socket
import threading
from urllib.parse import urlsplit

from tests.openrouter.scripted_server import wait_for


def test_a_client_that_leaves_in_the_middle_of_its_request_keeps_no_thread(server):
    before = threading.active_count()
    with socket.create_connection(("127.0.0.1", urlsplit(server.url).port)) as client:
        client.sendall(b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf")
        wait_for(lambda: threading.active_count() > before)

    wait_for(lambda: threading.active_count() <= before)
    assert server.visits == []
