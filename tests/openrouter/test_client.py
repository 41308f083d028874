"""The client's quick questions, and what it keeps from one person to the next: nothing."""

import json
import threading
from decimal import Decimal

import pytest

from chat.openrouter import (
    ApiKey,
    BadRequest,
    CodeExpired,
    CodeRejected,
    FreeRequests,
    KeyRejected,
    OpenRouter,
    UnknownModel,
    Unreachable,
    UpstreamUnavailable,
)
from tests.openrouter.chunks import ANSWER
from tests.openrouter.scripted_server import STREAM_END, STREAM_HEAD

PLAIN = "sk-or-v1-" + "ab" * 32


def test_a_code_becomes_a_key(server, client):
    server.answers(200, {"key": PLAIN, "user_id": "user_1"})

    exchange = client.exchange_code(code="c0de", code_verifier="ver1fier")

    assert (exchange.key, exchange.user_id) == (ApiKey(PLAIN), "user_1")
    request = server.last_request
    assert (request.method, request.path) == ("POST", "/api/v1/auth/keys")
    assert json.loads(request.body) == {
        "code": "c0de",
        "code_verifier": "ver1fier",
        "code_challenge_method": "S256",
    }
    assert "authorization" not in request.headers


@pytest.mark.parametrize("told", [{"user_id": None}, {}, {"user_id": 3}])
def test_who_it_is_may_be_unknown(server, client, told):
    server.answers(200, {"key": PLAIN} | told)

    assert client.exchange_code(code="c", code_verifier="v").user_id is None


@pytest.mark.parametrize("nothing", [None, "", {}])
def test_an_error_that_is_nothing_is_none(server, client, nothing):
    server.answers(200, {"key": PLAIN, "error": nothing})

    assert client.exchange_code(code="c", code_verifier="v").key == ApiKey(PLAIN)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"error": {"message": "Invalid code_challenge_method", "code": 400}}, BadRequest),
        (403, {"error": {"message": "Invalid code or code_verifier", "code": 403}}, CodeRejected),
        (403, {"error": {"message": "Authorization code expired", "code": 403}}, CodeExpired),
        (405, {"error": {"message": "Method Not Allowed", "code": 405}}, BadRequest),
        (500, {"error": {"message": "Internal Server Error", "code": 500}}, UpstreamUnavailable),
        (502, b"<html>bad gateway</html>", UpstreamUnavailable),
        (200, {}, UpstreamUnavailable),
        (200, {"key": ""}, UpstreamUnavailable),
        (200, {"key": "two\nlines"}, UpstreamUnavailable),
        (200, b"[]", UpstreamUnavailable),
        (200, b"<html></html>", UpstreamUnavailable),
        (307, b"", UpstreamUnavailable),
    ],
)
def test_an_exchange_that_fails(server, client, status, body, error):
    server.answers(status, body, Location="/elsewhere")

    with pytest.raises(error) as failure:
        client.exchange_code(code="c", code_verifier="v")

    assert type(failure.value) is error
    assert len(server.visits) == 1  # a code works once: there is no second try, nor a redirect followed


def test_an_exchange_without_an_answer():
    client = OpenRouter("http://127.0.0.1:1", title="Potluck", referer="http://localhost:8000")

    with pytest.raises(Unreachable):
        client.exchange_code(code="c", code_verifier="v")


def test_what_a_key_may_still_do(server, client, key):
    told = {
        "label": "sk-or-v1-a20...c62", "limit": 100, "limit_reset": "monthly", "limit_remaining": 92.634926647,
        "usage": 224.808602387, "usage_daily": 0.131735148, "usage_weekly": 0.69418805, "usage_monthly": 7.365073353,
        "is_free_tier": False, "expires_at": "2027-01-01T00:00:00Z", "creator_user_id": "user_x",
        "free_model_daily_requests": {"used": 60, "limit": 50, "remaining": 0},
    }  # fmt: skip
    server.answers(200, {"data": told})

    info = client.key_info(key)

    assert (info.limit, info.limit_remaining, info.limit_reset) == (Decimal(100), Decimal("92.634926647"), "monthly")
    assert (info.usage, info.usage_daily) == (Decimal("224.808602387"), Decimal("0.131735148"))
    assert (info.creator_user_id, info.is_free_tier) == ("user_x", False)
    assert info.expires_at is not None
    assert info.expires_at.isoformat() == "2027-01-01T00:00:00+00:00"
    assert info.free_requests == FreeRequests(used=60, limit=50, remaining=0)
    assert "a20...c62" not in repr(info)
    assert server.last_request.path == "/api/v1/key"
    assert server.last_request.headers["authorization"] == f"Bearer {key.reveal()}"


