"""What a month has cost, by day, model and chat: exact, of one person, and with what is not known."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from chat.models import Conversation
from chat.spending.report import month_from, report_of
from tests.spending.charges import charge, store

pytestmark = pytest.mark.database

TODAY = date(2026, 11, 12)
NOVEMBER, OCTOBER, JULY = date(2026, 11, 1), date(2026, 10, 1), date(2026, 7, 1)
SMALL = "0.000000000001"


@pytest.fixture
def user(alice):
    alice.signs_in()
    return alice.user


def chat_of(user, **fields):
    return Conversation.with_deleted.create(user=user, model="m", **{"title": "Bread", **fields})


class TestAMonth:
    def test_has_the_exact_sum_of_each_day_and_model(self, user):
        costs = ["0.1", "0.2", SMALL, "1234.567890123456"]
        store(
            *(charge(user, cost, NOVEMBER, model="a/dear", prompt_tokens=7, completion_tokens=2) for cost in costs),
            *(charge(user, SMALL, date(2026, 11, 30), model="b/cheap") for _ in range(3)),
            charge(user, "8", date(2026, 10, 31)),
            charge(user, "8", date(2026, 12, 1)),
        )
        report = report_of(user, NOVEMBER, today=TODAY)
        dear, cheap = sum(map(Decimal, costs)), 3 * Decimal(SMALL)

        assert report.total.dollars == dear + cheap
        assert {day: amount.dollars for day, amount in report.by_day.items()} == {
            NOVEMBER: dear,
            date(2026, 11, 30): cheap,
        }
        (first, second) = report.by_model.largest
        assert (first[0], first[1].dollars, first[1].answers) == ("a/dear", dear, 4)
        assert (first[1].prompt_tokens, first[1].completion_tokens) == (28, 8)
        assert (second[0], second[1].dollars) == ("b/cheap", cheap)

    def test_is_of_its_person_alone(self, user, bob):
        bob.signs_in()
        store(charge(user, "1", NOVEMBER), charge(bob.user, "2", NOVEMBER))

        assert report_of(user, NOVEMBER, today=TODAY).total.dollars == 1

    def test_counts_what_is_not_known_and_adds_it_to_no_sum(self, user):
        store(charge(user, "1", NOVEMBER), charge(user, None, NOVEMBER, estimate=5), charge(user, None, NOVEMBER))
        total = report_of(user, NOVEMBER, today=TODAY).total

        assert (total.dollars, total.answers, total.unknown) == (Decimal(1), 3, 2)

    def test_counts_titles_apart(self, user):
        store(charge(user, "1", NOVEMBER), charge(user, "0.5", NOVEMBER, kind="title"))
        total = report_of(user, NOVEMBER, today=TODAY).total

        assert (total.dollars, total.answers, total.titles) == (Decimal("1.5"), 1, 1)

    def test_names_the_nearest_months_in_which_something_was_spent(self, user):
        store(charge(user, "1", JULY), charge(user, "1", date(2026, 2, 3)), charge(user, "1", TODAY))
        report = report_of(user, JULY, today=TODAY)

        assert (report.earlier, report.later) == (date(2026, 2, 1), NOVEMBER)
        assert (report_of(user, NOVEMBER, today=TODAY).later, report.before.requests) == (None, 0)


class TestTheMonthBefore:
    def test_is_there_whole_and_up_to_the_same_day(self, user):
        store(*(charge(user, cost, date(2026, 10, day)) for day, cost in ((1, "1"), (12, "2"), (13, "4"), (31, "8"))))
        report = report_of(user, NOVEMBER, today=TODAY)

        assert (report.before.dollars, report.before_to_day.dollars) == (Decimal(15), Decimal(3))

    def test_is_whole_where_it_is_shorter(self, user):
        store(charge(user, "1", date(2026, 2, 28)))

        assert report_of(user, date(2026, 3, 1), today=date(2026, 3, 31)).before_to_day.dollars == 1

    def test_is_compared_as_a_whole_with_a_month_that_is_over(self, user):
        assert report_of(user, OCTOBER, today=TODAY).before_to_day is None


class TestChats:
    def test_are_the_dearest_with_their_titles(self, user):
        cheap, dear = chat_of(user, title="Soup"), chat_of(user)
        store(
            charge(user, "1", NOVEMBER, conversation=cheap.pk),
            *(charge(user, "2", NOVEMBER, conversation=dear.pk, model=model) for model in "ab"),
        )
        report = report_of(user, NOVEMBER, today=TODAY)

        assert [(chat.id, chat.title, chat.amount.dollars) for chat in report.by_chat.largest] == [
            (dear.pk, "Bread", 4),
            (cheap.pk, "Soup", 1),
        ]
        assert report.by_chat.deleted.requests == report.by_chat.rest.requests == 0

    def test_that_are_deleted_temporary_or_somebody_elses_are_one_sum(self, user, bob):
        bob.signs_in()
        hidden = [
            chat_of(user, deleted_at=timezone.now()).pk,
            chat_of(user, is_temporary=True).pk,
            chat_of(bob.user).pk,
            uuid4(),
        ]
        store(*(charge(user, "0.1", NOVEMBER, conversation=chat) for chat in hidden))
        report = report_of(user, NOVEMBER, today=TODAY)

        assert report.by_chat.largest == []
        assert (report.by_chat.deleted.dollars, report.by_chat.deleted.answers) == (Decimal("0.4"), 4)

    def test_and_models_beyond_twenty_are_added_up(self, user):
        chats = [chat_of(user, title=str(number)) for number in range(25)]
        store(
            *(charge(user, str(1 + n), NOVEMBER, conversation=chat.pk, model=f"m{n}") for n, chat in enumerate(chats)),
            charge(user, "100", NOVEMBER),
        )
        report = report_of(user, NOVEMBER, today=TODAY)

        assert [chat.title for chat in report.by_chat.largest] == [str(number) for number in range(24, 4, -1)]
        assert (report.by_chat.rest.dollars, report.by_chat.rest.answers) == (Decimal(15), 5)
        assert report.by_chat.deleted.dollars == 100
        assert (len(report.by_model.largest), report.by_model.rest.answers) == (20, 6)


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("2026-10", OCTOBER),
        ("2026-11", NOVEMBER),
        *((text, NOVEMBER) for text in (None, "", "2026-12", "9999-12", "0001-01", "2026-13", "2026-10-01", "x" * 999)),
    ],
)
def test_a_month_is_named_or_it_is_this_one(text, month):
    assert month_from(text, today=TODAY) == month
