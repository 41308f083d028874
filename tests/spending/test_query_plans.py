"""The sums are read from the index alone, and the CSV in its order, so that the ledger is never gone through."""

import json
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.spending.csv_export import write_charges
from chat.spending.limits import spent_by
from chat.spending.report import report_of
from tests.spending.charges import charge, store

pytestmark = pytest.mark.database

NOVEMBER = date(2026, 11, 1)


@pytest.fixture
def user(alice):
    alice.signs_in()
    user = alice.user
    store(*(charge(user, "1", NOVEMBER) for _ in range(501)))
    return user


def plans_of(work):
    """How the database carries out each question about the ledger."""
    with CaptureQueriesContext(connection) as queries:
        work()
    asked = [
        each["sql"] for each in queries if "chat_charge" in each["sql"] and each["sql"].startswith(("SELECT", "\n"))
    ]
    assert asked
    return [plan_of(sql) for sql in asked]


def plan_of(sql):
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            return " / ".join(row[3] for row in cursor.fetchall())
        # A small table is read whole, whatever its indexes, unless that is forbidden.
        cursor.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
        plan = json.dumps(cursor.fetchall()[0][0])
        cursor.execute("RESET enable_seqscan; RESET enable_bitmapscan")
        return plan


def uses(plan, index):
    return f"chat_charge USING COVERING INDEX {index}" in plan or (
        '"Index Only Scan"' in plan and f'"Index Name": "{index}"' in plan
    )


def test_a_month_is_added_up_from_the_index_alone(user):
    plans = plans_of(lambda: report_of(user, NOVEMBER, today=NOVEMBER))

    assert len(plans) == 5
    assert [plan for plan in plans if not uses(plan, "charge_sums") or "SCAN chat_charge" in plan] == []


def test_so_is_what_counts_against_the_limits(user):
    assert all(uses(plan, "charge_sums") for plan in plans_of(lambda: spent_by(user)))


@pytest.mark.parametrize("month", [None, NOVEMBER])
def test_the_csv_is_read_in_the_order_of_an_index(user, month):
    plans = plans_of(lambda: list(write_charges(user, month)))

    assert len(plans) == 2 + 1
    assert all("asked_at<?" in plan or "asked_at <=" in plan for plan in plans[1:]), "each part begins where one ended"
    assert all("charge_newest" in plan and "TEMP B-TREE" not in plan and '"Sort"' not in plan for plan in plans)