@pytest.mark.parametrize(("used", "remaining"), [(3, 47), (60, 0)])
def test_free_messages_that_remain_are_computed_if_they_are_not_told(server, client, key, used, remaining):
    server.answers(200, {"data": {"free_model_daily_requests": {"used": used, "limit": 50}}})

    assert client.key_info(key).free_requests == FreeRequests(used, 50, remaining)


def test_no_cap_is_not_no_money(server, client, key):
    server.answers(200, {"data": {"limit": None, "limit_remaining": None, "usage": 0}})

    info = client.key_info(key)

    assert (info.limit, info.limit_remaining, info.usage, info.free_requests) == (None, None, Decimal(0), None)


def test_a_dead_key(server, client, key):
    server.answers(401, {"error": {"message": "User not found.", "code": 401}})

    with pytest.raises(KeyRejected, match=r"User not found\."):
        client.key_info(key)


def test_a_success_that_is_only_an_error(server, client, key):
    server.answers(200, {"error": {"message": "User not found.", "code": 401}})

    with pytest.raises(KeyRejected):
        client.key_info(key)


def test_the_record_of_an_answer(server, client, key):
    server.answers(200, {"data": {"id": "gen-1", "model": "m/m", "provider_name": "P", "total_cost": 0.00125,
                                  "native_tokens_prompt": 56, "native_tokens_completion": 150, "cancelled": True,
                                  "native_tokens_reasoning": None, "finish_reason": None}})  # fmt: skip

    record = client.generation(key, "gen-1/&")

    assert record is not None
    assert (record.total_cost, record.prompt_tokens, record.completion_tokens) == (Decimal("0.00125"), 56, 150)
    assert (record.is_cancelled, record.reasoning_tokens, record.finish_reason) == (True, 0, "")
    assert server.last_request.path == "/api/v1/generation?id=gen-1%2F%26"


def test_a_record_that_is_not_there_yet(server, client, key):
    server.answers(404, {"error": {"message": "Generation gen-1 not found", "code": 404}})

    assert client.generation(key, "gen-1") is None


def test_the_catalogue_needs_no_key(server, client):
    server.answers(200, {"data": [{"id": "maker/model"}]})

    assert [model.id for model in client.models()] == ["maker/model"]
    assert server.last_request.path == "/api/v1/models"
    assert "authorization" not in server.last_request.headers


def test_the_catalogue_of_models_that_only_draw(server, client):
    server.answers(200, {"data": []})

    client.models(output_modalities="all")

    assert server.last_request.path == "/api/v1/models?output_modalities=all"


def test_the_models_of_a_person(server, client, key):
    server.answers(200, {"data": [{"id": "maker/model"}, {"id": 3}, None], "links": {"next": None}})
    assert [model.id for model in client.models_of_user(key)] == ["maker/model"]
    assert server.last_request.path == "/api/v1/models/user?output_modalities=all"

    server.answers(200, {"data": []})
    assert client.models_of_user(key) is None
    server.answers(200, {"data": [{"id": "maker/model"}], "links": {"next": "/api/v1/models/user?offset=1"}})
    assert client.models_of_user(key) is None


def test_the_presets_of_a_person(server, client, key):
    items = [{"slug": slug, "status": "active"} for slug in ("tutor", "tutor", "<b>", "strict-json")]
    server.answers(200, {"data": [*items, {"slug": "off", "status": "archived"}, None], "total_count": 6})
    assert client.presets_of_user(key) == ["tutor", "strict-json"]
    assert server.last_request.path == "/api/v1/presets?limit=100"

    server.answers(200, {"data": "none"})
    assert client.presets_of_user(key) == []


