import base64
import hashlib
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from tests.standin.people import PEOPLE
from tests.standin.signin import Habits

VERIFIER = "a-verifier-of-at-least-forty-three-characters-1234"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASKED = {
    "callback_url": "https://potluck.example/signin/callback/?nonce=n1",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "state": "s1",
}


def auth_url(standin, **changes):
    return f"{standin.url}/auth?{urlencode({**ASKED, **changes})}"


def press(standin, decision, person="alice", **changes):
    form = {"decision": decision, "as": person}
    answer = requests.post(auth_url(standin, **changes), data=form, allow_redirects=False, timeout=60)
    return answer.headers["Location"], parse_qs(urlsplit(answer.headers["Location"]).query)


def exchange(standin, code, **changes):
    body = {"code": code, "code_verifier": VERIFIER, "code_challenge_method": "S256", **changes}
    return requests.post(f"{standin.url}/api/v1/auth/keys", json=body, timeout=60)


def fresh_code(standin, person="alice", **changes):
    query = parse_qs(urlsplit(standin.approve(auth_url(standin, **changes), person)).query)
    return query["code"][0]


def message(response):
    return response.json()["error"]["message"]


def test_the_page_says_who_asks_and_that_it_is_not_openrouter(standin):
    page = requests.get(auth_url(standin), timeout=60)

    assert page.status_code == 200
    assert "potluck.example asks for a key" in page.text
    assert "stand-in for OpenRouter" in page.text
    assert re.findall(r'<button name="decision" value="(\w+)"', page.text) == ["approve", "deny"]
    assert re.findall(r'name="as" value="(\w+)"', page.text) == list(PEOPLE)
    assert "password" not in re.findall(r'type="(\w+)"', page.text)


def test_approve_goes_back_with_code_and_state_and_keeps_the_query(standin):
    address, query = press(standin, "approve")

    assert address.startswith("https://potluck.example/signin/callback/?nonce=n1&code=")
    assert query["state"] == ["s1"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{16,128}", query["code"][0])


def test_deny_goes_back_without_state(standin):
    _, query = press(standin, "deny")

    assert query["error"] == ["access_denied"]
    assert set(query) == {"nonce", "error", "error_description"}


@pytest.mark.parametrize(
    ("habits", "nonces", "states"),
    [
        ({}, ["n1"], ["s1"]),
        ({"state": "absent"}, ["n1"], []),
        ({"state": "twice"}, ["n1"], ["s1", "s1"]),
        ({"state": "differs"}, ["n1"], ["another"]),
        ({"state": "twice-differs"}, ["n1"], ["another", "s1"]),
        ({"query": "dropped"}, [], ["s1"]),
    ],
)
def test_what_comes_back_can_be_set_or_chosen_on_the_page(standin, habits, nonces, states):
    form = {"decision": "approve", **habits}
    chosen = requests.post(auth_url(standin), data=form, allow_redirects=False, timeout=60).headers["Location"]
    standin.signin_habits = Habits(**habits)

    for address in (chosen, standin.approve(auth_url(standin))):
        query = parse_qs(urlsplit(address).query)
        assert "code" in query
        assert (query.get("nonce", []), query.get("state", [])) == (nonces, states)


def test_a_naive_end_of_the_address(standin):
    standin.signin_habits = Habits(query="naive")

    assert "?nonce=n1?code=" in standin.approve(auth_url(standin))


def test_a_denial_may_lack_the_query_and_may_have_the_state(standin):
    standin.signin_habits = Habits(denial_query="dropped")
    assert "nonce" not in standin.deny(auth_url(standin))
    standin.signin_habits = Habits(denial_state="echoed")
    assert standin.deny(auth_url(standin)).endswith("&state=s1")


def test_a_refused_code_may_be_a_400(standin):
    standin.signin_habits = Habits(refused_code=400)

    for answer in (exchange(standin, "made-up"), exchange(standin, fresh_code(standin), code_verifier="x")):
        assert (answer.status_code, message(answer)) == (400, "Invalid code")


class TestWithoutCallback:
    def address(self, standin, **changes):
        asked = {name: value for name, value in {**ASKED, **changes}.items() if name != "callback_url"}
        return f"{standin.url}/auth?{urlencode(asked)}"

    def test_the_code_is_shown(self, standin):
        form = {"decision": "approve", "as": "bob"}
        page = requests.post(self.address(standin), data=form, timeout=60).text

        (code,) = re.findall("<code>(.*)</code>", page)
        assert exchange(standin, code).json()["user_id"] == standin.people.user_id("bob")
        assert exchange(standin, standin.shows_code(self.address(standin), "alice")).status_code == 200

    def test_after_no_there_is_none(self, standin):
        page = requests.post(self.address(standin), data={"decision": "deny"}, timeout=60)

        assert page.status_code == 200
        assert "<code>" not in page.text

    def test_the_challenge_has_to_be_s256(self, standin):
        address = self.address(standin, code_challenge_method="plain")

        assert requests.get(address, timeout=60).status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"callback_url": "http://potluck.example/callback"},
        {"callback_url": "ftp://localhost/"},
        {"callback_url": "http://["},
        {"callback_url": ""},
        {"code_challenge": ""},
        {"code_challenge_method": "S512"},
    ],
)
def test_a_wrong_question_is_refused(standin, changes):
    assert requests.get(auth_url(standin, **changes), timeout=60).status_code == 400
    with pytest.raises(ValueError, match=r"callback_url|code_challenge|Invalid IPv6"):
        standin.approve(auth_url(standin, **changes))


