"""The key is in the header and nowhere else: not in errors, their causes, their frames, nor the log."""

import logging
import traceback

import pytest

from chat.openrouter import OpenRouter, OpenRouterError
from tests.openrouter.chunks import ANSWER
from tests.openrouter.scripted_server import STREAM_HEAD


def nonsense(visit):
    visit.send(b"This is not HTTP\r\n\r\n")


def refuse(visit):
    body = b'{"error": {"code": 401, "message": "Incorrect API key provided: %b"}}'
    body %= visit.request.headers["authorization"].removeprefix("Bearer ").encode()
    visit.send(b"HTTP/1.1 401 No\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


def break_off(visit):
    visit.send(STREAM_HEAD)
    visit.chunk(*ANSWER[:2])
    visit.reset()


def never_answer(visit):
    visit.wait_for_hang_up()


def hang_up(visit):
    visit.close()


@pytest.mark.parametrize("script", [nonsense, refuse, break_off, never_answer, hang_up, None])
def test_whatever_goes_wrong(server, key, script, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    server.script = script
    url = server.url if script else "http://127.0.0.1:1"
    client = OpenRouter(url, title="Potluck", referer="http://localhost:8000", transport_idle_seconds=0.2)

    with pytest.raises(OpenRouterError) as failure:
        list(client.chat(key, {"model": "maker/model"}))

    report = frames_and_variables(failure.value)
    assert "batches" in report  # it does look into our frames
    for told in (report, str(failure.value.details), caplog.text, *capsys.readouterr()):
        assert key.reveal() not in told
    assert failure.value.__cause__ is None
    assert failure.value.__context__ is None


def test_a_bug_under_the_request_is_reported_in_our_words_too(server, client, key, monkeypatch):
    """Its frames hold the header, whatever its type."""
    monkeypatch.setattr("http.client.HTTPConnection.endheaders", lambda *_, **__: 1 / 0)

    with pytest.raises(OpenRouterError) as failure:
        client.key_info(key)

    assert failure.value.details == {"cause": "ZeroDivisionError"}
    assert key.reveal() not in frames_and_variables(failure.value)


def test_a_key_that_came_is_not_left_lying_about(server, client):
    """Should anything after the exchange fail, a debug page shows the variables on the way."""
    plain = "sk-or-v1-0123456789\nabcdef"
    server.answers(200, {"key": plain, "user_id": None})

    with pytest.raises(OpenRouterError) as failure:
        client.exchange_code(code="c", code_verifier="v")

    assert "0123456789" not in frames_and_variables(failure.value)


def frames_and_variables(failure: BaseException) -> str:
    """What Django's debug page and error mails are made of, without the frames of the test itself."""
    told = traceback.TracebackException.from_exception(failure, capture_locals=True)
    told.stack = traceback.StackSummary(frame for frame in told.stack if frame.filename != __file__)
    return "".join(told.format())
