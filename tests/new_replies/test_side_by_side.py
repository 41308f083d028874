"""One question to several models at once: stored together, shown as columns, each an ordinary reply."""

import pytest
from bs4 import BeautifulSoup

from chat.forms.send import MOST_MODELS
from chat.models import Conversation, Message, Reply
from chat.new_replies.ask import NewQuestion, ask, new_conversation
from chat.new_replies.running_replies import MAX_RUNNING_REPLIES
from chat.replies import live
from tests.django_client import HTMX, Page, Person, image_file
from tests.recorded_statements import recorded_statements

FLASH, HAIKU, LLAMA = "google/gemini-3.7-flash", "anthropic/claude-haiku-4.5", "meta-llama/llama-3.3-70b-instruct"
GROK, GPT = "x-ai/grok-4.5", "openai/gpt-5.4-mini"


def compares(person: Person, text: str, *further: str, chat: Conversation | None = None, **fields) -> Conversation:
    """Ask Flash and further models, and wait for all answers."""
    response = person.sends(text, chat=chat, model=FLASH, compare=further, **fields)
    assert response.status_code == 302, Page(response).composer_error
    person.standin.wait_for(lambda: not live.running())
    return Conversation.objects.latest("updated_at")


def columns(page: Page) -> list[str]:
    return [one.get_text().strip() for one in page.soup.select(".column > .head > .name")]


def reply_of(model: str) -> Reply:
    """Its answer to the question that several models were asked."""
    replies = Reply.objects.select_related("message__conversation").filter(side_by_side__isnull=False)
    return replies.filter(model=model).latest("asked_at")


def texts(page: BeautifulSoup, selector: str) -> list[str]:
    return [one.get_text().strip() for one in page.select(selector)]


def shown_on(page: Page) -> str:
    """As static/js/composer/pending-message.js says it."""
    articles = [(one["id"], one.select("[data-version]")[0]) for one in page.soup.select("#log article[id]")]
    return "_".join(f"{anchor}.{tools['data-version']}" for anchor, tools in articles)


def updates(person: Person, chat: Conversation, page: Page, **query):
    return person.client.get(f"/chats/{chat.id}/messages/", {"shown": shown_on(page), **query}, headers=HTMX)


def go_on_address(page: Page, position: int) -> str:
    return str(page.soup.select(".go-on > a")[position]["href"])


class TestAsking:
    @pytest.mark.database
    def test_each_model_answers_the_same_question(self, alice):
        page = alice.looks_at(compares(alice, "[[say Hello.]]", HAIKU, LLAMA))

        assert {request.body["model"] for request in alice.standin.chat_requests} == {FLASH, HAIKU, LLAMA}
        assert columns(page) == ["Gemini 3.7 Flash", "Claude Haiku 4.5", "Llama 3.3 70B Instruct"]
        assert texts(page.soup, ".column [id^=done-]") == ["Hello."] * 3
        assert len(page.soup.select(".column .facts")) == 3
        assert page.one('[role="group"][aria-label="3 answers side by side"]')
        assert Message.objects.filter(role=Message.Role.USER).count() == 1

    def test_the_first_model_stays_the_one_of_the_chat(self, alice):
        chat = compares(alice, "[[say Hello.]]", HAIKU)

        assert chat.model == alice.user.last_model == FLASH

    def test_doublets_are_dropped(self, alice):
        compares(alice, "[[say Hello.]]", HAIKU, FLASH, HAIKU, "")

        assert sorted(Reply.objects.values_list("model", "side_by_side")) == [(HAIKU, 2), (FLASH, 1)]

    def test_one_model_twice_is_an_ordinary_question(self, alice):
        page = alice.looks_at(compares(alice, "[[say Hello.]]", FLASH))

        assert Reply.objects.get().side_by_side is None
        assert not page.soup.select(".side-by-side")

    @pytest.mark.database
    def test_an_ordinary_question_can_follow_and_precede(self, alice):
        chat = compares(alice, "[[say One.]]")
        compares(alice, "[[say Two.]]", HAIKU, chat=chat)
        page = alice.looks_at(compares(alice, "[[say Three.]]", chat=chat))

        assert page.text == "Three."
        assert not columns(page)

    def test_with_htmx_the_response_has_a_stream_for_each(self, alice):
        response = alice.sends_with_htmx("[[say Hello.]]", model=FLASH, compare=[HAIKU], stream="1")
        content = b"".join(response.streaming_content).decode()

        streams = [reply_of(model).stream_url for model in (FLASH, HAIKU)]
        assert all(f'"{address}?after=' in content for address in streams)
        assert content.index(streams[0]) < content.index(streams[1])
        assert 'hx-target="#compare"' in content
        assert "Hello." in content  # the stream of the first goes on in the same response
        assert "Hello." in alice.follows(reply_of(HAIKU))

    def test_prefill_and_settings_are_for_all(self, alice):
        chat = compares(alice, "[[say One.]]")
        Conversation.objects.filter(pk=chat.pk).update(settings={"prefill": "Well", "temperature": 0.2})
        compares(alice, "[[say , yes.]]", HAIKU, chat=chat)

        assert {(reply.prefill) for reply in Reply.objects.filter(side_by_side__isnull=False)} == {"Well"}
        assert {request.body.get("temperature") for request in alice.standin.chat_requests[-2:]} == {0.2}
        chat.refresh_from_db()
        assert chat.settings == {"temperature": 0.2}


