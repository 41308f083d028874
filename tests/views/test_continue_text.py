"""/continue/: a model goes on with a text, in place."""

import csv
import threading
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.db import connection

from chat.models import Charge, StoredKey
from chat.side_requests.completion import MOST_OF_ONE, TextRequest, begin

MODEL = "google/gemini-3.7-flash"


@pytest.fixture
def alice(alice):
    alice.signs_in()
    return alice


def fields(text="", **values):
    return {"text": text, "model": MODEL, "max_tokens": "256", "temperature": ""} | values


class Form:
    """The page, as a person sees it."""

    def __init__(self, response):
        self.status = response.status_code
        self.soup = BeautifulSoup(response.content.decode(), "html.parser")
        self.text = self.soup.select_one("textarea").get_text().removeprefix("\n")
        self.note = self.soup.select_one("#completion output").get_text()
        self.undo = self.soup.select_one('button[name="undo"]')


def continues(person, text, **values):
    return Form(person.client.post("/continue/", fields(text, **values)))


def streams(person, text, **values):
    return person.client.post("/continue/?stream", fields(text, **values))


def is_running() -> bool:
    return any(thread.name.startswith("completion") for thread in threading.enumerate())


def asked(person):
    return [request.body for request in person.standin.requests if request.path == "/api/v1/completions"]


def test_the_page_is_empty_and_offers_models_that_write_text(alice):
    form = Form(alice.client.get("/continue/"))

    assert (form.text, form.note) == ("", "")
    options = [option["value"] for option in form.soup.select("option")]
    assert MODEL in options
    assert form.soup.select_one("option[selected]")
    assert form.undo.has_attr("hidden")


def test_base_models_come_first(alice, standin, monkeypatch):
    form = Form(alice.client.get("/continue/"))
    groups = [group["label"] for group in form.soup.select("optgroup")]
    assert groups[-1] == "Other models"
    assert all("base" in option["value"] for option in form.soup.select('optgroup[label="Base models"] option'))


def test_without_scripts_the_page_comes_back_with_the_longer_text(alice):
    form = continues(alice, "  A text.\r\n[[say Then more]]", temperature="0.5", max_tokens="99")

    assert form.text == "  A text.\n[[say Then more]]Then more"
    assert form.note.startswith("Cost: $")
    (body,) = asked(alice)
    assert body["prompt"] == "  A text.\n[[say Then more]]"
    assert (body["max_tokens"], body["temperature"], body["model"]) == (99, 0.5, MODEL)
    assert "messages" not in body


def test_what_was_added_can_be_removed(alice):
    form = continues(alice, "[[say Then more]]")
    assert not form.undo.has_attr("hidden")

    undone = Form(alice.client.post("/continue/", fields(form.text, undo=form.undo["value"])))

    assert (undone.text, undone.note) == ("[[say Then more]]", "The added text was removed.")
    assert len(asked(alice)) == 1


@pytest.mark.parametrize("place", ["", "x", "-1", "9" * 50])
def test_a_place_that_is_none_removes_nothing(alice, place):
    assert Form(alice.client.post("/continue/", fields("Mine", undo=place))).text == "Mine"


def test_with_scripts_it_is_streamed_and_the_sentence_comes_last(alice):
    response = streams(alice, "[[tokens n=5]]")

    added, note = b"".join(response.streaming_content).decode().split("\0")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.status_code == 202  # by which the script knows a stream from a page
    assert added == "1 2 3 4 5 "
    assert note.startswith("Cost: $")


def test_tags_belong_to_the_text(alice):
    form = continues(alice, "[[think]]")

    assert "<think>" in form.text.partition("]]")[2]


def test_what_it_cost_is_in_the_ledger_and_on_the_spending_page(alice):
    continues(alice, "[[say Then more]]")

    charge = Charge.objects.get()
    assert (charge.kind, charge.cost, charge.estimate) == (
        "completion",
        alice.standin.billed()[charge.generation_id],
        0,
    )
    page = BeautifulSoup(alice.client.get("/account/spending/").content.decode(), "html.parser").get_text()
    assert "1 text continued" in page
    assert "Continued texts" in page
    assert "0 answers" not in page
    assert "Deleted and temporary chats" not in page
    rows = list(csv.DictReader(alice.client.get("/account/spending.csv").getvalue().decode().splitlines()))
    assert [(row["kind"], row["chat_id"], Decimal(row["cost_usd"])) for row in rows] == [
        ("completion", "", charge.cost)
    ]