@pytest.mark.parametrize(("status", "presets"), [(401, []), (403, []), (404, []), (429, None), (500, None)])
def test_a_key_that_may_not_list_presets_has_none(server, client, key, status, presets):
    server.answers(status, {"error": {"code": status, "message": "No."}})

    assert client.presets_of_user(key) == presets


@pytest.mark.parametrize(
    ("model_id", "path"),
    [
        ("maker/model:free", "maker/model:free"),
        ("~maker/model-latest", "~maker/model-latest"),
        ("maker/a/../../key?x#y", "maker/a%2F..%2F..%2Fkey%3Fx%23y"),
    ],
)
def test_the_providers_of_a_model(server, client, model_id, path):
    server.answers(200, {"data": {"endpoints": [{"provider_name": "P"}, {"provider_name": "half \ud83d"}]}})

    assert client.endpoints(None, model_id) == [{"provider_name": "P"}]
    assert server.last_request.path == f"/api/v1/models/{path}/endpoints"


@pytest.mark.parametrize("model_id", ["model", "maker/", "/model", "../key", "maker/..", "."])
def test_what_is_no_model_has_no_providers_and_is_not_asked_for(server, client, model_id):
    with pytest.raises(UnknownModel):
        client.endpoints(None, model_id)
    assert not server.visits


@pytest.mark.parametrize(("title", "sent"), [("Potluck", "Potluck"), ("Čaj\r\nX-Evil: 1", "Čaj X-Evil: 1")])
def test_every_request_says_which_app_asks(server, title, sent):
    server.answers(200, {"data": []})

    OpenRouter(server.url, title=title, referer="https://chat.example").models()

    headers = server.last_request.headers
    assert headers["x-openrouter-title"].encode("latin-1").decode() == sent
    assert headers["http-referer"] == "https://chat.example"
    assert "x-evil" not in headers


def test_cookies_of_one_person_do_not_go_with_the_next(server, client, key):
    server.answers(200, {"data": {}}, Set_Cookie="session=alice; Path=/")

    client.key_info(key)
    client.key_info(key)

    assert "cookie" not in server.last_request.headers


def test_keys_of_one_person_do_not_go_with_the_next(server, client, key):
    server.answers(200, {"data": {}})
    other = ApiKey(PLAIN)

    for asking in (key, other, key):
        client.key_info(asking)
        assert server.last_request.headers["authorization"] == f"Bearer {asking.reveal()}"
    client.models()

    assert "authorization" not in server.last_request.headers


def test_the_machines_netrc_is_not_asked(server, client, key, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login root password toor\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server.answers(200, {"data": {}})

    client.key_info(key)
    assert server.last_request.headers["authorization"] == f"Bearer {key.reveal()}"

    client.models()
    assert "authorization" not in server.last_request.headers


def test_redirects_are_not_followed_with_a_key(server, client, key):
    server.answers(302, b"", Location=f"{server.url}/api/v1/elsewhere")

    with pytest.raises(UpstreamUnavailable):
        client.key_info(key)

    assert len(server.visits) == 1


def test_many_calls_at_once_need_not_wait_for_each_other(server, client, key):
    """The pool keeps a thousand connections and never blocks."""
    everybody = threading.Event()

    def script(visit):
        visit.send(STREAM_HEAD)
        visit.chunk(*ANSWER[:2])
        everybody.wait(10)
        visit.chunk(*ANSWER[2:])
        visit.send(STREAM_END)

    server.script = script
    streams = [client.chat(key, {}).batches() for _ in range(50)]
    assert all(next(stream) for stream in streams)

    everybody.set()

    assert all(list(stream) for stream in streams)
    assert server.connections == 50


def test_it_goes_through_the_proxy_of_its_environment(server, monkeypatch):
    monkeypatch.setenv("http_proxy", server.url)
    server.answers(200, {"data": []})
    client = OpenRouter("http://openrouter.invalid", title="Potluck", referer="http://localhost:8000")

    assert client.models() == []
    assert server.last_request.path.startswith("http://openrouter.invalid/api/v1/models")
    client.close()
