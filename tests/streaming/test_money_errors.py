"""Every refusal for money: its sentence and its actions, whether or not OpenRouter says more than a message."""

from datetime import datetime
from typing import NamedTuple

import pytest

from chat.models import Reply, StoredKey
from chat.replies import budget_wait
from chat.streaming.limit_times import next_period

FREE, PAID, SHORTER = "Retry with", "Retry with", "Ask for a shorter answer"
CREDITS, KEY, WORKSPACE, NEW = "Add credits", "Change key limit", "Use another workspace", "Start a new chat"
RESET = "It resets on Dec 1, 00:00 UTC."


class Case(NamedTuple):
    """An error as the stand-in names it, the kind that is stored, and what the person gets to read and can do."""

    status: int
    name: str
    kind: str
    sentence: str  # words of it
    actions: list[str]
    bare: str = ""  # words of it where OpenRouter sends no metadata and no headers, if they differ


CASES = [
    Case(402, "never", "never_purchased", "has no credits yet.", [FREE, CREDITS, "Retry"]),
    Case(402, "credits", "out_of_credit", "Your OpenRouter credits have run out.", [CREDITS, FREE, "Retry"]),
    Case(402, "afford-none", "out_of_credit", "Your OpenRouter credits have run out.", [CREDITS, FREE, "Retry"]),
    Case(402, "debt", "in_debt", "Your OpenRouter balance is below zero.", [CREDITS, "Retry"]),
    Case(402, "afford", "answer_too_expensive", "an answer of up to 840 tokens.", [SHORTER, CREDITS, FREE]),
    Case(402, "prompt", "prompt_too_expensive", "a message this long (23,229", [CREDITS, FREE, NEW]),
    Case(402, "key-none", "key_limit_reached", "has reached its monthly spending limit.", [KEY, FREE, "Retry"]),
    Case(402, "key-prompt", "key_limit_reached", "doesn't cover a message this long (230,799", [KEY, FREE, NEW]),
    Case(402, "in-flight", "in_flight_budget", "your credits. Try again in", ["Retry", FREE]),
    Case(402, "weight", "budget_too_small", "than the credits you have left.", [CREDITS, SHORTER, FREE]),
    *(
        Case(403, f"key-{period}", "key_limit_reached", f"Your key has reached its {words}spending limit. {RESET}",
             [KEY, FREE, "Retry"], bare=f"Your key has reached its {words}spending limit.{next_one}")
        for period, words, next_one in (
            ("total", "", ""),
            ("daily", "daily ", " A new day starts on "),
            ("weekly", "weekly ", " A new week starts on "),
            ("monthly", "monthly ", " A new month starts on "),
        )
    ),
    Case(403, "budget", "budget_reached", f"Your organisation's monthly budget is used up. {RESET}",
         ["Retry", WORKSPACE], bare="Your organisation's monthly budget is used up. A new month starts on "),
    *(
        Case(403, f"workspace-{period}", "budget_reached",
             f"The {words}budget of your OpenRouter workspace is used up. {RESET}", ["Retry", WORKSPACE],
             bare=f"The {words}budget of your OpenRouter workspace is used up.{next_one}")
        for period, words, next_one in (
            ("lifetime", "", ""),
            ("daily", "daily ", " A new day starts on "),
            ("weekly", "weekly ", " A new week starts on "),
            ("monthly", "monthly ", " A new month starts on "),
        )
    ),
    Case(403, "member", "budget_reached", f"The weekly budget that was set for you at OpenRouter is used up. {RESET}",
         ["Retry", WORKSPACE],
         bare="The weekly budget that was set for you at OpenRouter is used up. A new week starts on "),
    Case(429, "per-minute", "free_minute_limit", "20 messages a minute. Try again in", ["Retry", PAID]),
    *(
        Case(429, name, "free_daily_limit", "You'll get new ones at 00:00 UTC.", [PAID, CREDITS],
             bare="You'll get new ones at midnight UTC.")
        for name in ("per-day", "high-balance")
    ),
]  # fmt: skip
# Without metadata these are the same as "afford" and "in-flight".
CASES_WITH_METADATA = [
    *CASES,
    Case(402, "key-limit", "key_limit_reached", "Your key's spending limit only covers", [SHORTER, KEY, FREE]),
]


@pytest.fixture(autouse=True)
def _does_not_wait(monkeypatch):
    monkeypatch.setattr(budget_wait, "MAX_PAUSES", 0)