def test_its_cost_would_be_looked_up_if_the_process_ended_meanwhile(alice):
    response = streams(alice, "[[tokens n=400]] [[mute after=20]]")
    next(iter(response.streaming_content))
    running = alice.standin.wait_for(lambda: Charge.objects.exclude(generation_id="").first())
    response.close()
    alice.standin.wait_for(lambda: not is_running())

    assert running.next_lookup_at


def test_a_reader_waits_without_a_database_connection(alice):
    response = streams(alice, "[[tokens n=400]] [[mute after=20]]")
    next(iter(response.streaming_content))

    assert connection.connection is None
    response.close()


def test_a_person_can_have_a_few_at_a_time(alice, bob):
    running = [streams(alice, "[[mute after=0]]") for _ in range(MOST_OF_ONE)]
    alice.standin.wait_for(lambda: len(asked(alice)) == MOST_OF_ONE)

    form = continues(alice, "One more")
    assert (form.status, form.text) == (422, "One more")
    assert form.note == "You can have 4 texts continued at a time. Wait for one to finish, or stop one first."
    assert Charge.objects.count() == MOST_OF_ONE
    bob.signs_in()
    assert continues(bob, "[[say Mine]]").text.endswith("Mine")

    for response in running:
        next(iter(response.streaming_content))
        response.close()
    alice.standin.wait_for(lambda: not is_running())
    assert continues(alice, "[[say One more]]").text.endswith("One more")


def test_a_reader_who_leaves_stops_the_model(alice):
    response = streams(alice, "[[tokens n=9999 rate=50]]")
    content = iter(response.streaming_content)
    assert next(content)

    response.close()

    assert alice.standin.wait_for(lambda: alice.standin.closed_early)
    charge = alice.standin.wait_for(lambda: Charge.objects.exclude(next_lookup_at=None).first())
    assert charge.generation_id


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"text": ""}, "Write the start of a text first."),
        ({"text": "x" * 400_001}, "This text is too long."),
        ({"model": "gone/away"}, "Choose a model from the list."),
        ({"max_tokens": "0"}, "Maximum tokens to add: Ensure this value is greater than or equal to 1."),
        ({"max_tokens": "many"}, "Maximum tokens to add: Enter a whole number."),
        ({"temperature": "3"}, "Temperature: Ensure this value is less than or equal to 2."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost_or_asked(alice, values, sentence):
    sent = fields("Mine") | values

    form = Form(alice.client.post("/continue/", sent))
    streamed = alice.client.post("/continue/?stream", sent)

    assert (form.status, form.note, form.text) == (422, sentence, sent["text"])
    assert b"".join(streamed.streaming_content).decode() == f"\0{sentence}"
    assert not asked(alice)


@pytest.mark.parametrize(
    ("mark", "sentence"),
    [
        ("error 402 credits", "Your OpenRouter credits have run out."),
        ("error 401 user", "OpenRouter no longer accepts your key."),
    ],
)
def test_a_refusal_is_a_sentence_and_costs_nothing(alice, mark, sentence):
    form = continues(alice, f"[[{mark}]]")

    assert (form.status, form.note, form.text) == (422, sentence, f"[[{mark}]]")
    assert not Charge.objects.exists()


def test_a_rejected_key_is_noted(alice):
    continues(alice, "[[error 401 user]]")
    assert StoredKey.objects.get().rejected_at

    form = continues(alice, "Again")
    assert form.note == "OpenRouter no longer accepts your key."
    assert len(asked(alice)) == 1


def test_what_came_before_a_failure_stays(alice):
    form = continues(alice, "[[tokens n=10]] [[midstream after=5]]")

    assert form.text.endswith("]]1 2 3 4 5 ")
    assert form.note
    assert form.status == 200


def test_limits_apply(alice):
    alice.client.post("/account/limits/", {"limit_per_message": "0.000001"})

    form = continues(alice, "x" * 4000, model="anthropic/claude-haiku-4.5")

    assert "your limit of" in form.note
    assert (form.status, asked(alice)) == (422, [])


def test_what_is_running_counts_for_the_limits(alice):
    alice.client.post("/account/limits/", {"limit_per_day": "5"})
    completion = begin(alice.user, TextRequest("anthropic/claude-haiku-4.5", "[[mute after=0]]", 8000))

    reserved = Charge.objects.get().estimate
    pieces = completion.pieces()
    next(pieces)  # what has not begun cannot be closed
    pieces.close()
    assert reserved > Decimal("0.01")
