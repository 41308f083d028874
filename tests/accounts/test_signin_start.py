"""POST /signin/: one attempt is stored, and the browser goes to OpenRouter."""

import hashlib
from base64 import urlsafe_b64encode
from urllib.parse import parse_qs, urlsplit

from django.test import Client

from chat.models import SignInAttempt
from chat.rate_limit import RateLimit
from chat.views import signin
from tests.django_client import Page


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def test_it_goes_to_openrouter_with_an_s256_challenge(alice, standin):
    address = alice.goes_to_openrouter()

    attempt = SignInAttempt.objects.get()
    digest = hashlib.sha256(attempt.code_verifier.encode()).digest()
    query = query_of(address)
    assert address.startswith(f"{standin.url}/auth?")
    assert query["code_challenge_method"] == "S256"
    assert query["code_challenge"] == urlsafe_b64encode(digest).decode().rstrip("=")
    assert query["state"] == attempt.state
    assert query["key_label"] == "Potluck"


def test_the_callback_comes_from_the_settings_and_not_from_the_host_header(alice):
    response = alice.client.post("/signin/", headers={"host": "127.0.0.1:9999"})

    callback = query_of(response.headers["Location"])["callback_url"]
    assert callback.startswith("http://localhost:8000/signin/callback/?attempt=")


def test_each_tab_has_an_attempt_of_its_own(alice):
    first, second = query_of(alice.goes_to_openrouter()), query_of(alice.goes_to_openrouter())

    assert SignInAttempt.objects.count() == 2
    for name in ("state", "code_challenge", "callback_url"):
        assert first[name] != second[name]


def test_a_foreign_destination_becomes_the_start_page(alice):
    for destination in (
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "",
    ):
        alice.goes_to_openrouter(destination=destination)

    assert set(SignInAttempt.objects.values_list("destination", flat=True)) == {"/"}


def test_it_refuses_other_methods(alice):
    assert alice.client.get("/signin/").status_code == 405


def test_it_asks_for_the_csrf_token(db):
    stranger = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)

    assert stranger.post("/signin/").status_code == 403
    assert not SignInAttempt.objects.exists()


def test_one_address_begins_so_many_and_others_go_on(alice, monkeypatch):
    monkeypatch.setattr(signin, "SIGN_INS_OF_ONE_ADDRESS", RateLimit(at_once=3, seconds_each=1000))
    *begun, refused = [Client(SERVER_NAME="localhost").post("/signin/") for _ in range(4)]
    page = Page(refused)

    assert {answer.status_code for answer in begun} == {302}
    assert page.status == 429
    assert "Try again in a minute" in page.one("main").get_text()
    assert SignInAttempt.objects.count() == 3
    assert Client(SERVER_NAME="localhost", REMOTE_ADDR="8.8.4.4").post("/signin/").status_code == 302
