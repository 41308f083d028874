"""/messages/<id>/: what can be done with one message."""

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.conversations import fork as forking
from chat.conversations.fork import fork
from chat.models import Conversation, Image, Message, Reply
from chat.replies.finish import store_end
from chat.replies.lease import LEASE
from chat.reply_content.deltas import Delta
from chat.reply_content.render import Block
from tests.django_client import HTMX, Page, image_file


@pytest.fixture(autouse=True)
def somebody_is_there(alice):
    alice.signs_in()


def is_being_made(answer: Message) -> None:
    Reply.objects.filter(message=answer).update(state="streaming", worker="another", lease_until=timezone.now() + LEASE)


@pytest.fixture
def chat(alice) -> Conversation:
    alice.asks("[[say One]]", images=[image_file()])
    chat = Conversation.objects.get()
    alice.asks("[[say Two]]", chat=chat)
    return chat


def messages() -> list[Message]:
    return list(Message.objects.select_related("reply").order_by("created_at"))


def test_the_menu_is_a_page_and_for_htmx_a_list(alice, chat):
    question, answer, *_ = messages()
    page = Page(alice.client.get(f"/messages/{answer.id}/"))
    assert {form["action"] for form in page.soup.select("form")} == {
        f"/replies/{answer.reply.id}/retry/",
        f"/messages/{answer.id}/fork/",
        f"/messages/{answer.id}/deletion/",
    }
    assert page.one(".aside a")["href"] == f"{chat.get_absolute_url()}#answer-{answer.reply.id}"
    assert "<html" in page.html

    listed = Page(alice.client.get(f"/messages/{question.id}/", headers=HTMX))
    assert "<html" not in listed.html
    assert listed.one(f'a[href="/messages/{question.id}/edit/"]')


def test_an_answer_is_asked_for_again_with_another_model(alice, chat):
    *_, answer = messages()
    alice.client.post(f"/replies/{answer.reply.id}/retry/", {"model": "openrouter/auto"})

    assert alice.latest_reply().model == "openrouter/auto"


def test_the_text_is_as_it_was_written(alice):
    alice.asks("[[say **One** <b>]]")
    response = alice.client.get(f"/messages/{messages()[1].id}/text/")

    assert response.content == b"**One** <b>"
    Message.objects.filter(pk=messages()[1].pk).update(text="  make clean\n\n")
    assert alice.client.get(f"/messages/{messages()[1].id}/text/").content == b"  make clean"
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


