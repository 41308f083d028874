"""psycopg under gevent: whoever waits for the database waits alone."""

import threading

import psycopg
import requests

from tests.http_client import Visitor
from tests.hub.bystander import Bystander

FRAMES_WHILE_LOCKED = 15


def test_a_slow_query_delays_only_who_asked_it(site, one_standin):
    """Under its own C code psycopg would wait in poll(), and everybody with it."""
    with Visitor(site, one_standin) as alice, Visitor(site, one_standin, "bob") as bob, Bystander(alice) as bystander:
        looked_at: list[requests.Response] = []
        looking = threading.Thread(target=lambda: looked_at.append(bob.looks_at("/")))
        with psycopg.connect(site.database_url, application_name="test") as other:
            other.execute("LOCK TABLE chat_conversation IN ACCESS EXCLUSIVE MODE")
            looking.start()
            bystander.waits_for(FRAMES_WHILE_LOCKED)
            assert not looked_at, "it did not wait, so nothing was tested"
        looking.join()

    assert looked_at[0].status_code == 200