class TestRefusals:
    def refused(self, alice, *further: str, **fields) -> Page:
        response = alice.sends("Hello?", model=FLASH, compare=further, **fields)
        assert response.status_code == 422
        assert Reply.objects.count() == Message.objects.count() == 0
        return Page(response)

    def test_too_many(self, alice):
        page = self.refused(alice, HAIKU, LLAMA, GROK, GPT)

        assert page.composer_error == f"You can ask up to {MOST_MODELS} models at once."
        assert page.one("#text").get_text().strip() == "Hello?"
        assert len(page.soup.select("#compare input:checked, #compare input[checked]")) == MOST_MODELS

    def test_an_unknown_one(self, alice):
        page = self.refused(alice, "nobody/nothing")

        assert "“nobody/nothing” is no longer available." in page.composer_error

    def test_one_that_sees_no_images(self, alice):
        page = self.refused(alice, LLAMA, images=[image_file()])

        assert "Llama 3.3 70B Instruct doesn't accept images." in page.composer_error
        assert [one["value"] for one in page.soup.select("#compare input")] == [LLAMA]

    @pytest.mark.database
    def test_the_limit_counts_each_answer(self, alice):
        alice.standin.answers("silence", times=None)
        for number in range(MAX_RUNNING_REPLIES - 1):
            alice.sends_with_htmx(f"Question {number}")
        response = alice.sends_with_htmx("Hello?", model=FLASH, compare=[HAIKU])

        assert response.status_code == 422
        assert f"You can get {MAX_RUNNING_REPLIES} answers at a time." in response.content.decode()
        assert Reply.objects.count() == MAX_RUNNING_REPLIES - 1
        assert alice.sends_with_htmx("Hello?", model=FLASH).status_code == 200

    @pytest.mark.database
    def test_answers_side_by_side_fill_the_limit(self, alice):
        alice.standin.answers("silence", times=None)
        for _ in range(MAX_RUNNING_REPLIES // 3):
            assert alice.sends("Hello?", model=FLASH, compare=[HAIKU, LLAMA]).status_code == 302

        response = alice.sends_with_htmx("One more?")
        assert response.status_code == 422
        assert f"You can get {MAX_RUNNING_REPLIES} answers at a time." in response.content.decode()


@pytest.mark.database
class TestGoingOn:
    def test_without_a_choice_the_next_message_follows_the_first(self, alice):
        chat = compares(alice, "[[say Hello.]]", HAIKU)
        page = alice.looks_at(chat)
        noted = [one.parent for one in page.soup.select(".go-on > span")]

        assert len(noted) == 1
        assert str(reply_of(FLASH).message_id) in str(noted[0])
        compares(alice, "[[say More.]]", chat=chat)
        assert Message.objects.filter(text="[[say More.]]").get().parent == reply_of(FLASH).message

    def test_one_that_ends_later_does_not_change_that(self, alice):
        alice.standin.answers("slow", first=600)
        alice.sends("[[say Hello.]]", model=FLASH, compare=[HAIKU])
        waiting = alice.standin.wait_for(lambda: Reply.objects.filter(state="complete").first()) and reply_of(FLASH)
        page = alice.looks_at(waiting.message.conversation)

        assert str(waiting.message_id) in str(page.one(".go-on > span").parent)

    def test_a_chosen_one_stands_alone_and_is_followed(self, alice):
        chat = compares(alice, "[[say Hello.]]", HAIKU)
        address = go_on_address(alice.looks_at(chat), 1)
        page = Page(alice.client.get(address))

        assert not columns(page)
        assert page.version
        branch = str(page.one('#composer [name="branch"]')["value"])
        assert branch == str(reply_of(HAIKU).message_id)
        compares(alice, "[[say More.]]", chat=chat, branch=branch)
        page = alice.looks_at(chat)
        assert Message.objects.filter(text="[[say More.]]").get().parent == reply_of(HAIKU).message
        assert page.text == "More."
        assert not columns(page)

    def test_also_the_first_can_be_chosen(self, alice):
        chat = compares(alice, "[[say Hello.]]", HAIKU)
        address = go_on_address(alice.looks_at(chat), 0)
        page = Page(alice.client.get(address))

        assert not columns(page)
        branch = str(page.one('#composer [name="branch"]')["value"])
        assert updates(alice, chat, page, branch=branch).status_code == 204


@pytest.mark.database
class TestOneOfThem:
    def test_another_attempt_takes_the_place_of_the_first(self, alice):
        chat = compares(alice, "[[say Hello.]]", HAIKU)
        alice.client.post(f"/replies/{reply_of(HAIKU).id}/retry/", {"model": LLAMA})
        alice.standin.wait_for(lambda: not live.running())
        page = alice.looks_at(chat)

        assert columns(page) == ["Gemini 3.7 Flash", "Llama 3.3 70B Instruct"]
        assert str(reply_of(LLAMA).message_id) in str(page.one(".go-on > span").parent)

    def test_one_is_retried_while_another_is_being_written(self, alice):
        alice.standin.answers("silence")
        alice.sends("Hello?", model=FLASH, compare=[HAIKU])
        ended = alice.standin.wait_for(lambda: Reply.objects.filter(state="complete").first())
        response = alice.client.post(f"/replies/{ended.id}/retry/", {"model": LLAMA})

        assert response.status_code == 302
        assert Reply.objects.filter(model=LLAMA, side_by_side=ended.side_by_side).exists()
        again = Reply.objects.get(model=LLAMA)
        alice.standin.wait_for(lambda: Reply.objects.get(pk=again.pk).state == "complete")

    def test_one_that_is_being_written_is_not_asked_again(self, alice):
        alice.standin.answers("silence", times=None)
        alice.sends("Hello?", model=FLASH, compare=[HAIKU])
        alice.client.post(f"/replies/{reply_of(HAIKU).id}/retry/", {"model": LLAMA})

        assert Reply.objects.count() == 2

    def test_the_older_one_is_continued(self, alice):
        chat = compares(alice, "[[length]] [[tokens n=60 rate=5000]]", HAIKU)
        page = alice.looks_at(chat)
        second = reply_of(HAIKU)

        assert f"/replies/{second.id}/continuation/" in page.html
        alice.client.post(f"/replies/{second.id}/continuation/")
        assert Reply.objects.filter(continues=second, side_by_side=2).exists()
        assert len(columns(alice.looks_at(chat))) == 2

    def test_the_last_one_left_stands_alone(self, alice):
        chat = compares(alice, "[[say Hello.]]", HAIKU)
        alice.client.post(f"/messages/{reply_of(FLASH).message_id}/deletion/")
        page = alice.looks_at(chat)

        assert not page.soup.select(".side-by-side")
        assert page.text == "Hello."

    def test_a_failed_one_says_why_in_its_column(self, alice):
        alice.standin.answers(402)
        page = alice.looks_at(compares(alice, "[[say Hello.]]", HAIKU))

        assert len(page.soup.select(".column")) == 2
        assert len(page.soup.select('.column [role="alert"]')) == 1

    def test_a_fork_has_one_of_them(self, alice):
        compares(alice, "[[say Hello.]]", HAIKU)
        alice.client.post(f"/messages/{reply_of(HAIKU).message_id}/fork/")

        assert Reply.objects.get(is_copy=True).side_by_side is None


@pytest.mark.database
class TestStopping:
    @pytest.fixture
    def chat(self, alice) -> Conversation:
        alice.standin.answers("silence", times=None)
        alice.sends("Hello?", model=FLASH, compare=[HAIKU])
        alice.standin.wait_for(lambda: len(alice.standin.chat_requests) == 2)
        return Conversation.objects.get()

    def test_each_by_itself(self, alice, chat):
        alice.client.post(reply_of(HAIKU).cancellation_url)

        assert reply_of(HAIKU).state == "stopped"
        assert reply_of(FLASH).is_running
        page = alice.looks_at(chat)
        assert [one["formaction"] for one in page.soup.select(".head button")] == [reply_of(FLASH).cancellation_url]
        assert page.one("#composer-action button[type=submit]")["formaction"] == reply_of(FLASH).stop_url

    def test_all_at_once(self, alice, chat):
        stop = alice.looks_at(chat).one("#composer-action button[type=submit]")
        alice.client.post(str(stop["formaction"]))
        alice.standin.wait_for(lambda: not live.running())

        assert {reply.state for reply in Reply.objects.all()} == {"stopped"}

    def test_the_send_button_returns_with_the_last(self, alice, chat):
        first, second = reply_of(FLASH), reply_of(HAIKU)
        alice.client.post(first.cancellation_url)
        alice.standin.wait_for(lambda: not live.find(first.pk))
        assert "#composer-action" not in alice.follows(first)

        alice.client.post(second.cancellation_url)
        alice.standin.wait_for(lambda: not live.running())
        assert "#composer-action" in alice.follows(second)


class TestPagesThatAreOpen:
    def test_nothing_new(self, alice):
        chat = compares(alice, "[[say Hello.]]", HAIKU)

        assert updates(alice, chat, alice.looks_at(chat)).status_code == 204

    @pytest.mark.database
    def test_the_others_go_when_one_is_followed(self, alice):
        chat = compares(alice, "[[say Hello.]]", HAIKU)
        page = alice.looks_at(chat)
        alice.sends("[[say More.]]", chat=chat, branch=reply_of(HAIKU).message_id, model=FLASH)
        alice.standin.wait_for(lambda: not live.running())
        response = updates(alice, chat, page)

        html = BeautifulSoup(response.content, "html.parser")
        gone = html.select('hx-partial[hx-swap="delete"]')
        assert [one["hx-target"] for one in gone] == [f"#answer-{reply_of(FLASH).id}"]
        assert texts(html, "article .text, article [id^=done-]") == ["[[say More.]]", "More."]

    @pytest.mark.parametrize("what", ["retry", "deletion", "question"])
    def test_other_columns_need_a_reload(self, alice, what):
        chat = compares(alice, "[[say Hello.]]", HAIKU)
        page = alice.looks_at(chat)
        if what == "retry":
            alice.client.post(f"/replies/{reply_of(HAIKU).id}/retry/")
            alice.standin.wait_for(lambda: not live.running())
        elif what == "deletion":
            alice.client.post(f"/messages/{reply_of(HAIKU).message_id}/deletion/")
        else:
            compares(alice, "[[say More.]]", HAIKU, chat=chat)

        assert updates(alice, chat, page).headers.get("HX-Refresh") == "true"

    def test_a_message_from_such_a_page_replaces_the_columns(self, alice):
        chat = compares(alice, "[[say Hello.]]", HAIKU)
        page = alice.looks_at(chat)
        response = alice.sends_with_htmx("[[say More.]]", chat=chat, shown=shown_on(page), compare=[HAIKU], model=FLASH)

        html = BeautifulSoup(response.content, "html.parser")
        first, second = Reply.objects.filter(message__parent__parent=None).order_by("side_by_side")
        assert [one["hx-target"] for one in html.select('hx-partial[hx-swap="delete"]')] == [f"#answer-{second.id}"]
        assert len(html.select(".side-by-side .column")) == 2
        assert first.message_id == Message.objects.get(text="[[say More.]]").parent_id


class TestAddresses:
    @pytest.mark.parametrize("where", ["/", "chat"])
    def test_models_in_the_address_are_in_the_composer(self, alice, where):
        if where == "chat":
            where = compares(alice, "[[say Hello.]]").get_absolute_url()
        page = Page(alice.client.get(where, {"compare": [HAIKU, "nobody/nothing", LLAMA, HAIKU]}))

        assert [one["value"] for one in page.soup.select("#compare input")] == [HAIKU, LLAMA]

    def test_no_more_than_fit(self, alice):
        page = Page(alice.client.get("/", {"compare": [HAIKU, LLAMA, GROK, GPT]}))

        assert len(page.soup.select("#compare input")) == MOST_MODELS - 1


@pytest.mark.database
def test_further_models_cost_no_more_statements(alice):
    counts = []
    for further in ([], [], [HAIKU, LLAMA]):  # with the first question the model is remembered
        chat = new_conversation(user=alice.user, text="Hello?", model=FLASH)
        with recorded_statements() as statements:
            ask(chat, NewQuestion("Hello?"), models=[FLASH, *further])
        counts.append(len(statements.take()))

    assert counts[1] == counts[2] > 0