class TestFork:
    def test_it_begins_like_the_old_one(self, alice, chat):
        response = alice.client.post(f"/messages/{messages()[1].id}/fork/")
        page = Page(alice.client.get(response.headers["Location"]))

        assert page.text == "One"
        assert len(page.soup.select("article")) == 2
        assert page.one(".pictures img")
        assert Conversation.objects.count() == 2

    def test_it_says_where_it_comes_from_and_leads_there(self, alice, chat):
        answer = messages()[1]
        response = alice.client.post(f"/messages/{answer.id}/fork/")
        line = Page(alice.client.get(response.headers["Location"])).one(".branched a")

        assert line.get_text() == f"Branched from {chat.title}"
        assert line["href"] == f"/chats/{chat.id}/?branch={answer.id}#answer-{answer.reply.id}"
        assert Page(alice.client.get(str(line["href"]))).one(f"#answer-{answer.reply.id}")
        assert not alice.looks_at(chat).soup.select(".branched")

    @pytest.mark.parametrize("is_for_good", [False, True])
    def test_of_a_deleted_chat_it_says_that(self, alice, chat, is_for_good):
        response = alice.client.post(f"/messages/{messages()[1].id}/fork/")
        alice.client.post(f"/chats/{chat.id}/deletion/")
        if is_for_good:
            Conversation.with_deleted.filter(pk=chat.pk).delete()

        line = Page(alice.client.get(response.headers["Location"])).one(".branched")
        assert line.get_text() == "Branched from a deleted chat"
        assert not line.select("a")

    def test_it_never_leads_to_the_chat_of_another(self, alice, bob, chat):
        bob.signs_in()
        theirs = bob.asks("Secret")
        response = alice.client.post(f"/messages/{messages()[1].id}/fork/")
        Conversation.objects.exclude(branched_from=None).update(branched_from=bob.latest_reply().message_id)

        assert theirs.state == "complete"
        page = Page(alice.client.get(response.headers["Location"]))
        assert page.one(".branched").get_text() == "Branched from a deleted chat"

    def test_each_has_a_number_of_its_own_in_the_list(self, alice, chat):
        Conversation.objects.update(title="Bread (for two)")
        for _ in range(2):
            alice.client.post(f"/messages/{messages()[1].id}/fork/")
        third = Conversation.objects.order_by("created_at").last()
        assert third
        fork(third.path()[-1])

        titles = [each.title for each in Conversation.objects.order_by("created_at")]
        assert titles == ["Bread (for two)", *(f"Bread (for two) ({number})" for number in (2, 3, 4))]

    def test_a_long_one_is_copied_a_part_at_a_time(self, alice, chat, monkeypatch):
        monkeypatch.setattr(forking, "BATCH_SIZE", 3)
        new = fork(messages()[-1])

        assert new
        assert [message.text for message in new.path()] == [message.text for message in chat.path()]

    def test_nothing_is_paid_for_twice(self, alice, chat):
        alice.client.post(f"/messages/{messages()[1].id}/fork/")
        new = Conversation.objects.exclude(pk=chat.pk).get()

        assert chat.cost
        assert new.cost is None
        assert "from original chat" in alice.looks_at(new).answer.get_text()

    def test_it_goes_its_own_way(self, alice, chat):
        alice.client.post(f"/messages/{messages()[1].id}/fork/")
        new = Conversation.objects.exclude(pk=chat.pk).get()
        alice.asks("[[say Three]]", chat=new)
        alice.client.post(f"/chats/{chat.id}/deletion/")

        assert alice.looks_at(new).text == "Three"
        assert default_storage.exists(str(Image.objects.get().file))

    def test_an_answer_keeps_the_place_of_its_question_that_was_deleted(self, alice, chat):
        first, answer, *_ = messages()
        alice.client.post(f"/messages/{first.id}/deletion/")
        alice.client.post(f"/messages/{answer.id}/fork/")
        new = Conversation.objects.exclude(pk=chat.pk).get()

        assert [(message.role, message.text) for message in new.path()] == [("user", ""), ("assistant", "One")]
        reply = Reply.objects.get(message__conversation=new)
        assert alice.client.post(f"/replies/{reply.id}/retry/").status_code == 302

    def test_other_deleted_messages_are_left_out(self, alice, chat):
        first, second, third, fourth = messages()
        for message in (first, second):
            alice.client.post(f"/messages/{message.id}/deletion/")
        alice.client.post(f"/messages/{fourth.id}/fork/")

        assert [message.text for message in Conversation.objects.exclude(pk=chat.pk).get().path()] == [
            third.text,
            "Two",
        ]

    def test_a_long_chat_takes_no_more_questions_for_each_message(self, alice, chat):
        def questions() -> int:
            with CaptureQueriesContext(connection) as asked:
                fork(alice.user.conversations.get(pk=chat.pk).path()[-1])
            return len(asked)

        before = questions()
        for text in ("[[say Three]]", "[[say Four]]"):
            alice.asks(text, chat=chat)

        assert questions() == before

    def test_an_answer_that_is_being_made_stays_behind(self, alice, chat):
        *_, answer = messages()
        Reply.objects.filter(message=answer).update(
            state="streaming", worker="another", lease_until="2100-01-01T00:00Z"
        )
        alice.client.post(f"/messages/{answer.id}/fork/")

        assert Conversation.objects.exclude(pk=chat.pk).get().messages.count() == 3


