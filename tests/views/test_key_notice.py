"""What the bar of a chat page says of the key: little left to spend, or that it expires."""

from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from chat.accounts import key_status
from chat.models import Conversation, StoredKey
from tests.django_client import HTMX, Page, Person

FREE = "openai/gpt-oss-20b:free"
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()


@pytest.fixture
def person(alice):
    alice.signs_in()
    return alice


def is_asked(person: Person) -> None:
    """OpenRouter, what it says of the key."""
    StoredKey.objects.update(next_fetch_at=timezone.now())
    key_status.refresh(person.user.pk)


def notice(person: Person, address: str = "/") -> str:
    return " ".join(Page(person.client.get(address)).one("#key-notice").get_text().split())


def budget(remaining: object, limit: object, resets_at: object = None, scope: str = "member") -> dict[str, object]:
    return {"remaining_usd": remaining, "limit_usd": limit, "resets_at": resets_at, "scope": scope}


class TestLittleLeft:
    @pytest.mark.parametrize(
        ("facts", "said"),
        [
            ({}, ""),
            ({"limit": None, "limit_remaining": None}, ""),
            ({"limit": ..., "limit_remaining": ..., "effective_budget": ...}, ""),
            ({"limit": 5, "limit_remaining": 1}, ""),
            ({"limit": 5, "limit_remaining": 0.999}, "$1.00 of your OpenRouter limit left. Details"),
            ({"limit": 5, "limit_remaining": 0.0031}, "$0.0031 of your OpenRouter limit left. Details"),
            ({"limit": 100, "limit_remaining": 10}, ""),
            ({"limit": 100, "limit_remaining": 9.99}, "$9.99 of your OpenRouter limit left. Details"),
            (
                {"limit": 12_000_000, "limit_remaining": 1_100_000},
                "$1,100,000.00 of your OpenRouter limit left. Details",
            ),
            ({"limit": 5, "limit_remaining": 0}, "Your OpenRouter limit is used up. Details"),
            ({"limit": 5, "limit_remaining": -0.2}, "Your OpenRouter limit is used up. Details"),
            ({"limit": 5, "limit_remaining": "?"}, ""),
            (
                {"limit": 100, "limit_remaining": 50, "effective_budget": budget(0.4, 20)},
                "$0.40 of your OpenRouter limit left. Details",
            ),
            ({"limit": 5, "limit_remaining": 0.1, "effective_budget": budget(8, 20)}, ""),
            (
                {"effective_budget": budget(-3, 20, "2030-12-01T00:00:00Z")},
                "Your OpenRouter limit is used up until Dec. 1, 2030. Details",
            ),
            (
                {"effective_budget": budget(1.5, 20, "2030-12-01T00:00:00Z")},
                "$1.50 of your OpenRouter limit left until Dec. 1, 2030. Details",
            ),
            ({"effective_budget": budget(0, 20, "2020-12-01T00:00:00Z")}, ""),
            ({"effective_budget": budget(0.5, None, "soon")}, "$0.50 of your OpenRouter limit left. Details"),
            ({"effective_budget": "nonsense"}, ""),
        ],
    )  # fmt: skip
    def test_of_the_strictest_limit(self, person, facts, said):
        person.standin.says_of_keys(**facts)
        is_asked(person)

        assert notice(person) == said

    @pytest.mark.parametrize(
        ("balance", "said"),
        [
            (1, ""),
            (0.99, "You have $0.99 in credits left. Add credits"),
            (0, "You have no credits left. Add credits"),
            (-0.52, "Your balance at OpenRouter is -$0.52. Add credits"),
        ],
    )
    def test_of_the_balance(self, person, balance, said):
        person.standin.says_of_credits(balance)
        is_asked(person)

        assert notice(person) == said
        links = Page(person.client.get("/")).soup.select("#key-notice a")
        assert [link["href"] for link in links] == [f"{person.standin.url}/settings/credits"] * bool(said)

    def test_the_lowest_of_both_counts(self, person):
        person.standin.says_of_credits(0.3)
        person.standin.says_of_keys(limit=5, limit_remaining=0.2)
        is_asked(person)

        assert notice(person) == "$0.20 of your OpenRouter limit left. Details"

    def test_who_never_bought_credits_misses_none(self, person):
        person.standin.says_of_keys(is_free_tier=True)
        person.standin.says_of_credits(0)
        is_asked(person)

        assert notice(person) == ""

    @pytest.mark.parametrize("name", ["bob", "newcomer", "nobody", "rich"])
    def test_an_unknown_balance_is_not_an_empty_one(self, standin, site, name):
        person = Person(name, standin)
        person.signs_in()
        assert notice(person) == ""
        is_asked(person)

        assert notice(person) == ""

    def test_it_is_not_said_of_a_key_that_no_longer_works(self, person):
        person.standin.says_of_credits(0)
        is_asked(person)
        StoredKey.objects.update(rejected_at=timezone.now())

        assert notice(person) == ""


