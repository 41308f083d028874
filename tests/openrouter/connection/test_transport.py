"""The connections underneath: what is shared between calls, and what is not."""

import ssl

import pytest

from chat.openrouter import OpenRouter, Unreachable
from tests.openrouter.answers.calls import EVENTS, client_of, events_of
from tests.openrouter.chunks import ANSWER


def test_the_certificates_are_read_once_for_all_connections(tls_server, key, monkeypatch):
    """Reading them takes some 30 ms, in which a gevent worker serves nobody."""
    tls_server.streams(*ANSWER)
    client = client_of(tls_server)
    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", lambda *_, **__: pytest.fail("read again"))
    calls = [client.chat(key, {}).batches() for _ in range(3)]

    assert all(next(call) for call in calls)

    assert tls_server.connections == 3
    del calls


def test_a_certificate_for_another_name_is_refused(tls_server, key):
    with pytest.raises(Unreachable) as failure:
        list(OpenRouter(tls_server.url.replace("127.0.0.1", "localhost"), title="", referer="").chat(key, {}))

    assert failure.value.details == {"cause": "SSLError"}


def test_a_proxy_of_the_machine_is_used(server, key, monkeypatch):
    monkeypatch.setenv("http_proxy", server.url)
    server.streams(*ANSWER)
    client = OpenRouter("http://openrouter.invalid", title="", referer="")

    assert events_of(client.chat(key, {})) == EVENTS

    assert server.last_request.path == "http://openrouter.invalid/api/v1/chat/completions"