class TestDeleting:
    def test_what_it_said_is_gone_and_what_follows_stays(self, alice, chat):
        question, *_ = messages()
        alice.client.post(f"/messages/{question.id}/deletion/")
        page = alice.looks_at(chat)

        assert "You deleted this message." in page.soup.select("article")[0].get_text()
        assert page.text == "Two"
        assert not Image.objects.exists()
        assert not page.soup.select("img")

    def test_its_cost_stays(self, alice, chat):
        cost = chat.cost
        for message in messages():
            alice.client.post(f"/messages/{message.id}/deletion/")

        assert chat.cost == cost
        assert alice.looks_at(chat).status == 200

    def test_a_model_does_not_learn_of_it(self, alice, chat):
        alice.client.post(f"/messages/{messages()[1].id}/deletion/")
        alice.asks("[[say Three]]", chat=chat)

        assert "One" not in [message["content"] for message in alice.standin.chat_requests[-1].body["messages"]]

    def test_nothing_of_an_answer_is_left_in_the_database(self, alice, chat):
        Reply.objects.update(reasoning="secret thoughts", citations=[{"url": "https://a.example", "title": "A"}])
        alice.client.post(f"/messages/{messages()[1].id}/deletion/")

        reply = Reply.objects.get(message=messages()[1])
        assert (reply.blocks, reply.reasoning, reply.citations, messages()[1].text) == ([], "", [], "")

    def test_a_maker_that_was_taken_for_dead_does_not_bring_it_back(self, alice, chat):
        *_, answer = messages()
        Reply.objects.filter(message=answer).update(state="interrupted", error_kind="worker_died", worker="a maker")
        alice.client.post(f"/messages/{answer.id}/deletion/")
        store_end(answer.reply.id, "complete", [Delta("text", "Two")], [Block("text", "Two")], {}, worker="a maker")

        *_, answer = messages()
        assert (answer.text, answer.reply.blocks) == ("", [])

    def test_a_question_without_its_answer_can_be_asked(self, alice, chat):
        *_, answer = messages()
        alice.client.post(f"/messages/{answer.id}/deletion/")
        page = alice.looks_at(chat)
        (button,) = page.soup.select('[formaction$="/answer/"]')

        alice.client.post(button["formaction"])
        alice.follows(alice.latest_reply())
        assert alice.looks_at(chat).text == "Two"

    def test_one_version_of_several_gives_way_to_the_others(self, alice, chat):
        *_, answer = messages()
        alice.client.post(f"/replies/{answer.reply.id}/retry/")
        alice.follows(alice.latest_reply())
        alice.client.post(f"/messages/{messages()[-1].id}/deletion/")
        page = alice.looks_at(chat)

        assert (page.text, page.version) == ("Two", "")

    def test_not_while_it_is_being_made(self, alice, chat):
        *_, answer = messages()
        Reply.objects.filter(message=answer).update(
            state="streaming", worker="another", lease_until="2100-01-01T00:00Z"
        )
        response = alice.client.post(f"/messages/{answer.id}/deletion/")

        assert (response.status_code, Page(response).composer_error) == (422, "Stop the answer before you delete it.")
        assert Message.objects.get(pk=answer.pk).deleted_at is None

    def test_nor_is_a_question_while_it_is_being_answered(self, alice, chat):
        *_, question, answer = messages()
        is_being_made(answer)
        assert alice.client.post(f"/messages/{question.id}/deletion/").status_code == 422

        assert Message.objects.get(pk=question.pk).text == "[[say Two]]"


@pytest.mark.parametrize("address", ["", "text/", "fork/", "deletion/", "answer/"])
def test_it_is_not_there_for_others(bob, chat, address):
    bob.signs_in()
    question, *_ = messages()
    visit = bob.client.get if address in ("", "text/") else bob.client.post

    assert visit(f"/messages/{question.id}/{address}").status_code == 404
    assert Message.objects.count() == 4


@pytest.mark.parametrize("address", ["fork/", "deletion/", "answer/"])
def test_only_a_post_changes_something(alice, chat, address):
    assert alice.client.get(f"/messages/{messages()[0].id}/{address}").status_code == 405