def names(cases: list[Case]) -> list[str]:
    return [f"{case.status}-{case.name}" for case in cases]


def sees(person, question: str, case: Case, sentence: str, actions: list[str] | None = None) -> None:
    page = person.asks(question)
    offered = [action.get_text().strip() for action in page.answer.select(".problem .actions > *")]

    assert person.latest_reply().error_kind == case.kind
    assert sentence in page.error
    assert page.error.endswith(".")
    if actions is not None:
        assert [label for label in offered if label.startswith(tuple(actions))] == offered
        assert all(label.startswith(action) for label, action in zip(offered, actions, strict=True))
    assert StoredKey.objects.get(user=person.user).rejected_at is None
    assert person.client.get("/account/").status_code == 200


@pytest.mark.parametrize("case", CASES_WITH_METADATA, ids=names(CASES_WITH_METADATA))
def test_each_refusal_has_its_sentence_and_actions(alice, case):
    sees(alice, f"[[error {case.status} {case.name} {AT}]]", case, case.sentence, case.actions)


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_each_is_known_by_its_message_alone(alice, case):
    sees(alice, f"[[error {case.status} {case.name} bare=1]]", case, case.bare or case.sentence, case.actions)


@pytest.mark.parametrize("case", CASES_WITH_METADATA, ids=names(CASES_WITH_METADATA))
def test_each_may_come_with_status_200(alice, case):
    sees(alice, f"[[sole-error {case.status} {case.name} {AT}]]", case, case.sentence, case.actions)


@pytest.mark.parametrize("case", CASES_WITH_METADATA, ids=names(CASES_WITH_METADATA))
def test_each_may_come_in_the_middle_of_an_answer(alice, case):
    question = f"[[tokens n=20]] [[midstream code={case.status} kind={case.name} {AT}]]"
    sees(alice, question, case, case.sentence)

    assert alice.latest_reply().message.text


AT = "resets_at=2026-12-01T00:00:00Z"


@pytest.mark.parametrize(("name", "tokens"), [("afford", "840"), ("key-limit", "840"), ("weight", "half")])
def test_one_press_asks_for_a_shorter_answer(alice, name, tokens):
    page = alice.asks(f"[[error 402 {name}]]")
    asked_for = alice.standin.chat_requests[-1].body["max_completion_tokens"]
    button = next(each for each in page.answer.select("button") if each.get_text().strip() == SHORTER)

    assert button["value"] == (str(asked_for // 2) if tokens == "half" else tokens)
    alice.standin.answers("say", text="Short.")
    alice.client.post(page.action(SHORTER), {button["name"]: button["value"]})
    alice.follows(alice.latest_reply())
    assert alice.standin.chat_requests[-1].body["max_completion_tokens"] == int(button["value"])
    assert alice.latest_reply().state == Reply.State.COMPLETE


def test_another_workspace_is_chosen_at_openrouter(alice):
    page = alice.asks("[[error 403 budget]]")
    chat = alice.latest_reply().message.conversation.get_absolute_url()

    location = alice.client.post(page.action(WORKSPACE), {"next": chat}).headers["Location"]
    assert location.startswith(f"{alice.standin.url}/auth?")
    alice.approves(location)
    alice.client.post(f"/replies/{alice.latest_reply().id}/retry/")
    assert alice.standin.wait_for(lambda: len(alice.standin.chat_requests) == 2)


@pytest.mark.parametrize(
    ("period", "moment", "begins"),
    [
        ("daily", "2026-11-27T23:59+00:00", "2026-11-28"),
        ("daily", "2026-12-31T00:00+00:00", "2027-01-01"),
        ("weekly", "2026-11-27T12:00+00:00", "2026-11-30"),  # a Friday
        ("weekly", "2026-11-29T23:59+00:00", "2026-11-30"),
        ("weekly", "2026-11-30T00:00+00:00", "2026-12-07"),
        ("monthly", "2026-11-01T00:00+00:00", "2026-12-01"),
        ("monthly", "2026-12-31T23:59+00:00", "2027-01-01"),
        ("daily", "2026-11-27T23:30-05:00", "2026-11-29"),
        ("monthly", "2028-01-31T12:00+00:00", "2028-02-01"),
    ],
)
def test_periods_begin_at_midnight_utc_and_weeks_on_mondays(period, moment, begins):
    assert next_period(period, datetime.fromisoformat(moment)).isoformat() == f"{begins}T00:00:00+00:00"