@pytest.mark.parametrize("callback_url", ["http://localhost:8000/", "http://127.0.0.1:4711/a?b=c"])
def test_plain_http_is_allowed_on_this_machine(standin, callback_url):
    assert requests.get(auth_url(standin, callback_url=callback_url), timeout=60).status_code == 200


def test_a_code_becomes_a_key_that_works(standin):
    _, query = press(standin, "approve", "bob")

    answer = exchange(standin, query["code"][0])

    assert answer.status_code == 200
    assert set(answer.json()) == {"key", "user_id"}
    assert re.fullmatch(r"sk-or-v1-[0-9a-f]{64}", answer.json()["key"])
    assert answer.json()["user_id"] == standin.people.user_id("bob")
    headers = {"Authorization": f"Bearer {answer.json()['key']}"}
    assert requests.get(f"{standin.url}/api/v1/key", headers=headers, timeout=60).status_code == 200


def test_every_sign_in_makes_another_key(standin):
    keys = {exchange(standin, fresh_code(standin)).json()["key"] for _ in range(2)}

    assert len(keys) == 2


def test_nobody_has_no_user_id(standin):
    assert exchange(standin, fresh_code(standin, "nobody")).json()["user_id"] is None


def test_a_code_works_once(standin):
    code = fresh_code(standin)
    exchange(standin, code)

    again = exchange(standin, code)

    assert (again.status_code, message(again)) == (403, "Invalid code or code_verifier")


def test_a_code_expires_after_ten_minutes(standin):
    early, late = fresh_code(standin), fresh_code(standin)
    standin.later(590)
    assert exchange(standin, early).status_code == 200
    standin.later(20)

    answer = exchange(standin, late)

    assert (answer.status_code, message(answer)) == (403, "Authorization code expired")


@pytest.mark.parametrize("verifier", ["another-verifier", "", CHALLENGE])
def test_a_wrong_verifier_is_refused(standin, verifier):
    answer = exchange(standin, fresh_code(standin), code_verifier=verifier)

    assert (answer.status_code, message(answer)) == (403, "Invalid code or code_verifier")


@pytest.mark.parametrize("method", ["plain", None, "S512"])
def test_the_method_has_to_be_the_one_of_the_page(standin, method):
    answer = exchange(standin, fresh_code(standin), code_challenge_method=method)

    assert (answer.status_code, message(answer)) == (400, "Invalid code_challenge_method")


def test_the_plain_method_compares_as_it_is(standin):
    code = fresh_code(standin, code_challenge=VERIFIER, code_challenge_method="plain")

    assert exchange(standin, code, code_challenge_method="plain").status_code == 200


def test_the_exchange_takes_post_only(standin):
    assert requests.get(f"{standin.url}/api/v1/auth/keys", timeout=60).status_code == 405


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b"{}"])
def test_the_exchange_refuses_what_is_not_a_code(standin, body):
    assert requests.post(f"{standin.url}/api/v1/auth/keys", data=body, timeout=60).status_code == 400


@pytest.mark.parametrize(
    ("what", "facts", "status"),
    [(400, {}, 400), (403, {"kind": "expired"}, 403), (405, {}, 405), (500, {}, 500), ("html", {}, 502)],
)
def test_a_test_can_make_the_exchange_fail(standin, what, facts, status):
    standin.exchange_answers(what, **facts)

    assert exchange(standin, fresh_code(standin)).status_code == status
    assert exchange(standin, fresh_code(standin)).status_code == 200


def test_the_exchange_can_answer_nonsense(standin):
    for what in ("no-user", "no-key", "garbage"):
        standin.exchange_answers(what)

    nameless, keyless, garbage = (exchange(standin, "any") for _ in range(3))

    assert nameless.json()["user_id"] is None
    assert nameless.json()["key"] in standin.people.keys
    assert keyless.json() == {}
    assert garbage.text == "<this is not JSON>"


def test_the_exchange_can_hang_up_or_stay_silent(standin):
    standin.exchange_answers("drop")
    with pytest.raises(requests.ConnectionError):
        exchange(standin, "any")

    standin.exchange_answers("silence")
    with pytest.raises(requests.Timeout):
        requests.post(f"{standin.url}/api/v1/auth/keys", json={"code": "any"}, timeout=0.1)


def test_links_to_keys_and_credits_lead_somewhere(standin):
    key = standin.people.keys[standin.make_key("alice")]

    page = requests.get(f"{standin.url}/keys/{key.sha256}", timeout=60)

    assert "Belongs to alice, is active" in page.text
    requests.post(page.url, timeout=60)
    assert key.revoked
    assert requests.get(f"{standin.url}/keys/{'0' * 64}", timeout=60).status_code == 404
    assert requests.get(f"{standin.url}/settings/credits", timeout=60).status_code == 200
    assert requests.get(f"{standin.url}/elsewhere", timeout=60).status_code == 404