class TestFreeRequests:
    @pytest.mark.parametrize(
        ("used", "remaining", "said"),
        [
            (49, 1, ""),
            (50, 0, "No free messages left today. Details"),
            (62, -12, "No free messages left today. Details"),
        ],
    )
    def test_it_says_when_they_are_used_up(self, person, used, remaining, said):
        person.standin.says_of_keys(free_model_daily_requests={"used": used, "limit": 50, "remaining": remaining})
        person.asks("[[say Hello]]", model=FREE)
        is_asked(person)
        assert notice(person) == said

        StoredKey.objects.update(fetched_at=timezone.now() - timedelta(days=1))
        assert notice(person) == "", "that was yesterday"

    def test_it_does_not_to_people_who_use_other_models(self, person):
        person.standin.says_of_keys(free_model_daily_requests={"used": 50, "limit": 50, "remaining": 0})
        person.asks("[[say Hello]]")
        is_asked(person)

        assert notice(person) == ""


class TestExpiry:
    def at(self, **ahead: float) -> str:
        return (datetime.now(UTC) + timedelta(**ahead)).isoformat()

    @pytest.mark.parametrize(
        ("ahead", "word"), [({"days": 8}, ""), ({"days": 6}, "expires on"), ({"hours": -1}, "expired on")]
    )
    def test_it_is_said_a_week_before_and_afterwards(self, person, ahead, word):
        person.standin.says_of_keys(expires_at=self.at(**ahead))
        is_asked(person)

        assert notice(person).startswith(f"Your key {word}" if word else "")
        assert ("Sign in again to replace it." in notice(person)) is bool(word)

    @pytest.mark.parametrize("value", [None, ..., "soon", "9999-12-31T00:00:00Z", "0001-01-01", 7, ""])
    def test_without_a_readable_date_nothing_is_said(self, person, value):
        person.standin.says_of_keys(expires_at=value)
        is_asked(person)

        assert notice(person) == ""
        assert "Expires" not in Page(person.client.get("/account/")).one("#key").get_text()

    def test_its_button_signs_in_again_and_comes_back_to_the_chat(self, person):
        person.asks("[[say Hello]]")
        address = Conversation.objects.get().get_absolute_url()
        person.standin.says_of_keys(expires_at=TOMORROW)
        is_asked(person)
        button = Page(person.client.get(address)).one("#key-notice button")
        person.standin.says_of_keys()
        response = person.client.post(button["formaction"], {button["name"]: button["value"]})

        assert person.approves(response.headers["Location"]).headers["Location"] == address
        assert notice(person, address) == "", "at once, before OpenRouter is asked"

    def test_the_account_says_it_and_replaces_the_key(self, person):
        person.standin.says_of_keys(expires_at=TOMORROW)
        is_asked(person)
        section = Page(person.client.get("/account/")).one("#key")
        assert "Your key expires on" in section.select_one(".notice").get_text()
        (form,) = section.select('form[action="/signin/"]')
        assert form.get_text().strip() == "Sign in again to replace it"
        (field,) = form.select("[name=next]")
        response = person.client.post(str(form["action"]), {"next": field["value"]})

        assert person.approves(response.headers["Location"]).headers["Location"] == "/account/"

    def test_an_expired_one_is_said_plainly_in_the_account(self, person):
        person.standin.says_of_keys(expires_at="2026-03-01T12:00:00Z")
        is_asked(person)
        person.standin.revoke(*person.standin.people.keys)
        for _ in range(2):
            is_asked(person)
            section = Page(person.client.get("/account/")).one("#key")
            assert "Your key expired on March 1, 2026." in " ".join(section.get_text().split())
            assert "Sign in with OpenRouter" in section.get_text()


class TestAnOpenPage:
    """The notice comes and goes with the list of chats, which a page refreshes after an answer."""

    def refreshed(self, person: Person) -> BeautifulSoup:
        return Page(person.client.get("/chats/", headers=HTMX)).soup

    def looks_again(self, person: Person) -> bool:
        return bool(self.refreshed(person).select('#chat-list[hx-trigger~="every"]'))

    def test_it_comes_and_goes(self, person):
        person.standin.says_of_credits(0.43)
        is_asked(person)
        partial = self.refreshed(person).select_one('hx-partial[hx-target="#key-notice"]')
        assert "$0.43" in partial.get_text()

        person.standin.says_of_credits(20)
        is_asked(person)
        partial = self.refreshed(person).select_one('hx-partial[hx-target="#key-notice"]')
        assert partial.get_text().strip() == ""

    @pytest.mark.parametrize(("balance", "looks"), [(20, False), (1.9, True), (0.4, True)])
    def test_it_looks_again_after_an_answer_if_that_matters(self, person, balance, looks):
        person.standin.says_of_credits(balance)
        is_asked(person)
        assert not self.looks_again(person)
        person.asks("[[say Hello]]")

        assert self.looks_again(person) is looks
        is_asked(person)
        assert not self.looks_again(person)

    def test_it_does_not_look_for_long(self, person):
        person.standin.says_of_credits(0.4)
        is_asked(person)
        person.asks("[[say Hello]]")
        long_ago = timezone.now() - timedelta(minutes=2)
        Conversation.objects.update(updated_at=long_ago)
        StoredKey.objects.update(fetched_at=long_ago - timedelta(minutes=1))

        assert not self.looks_again(person)
