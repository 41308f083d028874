"""`/account/spending/` and `/account/spending.csv`: where one's money went."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from bs4 import Tag
from django.utils import timezone

from chat.models import Charge, Conversation
from tests.django_client import Page
from tests.spending.charges import charge, store

TODAY = datetime.now(UTC).date()
MONTH_BEFORE = TODAY.replace(day=1) - timedelta(days=1)


@pytest.fixture(autouse=True)
def _signed_in(alice):
    alice.signs_in()


def text_of(page: Tag) -> str:
    return " ".join(page.get_text(" ").split())


def shown(person, month=""):
    page = Page(person.client.get("/account/spending/", {"month": month} if month else {}))
    assert page.status == 200
    return page


def rows_of(response):
    content = b"".join(response.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(content)))


class TestThePage:
    @pytest.mark.database
    def test_an_answer_is_in_it(self, alice):
        alice.asks("[[say Hello.]]")
        page = shown(alice)
        models, chats = page.soup.select("section .sums")

        assert "1 answer" in text_of(page.one(".spent"))
        assert "Google Gemini Flash Latest" in text_of(models)
        assert "input" in text_of(models)
        assert chats.select_one("a")["href"] == Conversation.objects.get().get_absolute_url()

    def test_without_any_it_says_so(self, alice):
        page = shown(alice)

        assert "You spent nothing in" in page.html
        assert not page.soup.select("svg.chart, .chart, table, [download]")

    @pytest.mark.database
    def test_the_chart_has_a_bar_for_each_day_on_which_something_was_spent(self, alice):
        store(charge(alice.user, "2", TODAY), charge(alice.user, None, TODAY), charge(alice.user, "8", MONTH_BEFORE))
        page = shown(alice)
        (bar,) = page.soup.select(".bar-of-day")

        assert (bar["height"], bar["y"]) == ("160", "0")
        assert bar.parent.select_one("title").get_text().endswith(": $2.00")
        assert page.one("svg[role=img]")["aria-labelledby"] == "chart-title chart-most"
        assert text_of(page.one("details .sums tbody")).endswith("2 answers · 1 cost not known yet $2.00")
        assert "OpenRouter hasn't reported the cost of 1 of them yet." in text_of(page.one(".spent"))
        assert not page.soup.select("[style]")

    @pytest.mark.database
    def test_months_lead_to_each_other(self, alice):
        store(charge(alice.user, "2", TODAY), charge(alice.user, "8", MONTH_BEFORE))
        earlier = shown(alice).one("[rel=prev]")["href"]
        page = Page(alice.client.get(f"/account/spending/{earlier}"))

        assert earlier == f"?month={MONTH_BEFORE.isoformat()[:7]}"
        assert text_of(page.one(".spent")) == "$8.00 1 answer"
        assert page.one("[rel=next]")["href"] == f"?month={TODAY.isoformat()[:7]}"

    def test_a_month_that_is_none_is_this_one(self, alice):
        assert shown(alice, "nonsense").one(".months h2") == shown(alice).one(".months h2")

    @pytest.mark.database
    def test_an_unknown_cost_alone_is_not_shown_as_nothing(self, alice):
        store(charge(alice.user, None, TODAY))
        page = shown(alice)

        assert [cell.get_text() for cell in page.soup.select(".sums td")] == ["–"] * 3
        assert not page.soup.select(".chart")

    def test_the_account_leads_there_and_it_leads_back(self, alice):
        account = Page(alice.client.get("/account/"))

        assert account.one("#limits a")["href"] == "/account/spending/"
        assert shown(alice).one("a[href='/account/#limits']")

    @pytest.mark.database
    def test_as_many_questions_for_many_chats(self, alice, django_assert_num_queries):
        user = alice.user
        store(*(charge(user, "1", TODAY, conversation=chat_of(alice).pk) for _ in range(30)))
        shown(alice)
        with django_assert_num_queries(6):
            shown(alice)


def chat_of(person, **fields):
    return Conversation.with_deleted.create(user=person.user, model="m", **{"title": "Bread", **fields})


class TestTheCSV:
    @pytest.mark.database
    def test_has_a_row_for_each_answer_exact(self, alice):
        alice.asks("[[say Hello.]]")
        response = alice.client.get("/account/spending.csv")
        (row,) = rows_of(response)
        answer = Charge.objects.get()

        assert response["Content-Disposition"] == 'attachment; filename="spending.csv"'
        assert (response["Content-Type"], response["Cache-Control"]) == ("text/csv; charset=utf-8", "no-store")
        assert datetime.fromisoformat(row["time"]) == answer.asked_at
        assert row["time"].endswith("+00:00")
        assert Decimal(row["cost_usd"]) == answer.cost
        names = ("kind", "model", "answered_by", "provider", "generation_id", "state", "prompt_tokens")
        assert [row[name] for name in names] == [str(getattr(answer, name)) for name in names]
        assert (row["chat_id"], row["chat_title"]) == (str(answer.conversation), Conversation.objects.get().title)

    @pytest.mark.database
    def test_amounts_have_all_their_digits_and_unknown_ones_are_empty(self, alice):
        costs = ["0.000000000001", "9000000.123456789012", "0", None]
        day = TODAY
        store(*(charge(alice.user, cost, day - timedelta(days=number)) for number, cost in enumerate(costs)))
        rows = rows_of(alice.client.get("/account/spending.csv"))

        assert [row["cost_usd"] for row in rows] == ["0.000000000001", "9000000.123456789012", "0.000000000000", ""]

    @pytest.mark.database
    def test_a_long_one_is_complete_and_in_order_though_many_have_the_same_time(self, alice):
        user = alice.user
        store(*(charge(user, str(number), TODAY - timedelta(days=number // 1100)) for number in range(1201)))
        rows = rows_of(alice.client.get("/account/spending.csv"))

        assert sorted(Decimal(row["cost_usd"]) for row in rows) == list(range(1201))
        assert [row["time"] for row in rows] == sorted((row["time"] for row in rows), reverse=True)

    @pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1"])
    def test_no_cell_is_a_formula(self, alice, title):
        store(charge(alice.user, "1", TODAY, conversation=chat_of(alice, title=title).pk, model=title))
        (row,) = rows_of(alice.client.get("/account/spending.csv"))

        assert (row["chat_title"], row["model"]) == (f"'{title}", f"'{title}")

    @pytest.mark.database
    def test_titles_of_deleted_and_temporary_chats_are_not_in_it(self, alice):
        for fields in ({"deleted_at": timezone.now()}, {"is_temporary": True}):
            store(charge(alice.user, "1", TODAY, conversation=chat_of(alice, **fields).pk))

        assert [row["chat_title"] for row in rows_of(alice.client.get("/account/spending.csv"))] == ["", ""]

    @pytest.mark.database
    def test_it_can_be_of_a_month_and_is_ones_own(self, alice, bob):
        bob.signs_in()
        first = TODAY.replace(day=1)
        midnight = datetime.combine(first, datetime.min.time(), UTC)
        store(
            charge(alice.user, "1", first, asked_at=midnight),
            charge(alice.user, "2", MONTH_BEFORE, asked_at=midnight - timedelta(microseconds=1)),
            charge(bob.user, "4", TODAY),
        )
        response = alice.client.get("/account/spending.csv", {"month": MONTH_BEFORE.isoformat()[:7]})

        assert MONTH_BEFORE.isoformat()[:7] in response["Content-Disposition"]
        assert [Decimal(row["cost_usd"]) for row in rows_of(response)] == [2]
        assert [Decimal(row["cost_usd"]) for row in rows_of(alice.client.get("/account/spending.csv"))] == [1, 2]
