"""/account/, /disconnect/, /signout/, /appearance/: one's own account."""

import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from chat.accounts import key_status
from chat.catalogue import cache
from chat.models import CatalogueSnapshot, Conversation, Session, StoredKey, User, digest
from tests.django_client import HTMX, Page, Person


def test_it_tells_what_the_key_has_spent_and_where_to_change_it(alice):
    alice.signs_in()
    alice.asks("[[say Hello]]")
    stored = StoredKey.objects.get()
    page = Page(alice.client.get("/account/"))

    assert page.soup.select(f'a[href="{alice.standin.url}/keys/{stored.sha256}"]')


def test_it_opens_while_openrouter_is_away(alice):
    alice.signs_in()
    for trouble in ("drop", 500, 401):
        alice.standin.answers(trouble, to="key")
        assert alice.client.get("/account/").status_code == 200


def told_to(person):
    """The table of the account page after OpenRouter was asked, and whether it warns."""
    StoredKey.objects.update(next_fetch_at=timezone.now())
    key_status.refresh(person.user.pk)
    page = Page(person.client.get("/account/"))
    cells = [[" ".join(cell.get_text().split()) for cell in row.select("dt, dd")] for row in page.soup.select("dl div")]
    notice = page.soup.select_one("section .notice")
    return dict(cells), " ".join(notice.get_text().split()) if notice else ""


