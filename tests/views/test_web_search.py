"""The switch that lets the answers to a message search the web, without scripts and with htmx."""

import pytest
from bs4 import BeautifulSoup

from chat.models import Conversation, Message, Preset
from chat.new_replies.edit import ask_edited
from tests.django_client import Page
from tests.stored_models import store_models

SEARCH = {"type": "openrouter:web_search"}
SONNET, WITHOUT_TOOLS = "anthropic/claude-sonnet-5", "google/gemini-2.5-flash-image"


def tools(person) -> object:
    return person.standin.chat_requests[-1].body.get("tools")


def switch(page: Page):
    return page.one("#composer [name=web]")


def words(page: Page) -> str:
    return " ".join(page.one("#about-web").get_text().split())


@pytest.fixture(autouse=True)
def _is_signed_in(alice):
    alice.signs_in()


@pytest.fixture
def chat(alice):
    alice.asks("[[say Hello]]")
    return Conversation.objects.get()


class TestSending:
    @pytest.mark.parametrize("way", ["sends", "asks"])
    def test_it_is_sent_stored_and_shown_at_the_question(self, alice, chat, way):
        getattr(alice, way)("[[say Hello]]", chat=chat, web="on")
        alice.follows(alice.latest_reply())

        assert tools(alice) == [SEARCH]
        assert [message.web for message in Message.objects.filter(role="user").order_by("created_at")] == [None, True]
        first, second = alice.looks_at(chat).soup.select("article[data-role=user]")
        assert first.select(".searched") == []
        assert "may search the web" in second.select_one(".searched").get_text()

    def test_without_it_nothing_is_searched(self, alice, chat):
        alice.asks("[[say Hello]]", chat=chat)

        assert tools(alice) is None

    def test_a_model_without_tools_is_asked_without(self, alice, chat):
        alice.asks("[[say Hello]]", chat=chat, web="on", model=WITHOUT_TOOLS)

        assert tools(alice) is None

    def test_models_side_by_side_all_may(self, alice):
        alice.asks("[[say Hello]]", web="on", model=SONNET, compare=["openai/gpt-5.4-mini", WITHOUT_TOOLS])
        alice.standin.wait_for(lambda: len(alice.standin.chat_requests) == 3)

        sent = {request.body["model"]: request.body.get("tools") for request in alice.standin.chat_requests}
        assert sent == {SONNET: [SEARCH], "openai/gpt-5.4-mini": [SEARCH], WITHOUT_TOOLS: None}

    def test_a_retry_an_edit_and_a_branch_may_as_well(self, alice, chat):
        alice.asks("[[say Hello]]", chat=chat, web="on")
        reply = alice.latest_reply()
        alice.client.post(f"/replies/{reply.pk}/retry/")
        alice.follows(alice.latest_reply())
        assert tools(alice) == [SEARCH]

        edited = ask_edited(reply.message.parent, text="[[say Bye]]", model=reply.model)
        alice.follows(edited)
        assert tools(alice) == [SEARCH]

        alice.client.post(f"/messages/{edited.message_id}/fork/")
        fork = Conversation.objects.exclude(pk=chat.pk).get()
        assert list(fork.messages.filter(role="user").order_by("created_at").values_list("web", flat=True)) == [
            None,
            True,
        ]

    def test_what_could_not_be_sent_is_still_pressed(self, alice, chat):
        page = Page(alice.sends("", chat=chat, web="on"))

        assert (page.status, switch(page).has_attr("checked")) == (422, True)


class TestTheSwitch:
    def test_it_is_off_in_a_new_chat_and_as_it_was_in_one_that_goes_on(self, alice, chat):
        assert not switch(Page(alice.client.get("/"))).has_attr("checked")
        assert not switch(alice.looks_at(chat)).has_attr("checked")
        assert switch(alice.asks("[[say Hello]]", chat=chat, web="on")).has_attr("checked")
        assert not switch(Page(alice.client.get("/"))).has_attr("checked")
        assert not switch(alice.asks("[[say Hello]]", chat=chat)).has_attr("checked")

    @pytest.mark.parametrize(
        ("model", "price"), [(SONNET, "$0.01 each"), ("meta-llama/llama-3.3-70b-instruct", "$0.007 each")]
    )
    def test_it_says_what_a_search_costs(self, alice, chat, model, price):
        Conversation.objects.update(model=model)
        page = alice.looks_at(chat)

        assert words(page) == page.one("#estimate-parts .searches .search-price").get_text() == price
        assert switch(page)["data-price"] == "$0.007 each"
        assert page.one(f'#model option[value="{SONNET}"]')["data-search"] == "$0.01 each"

    def test_an_engine_of_the_settings_has_its_price(self, alice, chat):
        Conversation.objects.update(model=SONNET, settings={"web_search_engine": "parallel"})
        page = alice.looks_at(chat)

        assert words(page) == switch(page)["data-price"] == "$0.005 each"
        assert not switch(page).has_attr("data-native")

    def test_an_unknown_price_is_no_obstacle(self, alice, chat):
        store_models(server_tools=None)
        Conversation.objects.update(model="meta-llama/llama-3.3-70b-instruct")

        assert words(alice.looks_at(chat)) == "price unknown"
        alice.asks("[[say Hello]]", chat=chat, web="on")
        assert tools(alice) == [SEARCH]

    def test_models_that_cannot_search_are_marked_for_the_switch_to_go(self, alice, chat):
        options = alice.looks_at(chat).soup.select("#model option")
        marked = {option["value"] for option in options if option.has_attr("data-no-tools")}

        assert WITHOUT_TOOLS in marked
        assert not marked & {SONNET, "openrouter/auto", ""}

    def test_the_settings_of_the_chat_turn_it_on_and_say_so(self, alice, chat):
        Conversation.objects.update(settings={"web_search": True})
        page = alice.looks_at(chat)

        assert switch(page).has_attr("checked")
        assert switch(page).has_attr("disabled")
        assert words(page).startswith("On in the settings of this chat, $0.0")

    def test_those_of_a_preset_do_so_in_a_new_chat(self, alice, chat):
        preset = Preset.objects.create(user=alice.user, name="Web", settings={"web_search": True})

        assert switch(Page(alice.client.get(f"/?preset={preset.pk}"))).has_attr("disabled")

    def test_saving_the_settings_in_the_dialog_brings_the_new_switch(self, alice, chat):
        address, htmx = f"/chats/{chat.pk}/settings/", {"HX-Request": "true"}
        response = alice.client.post(address, {"web_search": "true", "model": SONNET}, headers=htmx)
        part = BeautifulSoup(response.content, "html.parser")

        assert part.select_one("#web-search [name=web]").has_attr("disabled")
        assert part.select_one("#chat-settings")


def test_who_waits_reads_that_the_web_may_be_searched(alice, chat, standin):
    for answer in ({"web": "on"}, {}):
        standin.answers("headers", after=30)
        alice.sends("[[say Hello]]", chat=chat, **answer)
        reply = alice.latest_reply()
        waiting = alice.looks_at(chat).answer.select_one(".waiting > p")
        alice.client.post(f"/replies/{reply.pk}/cancellation/")
        standin.wait_for(lambda reply=reply: not type(reply).objects.get(pk=reply.pk).is_running)

        assert waiting["data-first"] == waiting.get_text().strip()
        assert ("may search the web" in waiting.get_text()) is bool(answer)
