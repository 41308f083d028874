"""A model gets the reasoning of its earlier answers back, unchanged, unless it could not read it."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from chat.archive.import_schema import read_export
from chat.archive.json_reader import UnreadableFile
from chat.conversations.quota import MESSAGE_CHARACTERS
from chat.model_request import reasoning_details
from chat.model_request.reasoning_details import maker_of
from chat.models import Conversation, Reply
from chat.replies import live
from tests.archive.handwritten_chats import NOW, a_chat, a_question, an_answer
from tests.new_replies.continuation import continued
from tests.standin.details import FORMS, WHOLE

CLAUDE, OTHER_CLAUDE, GPT = "anthropic/claude-haiku-4.5", "anthropic/claude-sonnet-5", "openai/gpt-5.4-mini"


@pytest.fixture
def sent_back(alice):
    """The details of each answer in the last chat request, None where it has none."""

    def of_answers():
        messages = alice.standin.chat_requests[-1].body["messages"]
        return [message.get("reasoning_details") for message in messages if message["role"] == "assistant"]

    return of_answers


def the_chat() -> Conversation:
    return Conversation.objects.get()


def answered_with_details(person, model: str = CLAUDE, form: str = "signed") -> Conversation:
    person.asks(f"[[details {form}]] [[say Yes]]", model=model)
    return the_chat()


@pytest.mark.database
@pytest.mark.parametrize("form", FORMS)
def test_they_come_back_with_each_later_question(alice, sent_back, form):
    chat = answered_with_details(alice, form=form)
    for _ in range(2):
        alice.asks("And now? [[say No]]", chat=chat, model=CLAUDE)
        (first, *others) = sent_back()

        assert json.dumps(first) == json.dumps(WHOLE[form])
        assert others in ([], [None])


def test_those_of_an_answer_that_was_not_streamed_do_too(alice, sent_back):
    details = [{"type": "reasoning.new", "data": {"a": [1, None, "é\0"]}, "index": 0}]
    message = {"role": "assistant", "content": "Yes", "reasoning_details": details}
    body = {"id": "gen-1", "model": CLAUDE, "choices": [{"message": message, "finish_reason": "stop"}]}
    alice.standin.answers_raw(json.dumps(body).encode(), content_type="application/json")
    alice.asks("Hello?", model=CLAUDE)
    alice.asks("And now?", chat=the_chat(), model=CLAUDE)

    assert sent_back() == [details]


@pytest.mark.parametrize(
    ("answered", "asked", "is_sent"),
    [
        (CLAUDE, OTHER_CLAUDE, True),
        (CLAUDE, GPT, False),
        (GPT, CLAUDE, False),
        ("openrouter/auto", "openrouter/auto", True),
        (CLAUDE, "openrouter/auto", True),
    ],
)
def test_only_the_maker_of_the_model_that_answered_gets_them(alice, sent_back, answered, asked, is_sent):
    chat = answered_with_details(alice, answered)
    alice.asks("And now?", chat=chat, model=asked)

    assert [bool(details) for details in sent_back()] == [is_sent]


def test_a_router_gets_those_of_the_maker_that_answered_last(alice, sent_back):
    chat = answered_with_details(alice, CLAUDE)
    alice.asks("[[details summary]] [[say No]]", chat=chat, model=GPT)
    alice.asks("And now?", chat=chat, model="openrouter/auto")

    assert sent_back() == [None, WHOLE["summary"]]


def test_the_model_that_answered_counts_and_not_the_one_that_was_asked(alice, sent_back):
    chat = answered_with_details(alice, "openrouter/auto")
    Reply.objects.update(answered_by=GPT)
    alice.asks("And now?", chat=chat, model=CLAUDE)

    assert sent_back() == [None]


@pytest.mark.parametrize(
    ("model", "maker"),
    [
        (CLAUDE, "anthropic"),
        ("~anthropic/claude-latest", "anthropic"),
        ("openai/gpt-5.4:free", "openai"),
        ("@preset/tutor", ""),
        ("gpt-5", ""),
        ("", ""),
    ],
)
def test_the_maker_is_named_by_the_id(model, maker):
    assert maker_of(model) == maker


@pytest.mark.parametrize("mark", ["[[cut]]", "[[midstream]]", "[[enddata]]", "[[late-error]]"])
def test_an_incomplete_answer_has_none(alice, sent_back, mark):
    alice.asks(f"[[details signed]] [[tokens n=8]] {mark}", model=CLAUDE)
    alice.asks("And now?", chat=the_chat(), model=CLAUDE)

    assert sent_back() == [None]


def test_a_stopped_answer_has_none(alice):
    alice.sends_with_htmx("[[details signed]] [[tokens n=400 rate=20]]", model=CLAUDE)
    reply = alice.latest_reply()
    alice.standin.wait_for(lambda: (one := live.find(reply.pk)) and one.first_text_at)
    alice.client.post(f"/replies/{reply.id}/cancellation/")
    alice.standin.wait_for(lambda: not live.running())

    reply.refresh_from_db()
    assert (reply.state, reply.reasoning_details) == ("stopped", None)


def test_an_answer_of_two_parts_has_none(alice, sent_back):
    question = "[[details signed]] [[tokens n=40]]"
    alice.standin.answers(f"{question} [[length]]")
    alice.asks(question, model=CLAUDE)
    first = alice.latest_reply()
    assert first.reasoning_details
    continued(alice, first)
    alice.asks("And now?", chat=the_chat(), model=CLAUDE)

    assert sent_back() == [None]


def test_an_edited_answer_has_none(alice, sent_back):
    chat = answered_with_details(alice)
    chat.messages.filter(role="assistant").update(text="No", edited_at=chat.updated_at)
    alice.asks("And now?", chat=chat, model=CLAUDE)

    assert sent_back() == [None]


def test_a_deleted_answer_keeps_none(alice):
    answered_with_details(alice)
    answer = alice.latest_reply()
    alice.client.post(f"/messages/{answer.message_id}/deletion/")

    assert Reply.objects.get().reasoning_details is None


@pytest.mark.database
def test_a_copied_answer_keeps_its_own(alice, sent_back):
    answered_with_details(alice)
    address = alice.client.post(f"/messages/{alice.latest_reply().message_id}/fork/").headers["Location"]
    copy = Conversation.objects.get(pk=address.split("/")[2])
    alice.asks("And now?", chat=copy, model=CLAUDE)

    assert sent_back() == [WHOLE["signed"]]


@pytest.mark.database
def test_an_imported_answer_has_those_of_the_export(alice, bob, sent_back):
    bob.signs_in()
    chat = answered_with_details(alice, form="several")
    exported = alice.client.get(f"/chats/{chat.id}/export.json").getvalue()
    upload = SimpleUploadedFile("chat.json", exported)
    bob.client.post("/account/import/", {"archive": upload})
    bob.asks("And now?", chat=bob.user.conversations.get(), model=CLAUDE)

    assert json.dumps(sent_back()) == json.dumps([WHOLE["several"]])


def test_an_imported_answer_that_was_edited_has_none(alice):
    reply = {"reasoning_details": "[{}]"}
    chats = [
        a_chat(id=str(when), messages=[a_question(), an_answer(edited_at=when, reply=reply)]) for when in (None, NOW)
    ]
    for chat in chats:
        upload = SimpleUploadedFile("chat.json", json.dumps(chat).encode())
        alice.client.post("/account/import/", {"archive": upload})

    assert sorted(map(str, Reply.objects.values_list("reasoning_details", flat=True))) == ["None", "[{}]"]


@pytest.mark.parametrize(
    "encoded",
    [
        "x",
        "{}",
        "[1]",
        "[" * 100_000,
        '["\\ud83c"]',
        '[{"a": "\\ud83c"}]',
        '[{"a": "é"}]',
        f'[{{"a": "{"x" * 10**6}"}}]',
    ],
)
def test_a_file_with_anything_else_is_refused(encoded):
    chat = a_chat(messages=[a_question(), an_answer(reply={"reasoning_details": encoded})])
    with pytest.raises(UnreadableFile, match="reasoning_details"):
        read_export(json.dumps(chat).encode())


def test_the_oldest_are_left_out_when_they_are_too_many(alice, sent_back, monkeypatch):
    chat = answered_with_details(alice)
    alice.asks("[[details encrypted]] [[say No]]", chat=chat, model=CLAUDE)
    monkeypatch.setattr(reasoning_details, "MAX_CHARACTERS", len(alice.latest_reply().reasoning_details))
    alice.asks("And now?", chat=chat, model=CLAUDE)

    assert sent_back() == [None, WHOLE["encrypted"]]


def test_they_count_as_text_that_the_person_stores(alice):
    chat = answered_with_details(alice, form="encrypted")

    reply = alice.latest_reply()
    question = chat.messages.get(role="user")
    texts = len(question.text) + len("Yes") + len(reply.reasoning_details)
    assert chat.text_characters == texts + 3 * MESSAGE_CHARACTERS


class TestRefused:
    def test_the_same_reply_is_asked_without_them(self, alice, sent_back):
        chat = answered_with_details(alice)
        page = alice.asks("[[say No]] [[error 400 signature details=1]]", chat=chat, model=CLAUDE)

        assert (page.state, page.text) == ("complete", "No")
        refused, again = (request.body for request in alice.standin.chat_requests[1:])
        assert refused["messages"][1].pop("reasoning_details") == WHOLE["signed"]
        assert again == refused
        assert Reply.objects.count() == 2

    @pytest.mark.parametrize("kind", ["provider", "unknown"])
    def test_also_by_a_provider_that_does_not_say_why(self, alice, sent_back, kind):
        chat = answered_with_details(alice)
        alice.standin.answers(400, kind=kind)
        page = alice.asks("[[say No]]", chat=chat, model=CLAUDE)

        assert (page.state, page.text) == ("complete", "No")
        assert sent_back() == [None]

    def test_also_by_one_that_looks_for_an_item(self, alice, sent_back):
        chat = answered_with_details(alice, GPT, "summary")
        page = alice.asks("[[say No]] [[error 404 item details=1]]", chat=chat, model=GPT)

        assert (page.state, page.text) == ("complete", "No")
        assert sent_back() == [None]

    def test_an_error_that_stays_is_shown_after_one_more_try(self, alice):
        chat = answered_with_details(alice)
        alice.standin.answers(400, kind="provider", times=None)
        page = alice.asks("[[say No]]", chat=chat, model=CLAUDE)

        assert page.state == "failed"
        assert len(alice.standin.chat_requests) == 3

    @pytest.mark.parametrize(
        ("status", "kind"), [(400, "context"), (402, "credits"), (429, "upstream"), (502, "provider")]
    )
    def test_another_error_is_not_asked_again(self, alice, status, kind):
        chat = answered_with_details(alice)
        alice.standin.answers(status, kind=kind)
        alice.asks("[[say No]]", chat=chat, model=CLAUDE)

        assert len(alice.standin.chat_requests) == 2

    def test_without_any_a_refusal_is_not_asked_again(self, alice):
        alice.standin.answers(400, kind="signature")
        alice.standin.answers(400, kind="provider")
        alice.asks("[[say Yes]]", model=CLAUDE)
        alice.asks("[[say Yes]]", chat=the_chat(), model=CLAUDE)

        assert len(alice.standin.chat_requests) == 2

    @pytest.mark.parametrize(
        ("kinds", "kept"), [(["prefill"], True), (["signature"], False), (["prefill", "signature"], False)]
    )
    def test_with_a_prefill_the_one_that_is_named_is_left_out(self, alice, sent_back, kinds, kept):
        chat = answered_with_details(alice)
        alice.asks("[[tokens n=40]] [[cut after=20]]", chat=chat, model=CLAUDE)
        for kind in kinds:
            alice.standin.answers(400, kind=kind)
        reply = continued(alice, alice.latest_reply())

        has_prefill = alice.standin.chat_requests[-1].body["messages"][-1]["role"] == "assistant"
        assert reply.is_running is False
        assert has_prefill == ("prefill" not in kinds)
        assert (sent_back()[0] is not None) == kept