class TestWhatIsLeftToSpend:
    def signed_in(self, name, standin):
        person = Person(name, standin)
        person.signs_in()
        return person

    @pytest.mark.parametrize(
        ("name", "credits_left", "warning"),
        [
            ("alice", "see OpenRouter", ""),
            ("newcomer", "none bought yet", "Without credits you can only use free models. Add credits"),
            ("rich", "$12.34", ""),
            ("spent", "$0.00", "Without credits you can only use free models. Add credits"),
            ("debtor", "-$0.52", "Your balance is below zero. Add credits to use any model, even a free one. Add"
                                 " credits"),
        ],
    )  # fmt: skip
    def test_it_is_said_where_openrouter_tells(self, standin, site, name, credits_left, warning):
        told, warned = told_to(self.signed_in(name, standin))

        assert told["Credits left"] == credits_left
        assert told["Key limit left"] == "no limit set"
        assert warned == warning

    def test_the_credits_page_is_a_press_away(self, standin, site):
        for name in ("alice", "newcomer", "spent"):
            person = self.signed_in(name, standin)
            key_status.refresh(person.user.pk)
            page = Page(person.client.get("/account/"))
            assert page.soup.select(f'a[href="{standin.url}/settings/credits"]')

    def test_so_are_the_free_messages_of_today(self, standin, site):
        newcomer = self.signed_in("newcomer", standin)
        newcomer.asks("[[say Hello]]", model="openai/gpt-oss-20b:free")

        assert told_to(newcomer)[0]["Free messages left today"] == "49 of 50"
        standin.says_of_keys(free_model_daily_requests={"used": 62, "limit": 50, "remaining": -12})
        assert told_to(newcomer)[0]["Free messages left today"] == "0 of 50"

    @pytest.mark.parametrize(
        ("facts", "left"),
        [
            ({"limit": 5, "limit_remaining": 0}, "$0.00"),
            ({"limit": 5, "limit_remaining": 1.25}, "$1.25"),
            ({"limit": None, "limit_remaining": None}, "no limit set"),
            ({"effective_budget": {"remaining_usd": 0.4, "resets_at": "2026-12-01T00:00:00Z"}},
             "$0.40 until Dec. 1, 2026"),
            ({"limit_remaining": 3, "effective_budget": {"remaining_usd": -0.1}}, "-$0.10"),
            ({"limit_remaining": 3, "effective_budget": None}, "$3.00"),
        ],
    )  # fmt: skip
    def test_the_strictest_limit_counts(self, alice, facts, left):
        alice.signs_in()
        body = json.dumps({"data": {"label": "x", "usage": 0.5, **facts}}).encode()
        alice.standin.answers_raw(body, content_type="application/json", to="key")

        assert told_to(alice)[0]["Key limit left"] == left

    @pytest.mark.parametrize(
        ("facts", "rows"),
        [
            ({}, {}),
            ({"limit": 5, "limit_reset": "daily"}, {"Key limit": "$5.00 a day"}),
            ({"limit": 12_000_000, "limit_reset": "weekly"}, {"Key limit": "$12,000,000.00 a week"}),
            ({"limit": 0.0042, "limit_reset": "monthly"}, {"Key limit": "$0.0042 a month"}),
            ({"limit": 5, "limit_reset": "at times"}, {"Key limit": "$5.00"}),
            (
                {"effective_budget": {"remaining_usd": 1, "limit_usd": 20, "scope": "workspace",
                                      "reset_interval": "monthly"}},
                {"Limit of your account or workspace": "$20.00 a month"},
            ),
            ({"effective_budget": {"remaining_usd": 1, "limit_usd": 20, "scope": "api_key"}}, {}),
        ],
    )  # fmt: skip
    def test_the_limits_themselves_are_listed(self, alice, facts, rows):
        alice.signs_in()
        alice.standin.says_of_keys(**facts)
        told, _ = told_to(alice)

        assert {name: told[name] for name in told if "imit " in f"{name} " and "left" not in name} == rows

    def test_what_was_spent_is_that_of_today_and_of_this_month(self, alice):
        alice.signs_in()
        alice.standin.says_of_keys(usage=7, usage_daily=0.25, usage_monthly=3)
        told, _ = told_to(alice)
        assert [told[f"Spent {when}"] for when in ("today (UTC)", "this month (UTC)", "with this key")] == [
            *("$0.25", "$3.00", "$7.00")
        ]

        StoredKey.objects.update(fetched_at=timezone.now() - timedelta(days=40))
        page = Page(alice.client.get("/account/")).one("#key").get_text()
        assert "$7.00" in page
        assert "Spent today" not in page
        assert "Spent this month" not in page

    def test_it_says_of_when_it_is_and_that_openrouter_does_not_answer(self, alice):
        alice.signs_in()
        told_to(alice)
        StoredKey.objects.update(fetched_at="2026-11-21T14:07Z")
        assert "As of Nov 21, 14:07." in Page(alice.client.get("/account/")).one("#key").get_text()

        alice.standin.answers(502, to="key")
        told_to(alice)
        section = Page(alice.client.get("/account/")).one("#key").get_text()
        assert "As of Nov 21, 14:07." in section
        assert "OpenRouter isn't responding right now." in section

    def test_the_requests_of_this_key_are_a_press_away(self, alice):
        alice.signs_in()
        sha256 = StoredKey.objects.get().sha256
        page = Page(alice.client.get("/account/"))

        assert page.soup.select(f'a[href="{alice.standin.url}/logs?api_key_hash={sha256}"]')

    def test_a_budget_of_the_month_says_until_when(self, standin, site):
        capped = self.signed_in("capped", standin)

        assert re.fullmatch(r"\$1\.00 until \w+\.? 1, \d{4}", told_to(capped)[0]["Key limit left"])

    @pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "9999-12-31", 7])
    def test_one_until_the_end_of_the_calendar_has_no_date(self, alice, moment):
        """No other time zone can say such a moment."""
        alice.signs_in()
        alice.client.cookies["potluck_8000_zone"] = "Pacific/Kiritimati"
        budget = {"remaining_usd": 5, "resets_at": moment}
        body = json.dumps({"data": {"effective_budget": budget, "expires_at": moment}}).encode()
        alice.standin.answers_raw(body, content_type="application/json", to="key")

        assert told_to(alice)[0]["Key limit left"] == "$5.00"

    @pytest.mark.parametrize("trouble", ["drop", 500, 401, 403, 429])
    def test_credits_that_openrouter_does_not_show_are_no_error(self, alice, trouble):
        alice.signs_in()
        alice.standin.answers(trouble, to="credits")

        told, warned = told_to(alice)
        assert (told["Credits left"], warned) == ("see OpenRouter", "")
        assert StoredKey.objects.get().rejected_at is None

    def test_where_openrouter_tells_nothing_nothing_is_made_up(self, alice):
        alice.signs_in()
        alice.standin.answers(500, to="key")
        told, warned = told_to(alice)

        assert "Credits left" not in told
        assert told["Spent with this key"] == "unknown right now"
        assert not warned


def test_disconnecting_deletes_the_key_and_says_that_it_lives_on(alice):
    alice.signs_in()
    alice.asks("[[say Hello]]")
    sha256 = StoredKey.objects.get().sha256
    page = Page(alice.client.post("/disconnect/"))

    assert not StoredKey.objects.exists()
    assert page.soup.select(f'a[href="{alice.standin.url}/keys/{sha256}"]')
    assert "still" in page.one("main").get_text()
    assert alice.client.get("/account/").status_code == 302
    assert Conversation.objects.count() == 1, "the chats wait for the next sign-in"


