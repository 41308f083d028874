import pytest
import requests

from tests.standin.client import BLIND, Client, events


@pytest.mark.parametrize("path", ["key", "auth/key"])
def test_a_key_is_described_at_its_new_and_old_address(alice, standin, path):
    data = alice.get(path).json()["data"]

    assert data["creator_user_id"] == standin.people.user_id("alice")
    assert data["limit_remaining"] is None
    assert alice.key not in str(data)


@pytest.mark.parametrize("path", ["key", "credits", "generation?id=x"])
def test_the_account_wants_a_living_key(alice, standin, path):
    missing = requests.get(f"{standin.url}/api/v1/{path}", timeout=60)
    standin.revoke(alice.key)
    dead = alice.get(path)

    assert (missing.status_code, missing.json()["error"]["message"]) == (401, "Missing Authentication header")
    assert (dead.status_code, dead.json()["error"]["message"]) == (401, "User not found.")


def test_credits_are_for_management_keys(alice):
    assert alice.get("credits").status_code == 403


def test_but_some_see_theirs(standin):
    data = Client(standin, standin.make_key("rich")).get("credits").json()["data"]

    assert data["total_credits"] - data["total_usage"] == pytest.approx(12.34)


@pytest.mark.parametrize(
    ("name", "model", "status"),
    [("spent", BLIND, 402), ("spent", "openai/gpt-oss-20b:free", 200), ("debtor", "openai/gpt-oss-20b:free", 402)],
)
def test_who_has_nothing_left_is_refused(standin, name, model, status):
    assert Client(standin, standin.make_key(name)).ask("Hello?", model=model).status_code == status


def test_a_budget_is_shown_and_enforced(standin):
    capped = Client(standin, standin.make_key("capped"))
    budget = capped.get("key").json()["data"]["effective_budget"]
    assert (budget["remaining_usd"], budget["resets_at"][8:10]) == (1.0, "01")

    standin.people.keys[capped.key].usage = 1.0
    assert capped.ask("Hello?").status_code == 403


def test_what_an_answer_costs_is_counted_on_the_key(alice):
    cost = alice.events("How much?")[-1]["usage"]["cost"]

    assert cost > 0
    assert alice.get("key").json()["data"]["usage"] == pytest.approx(cost)


def test_a_cap_that_is_used_up_refuses(standin):
    capped = Client(standin, standin.make_key("bob", limit=0.0000001))
    capped.events("One more?")

    answer = capped.ask("And another?")

    assert answer.status_code == 403
    assert answer.json()["error"]["message"].startswith("Key limit exceeded (total limit)")
    assert capped.get("key").json()["data"]["limit_remaining"] == 0


def test_a_newcomer_has_only_free_models(standin):
    newcomer = Client(standin, standin.make_key("newcomer"))

    refused = newcomer.ask("Hello?")

    assert refused.status_code == 402
    assert "never purchased credits" in refused.json()["error"]["message"]
    assert newcomer.events("Hello?", model="openai/gpt-oss-20b:free")[-1]["usage"]["cost"] == 0
    data = newcomer.get("key").json()["data"]
    assert data["is_free_tier"]
    assert data["free_model_daily_requests"] == {"used": 1, "limit": 50, "remaining": 49}


def test_a_generation_is_not_found_at_first(alice, standin):
    answer = alice.ask("Hello?", model=BLIND)
    usage = events(answer.content)[-1]["usage"]
    wanted = answer.headers["X-Generation-Id"]

    early = alice.get(f"generation?id={wanted}")
    standin.later(3)
    data = alice.get(f"generation?id={wanted}").json()["data"]

    assert (early.status_code, early.json()["error"]["message"]) == (404, f"Generation {wanted} not found")
    assert data["total_cost"] == usage["cost"]
    assert data["native_tokens_completion"] == usage["completion_tokens"]
    assert (data["streamed"], data["cancelled"], data["finish_reason"]) == (True, False, "stop")


def test_a_generation_is_seen_by_its_owner_only(alice, standin):
    wanted = alice.ask("Hello?", stream=False).json()["id"]
    standin.later(3)

    assert Client(standin, standin.make_key("bob")).get(f"generation?id={wanted}").status_code == 404
    assert alice.get(f"generation?id={wanted}").json()["data"]["streamed"] is False


def test_what_is_said_of_keys_and_credits_can_be_set(alice, standin):
    standin.says_of_keys(limit=None, expires_at="soon", effective_budget=...)
    standin.says_of_credits(0.43)
    data, credits = (alice.get(path).json()["data"] for path in ("key", "credits"))

    assert (data["limit"], data["expires_at"]) == (None, "soon")
    assert "effective_budget" not in data
    assert credits["total_credits"] - credits["total_usage"] == pytest.approx(0.43)


def test_some_have_keys_that_end(standin):
    assert Client(standin, standin.make_key("leaving")).get("key").json()["data"]["expires_at"]
