"""A person's limits: what would go over is not sent, says by how much, and can be sent all the same."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from chat.catalogue import cache
from chat.models import Charge, Conversation, Message, Reply
from chat.spending.limits import Request, reserve
from tests.django_client import HTMX, Page
from tests.stored_models import store_models, stored_items

MODEL = "anthropic/claude-sonnet-5"  # a thousand tokens of an answer cost a cent


@pytest.fixture(autouse=True)
def _signed_in(alice):
    alice.signs_in()


def value_of(response, period):
    (field,) = Page(response).soup.select(f"[name=limit_per_{period}]")
    return field["value"]


def limit(person, **dollars):
    fields = {f"limit_per_{period}": amount for period, amount in dollars.items()}
    return person.client.post(
        "/account/limits/", {"limit_per_message": "", "limit_per_day": "", "limit_per_month": "", **fields}
    )


def spend(person, amount, *, day=None):
    Charge.objects.create(
        user=person.user, conversation=person.user.pk, day=day or timezone.now().date(), model="m", cost=Decimal(amount)
    )


def sent(person):
    return [request for request in person.standin.requests if request.path.endswith("/chat/completions")]


@pytest.mark.database
def test_a_person_without_limits_reserves_nothing(alice):
    alice.asks("[[say Hello.]]")

    assert alice.latest_reply().reserved is None


@pytest.mark.database
@pytest.mark.database
@pytest.mark.database
@pytest.mark.parametrize("period", ["message", "day", "month"])
def test_what_would_go_over_is_not_sent_and_says_by_how_much(alice, period):
    limit(alice, **{period: "0.000001"})
    response = alice.sends("[[say Hello.]]", model=MODEL)
    page = Page(response)

    assert response.status_code == 422
    error = page.soup.select_one("#composer-error").get_text(" ", strip=True)
    assert "This could cost $" in error
    assert "$0.0000010" in error
    assert page.soup.select_one("#text").get_text().strip() == "[[say Hello.]]"
    assert not sent(alice)
    assert not Message.objects.exists()


@pytest.mark.database
def test_it_is_sent_all_the_same_once_somebody_says_so(alice):
    limit(alice, day="0.000001")
    response = alice.sends_with_htmx("[[say Hello.]]", model=MODEL)
    assert response.status_code == 422
    assert 'name="over_limit"' in response.content.decode()

    alice.asks("[[say Hello.]]", model=MODEL, over_limit="1")
    assert alice.latest_reply().state == "complete"
    assert alice.sends("[[say Hello.]]", model=MODEL).status_code == 422, "that was for one message"


@pytest.mark.database
def test_a_longest_answer_shrinks_to_what_is_left(alice):
    limit(alice, message="0.05")
    alice.asks("[[say Hello.]]", model=MODEL)

    reply = alice.latest_reply()
    asked = sent(alice)[-1].body["max_completion_tokens"]
    assert 256 <= asked == reply.max_completion_tokens < 8192
    assert reply.reserved <= Decimal("0.05")


def test_an_answer_is_shortened_to_what_every_fallback_may_cost(alice):
    """Of a short answer, the one that reads for more is dearer; of a long one, the one that writes for more."""
    reads, writes = priced("a/reads", "0.000005", "0.000005"), priced("b/writes", "0.000001", "0.000025")
    store_models(reads, writes)
    limit(alice, message="0.15")
    (reserved,) = reserve(alice.user, [Request(["a/reads", "b/writes"], 20_000, 50_000)], running=Decimal(0))

    assert reserved == (5_200, Decimal("0.15"), True)


def priced(id_, prompt, completion):
    return {**stored_items()[0], "id": id_, "pricing": {"prompt": prompt, "completion": completion}}


def test_an_answer_that_was_cut_off_by_a_limit_says_so(alice):
    limit(alice, message="0.01")
    page = alice.asks("[[length]]", model=MODEL)

    assert "Your spending limits only covered an answer of" in page.answer.get_text()
    assert page.answer.select_one('[formaction$="/continuation/"]').get_text(strip=True) == "Continue anyway"


def test_free_models_always_work(alice):
    limit(alice, message="0", day="0", month="0")
    alice.asks("[[say Hello.]]", model="openai/gpt-oss-20b:free")

    assert alice.latest_reply().state == "complete"


def reserved_for(person, **fields):
    person.asks("[[say Hello.]]", model=MODEL, **fields)
    return person.latest_reply().reserved


def test_what_is_reserved_is_for_the_branch_that_is_sent_on(alice):
    limit(alice, day="10")
    alice.asks("word " * 5000 + "[[say Hello.]]", model=MODEL, max_completion_tokens=1000)
    long = alice.latest_reply()
    chat = long.message.conversation
    alice.client.post(f"/messages/{long.message.parent_id}/edit/", {"text": "[[say Hello.]]", "then": "ask"})
    alice.follows(alice.latest_reply())
    short = reserved_for(alice, chat=chat)

    assert reserved_for(alice, chat=chat, branch=long.message_id) > short + price_of(long.prompt_tokens)


def test_a_chat_that_nobody_has_counted_is_reserved_for_in_its_script(alice):
    limit(alice, day="10")
    first = reserved_for(alice)
    alice.asks("字" * 4000 + "[[error 402 credits]]", model=MODEL)
    chat = alice.latest_reply().message.conversation

    assert reserved_for(alice, chat=chat) > first + price_of(3000)


def price_of(prompt_tokens):
    return prompt_tokens * cache.find(MODEL).prompt_price


@pytest.mark.parametrize(
    ("chosen", "most"),
    [
        ({}, "0.10"),  # ten searches of the model's own provider, a cent each
        ({"web_search_max_uses": 3}, "0.03"),
        ({"web_search_engine": "exa", "web_search_max_uses": 2, "web_search_max_results": 12}, "0.018"),
        ({"web_search_max_uses": 30}, "0.10"),  # more than ten calls are not let through
    ],
)
def test_searches_that_an_answer_may_make_are_reserved(alice, chosen, most):
    limit(alice, day="10")
    alice.asks("[[say Hello.]]", model=MODEL, max_completion_tokens=1000)
    chat = Conversation.objects.get()
    Conversation.objects.update(settings=chosen)
    alice.asks("[[say Hello.]]", chat=chat)
    without = alice.latest_reply().reserved
    alice.asks("[[say Hello.]]", chat=chat, web="on")
    reply = alice.latest_reply()

    assert abs(reply.reserved - without - Decimal(most)) < Decimal("0.002")  # the chat has become longer
    alice.client.post(f"/replies/{reply.pk}/retry/")
    alice.follows(alice.latest_reply())
    assert alice.latest_reply().reserved == pytest.approx(reply.reserved, abs=Decimal("0.002"))


def test_searches_count_for_free_models_too_and_are_said_to_go_over(alice):
    limit(alice, message="0.05")
    response = alice.sends("[[say Hello.]]", model="openai/gpt-oss-20b:free", web="on")

    assert response.status_code == 422
    assert "This could cost $0.07" in Page(response).soup.select_one("#composer-error").get_text(" ")
    assert not sent(alice)


def test_openrouter_stops_searches_at_what_is_reserved(alice):
    limit(alice, message="1")
    alice.asks("[[say Hello.]]", model=MODEL, web="on")

    stops = {each["type"]: each for each in sent(alice)[-1].body["stop_server_tools_when"]}
    assert stops["max_cost"]["max_cost_in_dollars"] == pytest.approx(float(alice.latest_reply().reserved))


def test_a_search_of_unknown_price_is_no_reason_to_refuse(alice):
    store_models(server_tools=None)
    limit(alice, message="1")
    alice.asks("[[say Hello.]]", model="meta-llama/llama-3.3-70b-instruct", web="on")

    assert alice.latest_reply().state == "complete"


def test_a_model_without_a_price_is_not_sent(alice):
    limit(alice, day="100")
    response = alice.sends("[[say Hello.]]", model="openrouter/auto")

    assert response.status_code == 422
    assert (
        "isn't known, so your spending limits can't be applied"
        in Page(response).soup.select_one("#composer-error").get_text()
    )


@pytest.mark.parametrize(("period", "days_ago", "counts"), [("day", 0, True), ("day", 1, False), ("month", 40, False)])
def test_what_was_spent_in_the_period_counts(alice, period, days_ago, counts):
    spend(alice, "0.9999", day=timezone.now().date() - timedelta(days=days_ago))
    limit(alice, **{period: "1"})

    assert alice.sends("[[say Hello.]]", model=MODEL).status_code == (422 if counts else 302)


@pytest.mark.database
def test_side_by_side_all_are_asked_or_none(alice):
    limit(alice, message="0.001")
    others = ["google/gemini-3.7-flash", "openai/gpt-oss-20b:free"]

    assert alice.sends("[[say Hello.]]", model=MODEL, compare=others).status_code == 422
    assert not Reply.objects.exists()
    limit(alice, message="1")
    alice.sends("[[say Hello.]]", model=MODEL, compare=others)
    assert sum(reply.reserved for reply in Reply.objects.all()) <= 1


@pytest.mark.parametrize(
    ("spent", "warning"), [("0.89", ""), ("0.91", "You've spent $0.91 of your {} limit of $1.00.")]
)
@pytest.mark.parametrize(("period", "name"), [("day", "daily"), ("month", "monthly")])
def test_nine_tenths_of_a_limit_are_warned_of(alice, period, name, spent, warning):
    limit(alice, **{period: "1"})
    spend(alice, spent)
    notice = Page(alice.client.get("/")).soup.select("#key-notice p")

    assert [warning.format(name) in each.get_text() for each in notice] == [True] * bool(warning)
    chats = alice.client.get("/chats/", headers=HTMX).content.decode()
    assert ("limit of $1.00." in chats) == bool(warning), "also on a page that is open"


@pytest.mark.database
class TestOtherWaysToSpend:
    @pytest.fixture
    def reply(self, alice):
        alice.asks("[[tokens n=30]] [[cut after=20]]", model=MODEL)
        limit(alice, day="0.000001")
        return alice.latest_reply()

    @pytest.mark.parametrize("what", ["retry", "continuation"])
    def test_they_are_limited_too(self, alice, reply, what):
        response = alice.client.post(f"/replies/{reply.id}/{what}/", {"max_completion_tokens": "300"})
        (button,) = Page(response).soup.select("#composer-error button")

        assert response.status_code == 422
        assert Reply.objects.count() == 1
        response = alice.client.post(button["formaction"], {button["name"]: button["value"]})
        assert response.status_code == 302
        assert Reply.objects.count() == 2
        assert Reply.objects.latest("asked_at").max_completion_tokens == 300

    def test_so_is_an_edited_message(self, alice, reply):
        question = reply.message.parent
        fields = {"text": "[[say Hello.]]", "then": "ask"}
        response = alice.client.post(f"/messages/{question.id}/edit/", fields, headers=HTMX)

        assert response.status_code == 422
        assert "Send anyway" in response.content.decode()
        alice.client.post(f"/messages/{question.id}/edit/", fields | {"over_limit": "1"}, headers=HTMX)
        assert Reply.objects.count() == 2

    def test_an_ai_title_is_left_out(self, alice):
        alice.client.post("/preferences/", {"titles_by_model": "on"})
        limit(alice, day="0.000001")
        alice.asks("[[say Hello.]]", model=MODEL, over_limit="1")

        alice.standin.wait_for(
            lambda: not [each for each in threading.enumerate() if each.name.startswith(("title-", "reply"))]
        )
        assert len(sent(alice)) == 1


class TestTheForm:
    @pytest.mark.database
    def test_it_keeps_what_was_set(self, alice):
        limit(alice, message="$0.50", day="2,5", month="")
        page = alice.client.get("/account/")
        values = [value_of(page, period) for period in ("message", "day", "month")]

        assert values == ["0.50", "2.50", ""]

    @pytest.mark.parametrize("amount", ["1,000", "1.000", "$12,500", "1.005"])
    def test_an_amount_that_may_be_thousands_is_named_and_nothing_is_stored(self, alice, amount):
        response = limit(alice, day=amount)
        (fault,) = Page(response).soup.select("#limits [role=alert]")

        assert fault.get_text(strip=True) == "Write this without a thousands separator, like 1000 or 1.50."
        assert [field["name"] for field in Page(response).soup.select("#limits [autofocus]")] == ["limit_per_day"]
        assert (response.status_code, value_of(response, "day"), alice.user.spending_limits) == (422, amount, {})

    @pytest.mark.parametrize(
        ("typed", "shown"),
        [("1000", "1000.00"), ("0,005", "0.0050"), ("0.000001", "0.000001"), ("1.0050", "1.0050"), ("0", "0.00")],
    )
    def test_what_is_shown_can_be_saved_again(self, alice, typed, shown):
        limit(alice, day=typed)
        assert value_of(alice.client.get("/account/"), "day") == shown

        limit(alice, day=shown)
        assert value_of(alice.client.get("/account/"), "day") == shown

    @pytest.mark.parametrize("amount", ["-1", "much", "1e9", "0.0000001", "1,000.50,2"])
    def test_a_bad_amount_is_named_and_nothing_is_stored(self, alice, amount):
        response = limit(alice, message="1", day=amount)

        assert response.status_code == 422
        assert Page(response).soup.select_one("#limits [role=alert]")
        assert value_of(response, "day") == amount
        assert alice.user.spending_limits == {}

    @pytest.mark.database
    def test_the_operators_defaults_hold_until_they_are_changed(self, alice, settings):
        settings.LIMIT_PER_DAY = Decimal("0.000001")
        assert alice.sends("[[say Hello.]]", model=MODEL).status_code == 422
        assert value_of(alice.client.get("/account/"), "day") == "0.000001"

        limit(alice, day="")
        assert alice.sends("[[say Hello.]]", model=MODEL).status_code == 302