def test_signing_out_ends_the_session_on_the_server(alice, settings):
    alice.signs_in()
    stolen = alice.client.cookies[settings.SESSION_COOKIE_NAME].value
    alice.client.post("/signout/")

    assert not Session.objects.exclude(user=None).exists()
    alice.client.cookies[settings.SESSION_COOKIE_NAME] = stolen
    assert alice.client.get("/account/").status_code == 302


def test_disconnecting_ends_the_other_devices_if_asked_to(alice, bob):
    bob.signs_in()
    alice.signs_in()
    assert not Page(alice.client.get("/account/")).soup.select("[name=everywhere]")
    devices = [Person("alice", alice.standin) for _ in range(3)]
    for device in devices:
        device.signs_in()
    Session.objects.filter(pk=digest(str(devices[2].client.session.session_key))).update(
        expire_date="2020-01-01T00:00Z"
    )
    page = Page(alice.client.get("/account/"))
    assert "2 other devices" in page.one("label:has([name=everywhere])").get_text()

    alice.client.post("/disconnect/")
    assert devices[0].client.get("/account/").status_code == 200
    devices[0].client.post("/disconnect/", {"everywhere": "yes"})
    assert devices[1].client.get("/account/").status_code == 302
    assert bob.client.get("/account/").status_code == 200


def test_browsers_forget_who_signed_out(alice):
    alice.signs_in()
    alice.asks("[[say Hello]]")
    for address in ("/", "/account/", "/search/?q=Hello", Conversation.objects.get().get_absolute_url(), "/no/such/"):
        assert alice.client.get(address).headers.get("Cache-Control") == (
            "no-store" if address != "/no/such/" else None
        )

    assert alice.client.post("/signout/").headers["Clear-Site-Data"] == '"cache"'
    assert "Cache-Control" not in alice.client.get("/").headers
    alice.signs_in()
    assert alice.client.post("/disconnect/").headers["Clear-Site-Data"] == '"cache"'


def test_both_need_a_post(alice):
    alice.signs_in()

    assert alice.client.get("/signout/").status_code == 405
    assert alice.client.get("/disconnect/").status_code == 405
    assert StoredKey.objects.exists()


def test_the_theme_is_remembered(alice, settings):
    alice.client.post("/appearance/", {"theme": "dark", "next": "/"})
    assert Page(alice.client.get("/")).one("html")["data-theme"] == "dark"

    alice.client.post("/appearance/", {"theme": "<script>"})
    alice.client.cookies[settings.THEME_COOKIE_NAME] = '"><script>'
    assert Page(alice.client.get("/")).one("html")["data-theme"] == "system"


def test_preferences_are_kept(alice):
    alice.signs_in()
    alice.client.post("/preferences/", {"follows_answers": "on"})
    page = Page(alice.client.get("/account/"))

    assert [
        (box["name"], box.has_attr("checked")) for box in page.soup.select("#preferences input[type=checkbox]")
    ] == [
        ("has_shortcuts", False),
        ("follows_answers", True),
        ("titles_by_model", False),
    ]
    assert Page(alice.client.get("/")).soup.select("[data-no-shortcuts]")


FLASH, SONNET = "google/gemini-3.7-flash", "anthropic/claude-sonnet-5"


def model_of_a_new_chat(person):
    return Page(person.client.get("/")).one("#model option[selected]")["value"]


class TestTheModelForNewChats:
    def test_it_is_the_one_that_was_chosen_last_unless_a_person_sets_one(self, alice):
        alice.signs_in()
        alice.asks("[[say Hello]]", model=FLASH)
        page = Page(alice.client.get("/account/"))
        assert page.one('[name="model_for_new_chats"] > option[value=""]').get_text() == "Last model I chose"
        assert not page.soup.select('[name="model_for_new_chats"] option[selected]')
        assert model_of_a_new_chat(alice) == FLASH

        alice.client.post("/preferences/", {"model_for_new_chats": SONNET})
        assert (
            Page(alice.client.get("/account/")).one('[name="model_for_new_chats"] option[selected]')["value"] == SONNET
        )
        assert model_of_a_new_chat(alice) == SONNET
        alice.asks("[[say Hello]]", model=FLASH)
        assert model_of_a_new_chat(alice) == SONNET

        alice.client.post("/preferences/", {"model_for_new_chats": ""})
        assert model_of_a_new_chat(alice) == FLASH

    def test_other_preferences_leave_it_alone(self, alice):
        alice.signs_in()
        alice.client.post("/preferences/", {"model_for_new_chats": SONNET})
        alice.client.post("/preferences/", {"has_shortcuts": "on"})

        assert model_of_a_new_chat(alice) == SONNET

    def test_one_that_is_gone_gives_way_and_is_not_taken(self, alice):
        alice.signs_in()
        alice.asks("[[say Hello]]", model=FLASH)
        User.objects.update(model_for_new_chats="gone/model")
        assert model_of_a_new_chat(alice) == FLASH

        choices = {"model_for_new_chats": "<b>none</b>\0", "has_shortcuts": "on"}
        for options in ({}, {"headers": HTMX}):
            response = alice.client.post("/preferences/", choices, **options)
            assert response.status_code == 422
            assert "no longer available" in Page(response).one('.preferences [role="alert"]').get_text()
        assert User.objects.get().model_for_new_chats == "gone/model"
        assert not User.objects.get().follows_answers, "what is valid is stored"

    @pytest.mark.parametrize("has_list", [True, False])
    @pytest.mark.parametrize("model", ["@preset/" + "x" * 200, "maker/" + "x" * 200])
    def test_one_that_is_too_long_is_not_stored(self, alice, model, has_list):
        alice.signs_in()
        alice.client.post("/preferences/", {"model_for_new_chats": SONNET, "follows_answers": "on"})
        if not has_list:
            CatalogueSnapshot.objects.all().delete()
            cache.reset()
        response = alice.client.post("/preferences/", {"model_for_new_chats": model})
        person = User.objects.get()

        assert (response.status_code, model in response.content.decode()) == (422, False)
        assert (person.model_for_new_chats, person.follows_answers) == (SONNET, False)


def test_a_script_learns_that_a_choice_is_saved(alice, settings):
    alice.signs_in()
    for address, chosen in [("/preferences/", {"follows_answers": "on"}), ("/appearance/", {"theme": "dark"})]:
        response = alice.client.post(address, chosen, headers=HTMX)
        assert (response.status_code, response.content) == (204, b"")

    assert not alice.user.has_shortcuts
    assert alice.client.cookies[settings.THEME_COOKIE_NAME].value == "dark"


def test_a_script_learns_that_its_session_has_ended(alice):
    response = alice.client.post("/preferences/", {"follows_answers": "on"}, headers=HTMX)

    assert response.headers["HX-Redirect"]


def test_the_list_of_chats_stays_away_once_it_is_put_away(alice, settings):
    alice.signs_in()
    assert Page(alice.client.get("/")).one(".sidebar-button")["aria-expanded"] == "true"
    response = alice.client.post("/appearance/?next=/chats/x/", {"sidebar": "closed"})
    page = Page(alice.client.get("/"))

    assert response.headers["Location"] == "/chats/x/"
    assert page.one(".house")["data-sidebar"] == "closed"
    assert (page.one(".sidebar-button")["aria-expanded"], page.one(".sidebar-button")["value"]) == ("false", "open")
    alice.client.post("/appearance/", {"sidebar": "<nonsense>"})
    assert alice.client.cookies[settings.SIDEBAR_COOKIE_NAME].value == "closed"


@pytest.mark.parametrize(
    ("form", "status", "kept"),
    [({"sends_with_enter": "never"}, 302, "never"), ({"sends_with_enter": "?"}, 422, "always"), ({}, 302, "always")],
)
def test_what_enter_does_can_be_chosen(alice, form, status, kept):
    alice.signs_in()
    alice.client.post("/preferences/", {"sends_with_enter": "always"})
    response = alice.client.post("/preferences/", form)
    assert (response.status_code, "Choose one of the options." in response.content.decode()) == (status, status == 422)

    assert Page(alice.client.get("/account/")).one('[name="sends_with_enter"] option[selected]')["value"] == kept
    assert Page(alice.client.get("/")).one("chat-composer")["data-enter"] == kept


def test_the_shortcuts_are_listed_on_a_page_and_for_htmx_alone(alice):
    alice.signs_in()
    whole, part = alice.client.get("/shortcuts/"), alice.client.get("/shortcuts/", headers=HTMX)

    for response in (whole, part):
        assert "Stop the answer" in response.content.decode()
    assert b"<html" in whole.content
    assert b"<html" not in part.content
