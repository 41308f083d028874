"""Which earlier images later messages take along: each has a switch, and one line above the field counts them."""

import pytest

from chat.catalogue import cache
from chat.models import Conversation, Message, MessageImage
from tests.django_client import HTMX, Page, image_file
from tests.standin import catalogue

SEES = "anthropic/claude-haiku-4.5"
BLIND = "meta-llama/llama-3.3-70b-instruct"


@pytest.fixture(autouse=True)
def _signed_in(alice):
    alice.signs_in()


@pytest.fixture
def chat(alice) -> Conversation:
    """A question with two images, and its answer."""
    alice.asks("[[say Seen]]", model=SEES, images=[image_file(), image_file(colour="blue")])
    return Conversation.objects.get()


@pytest.fixture
def question(chat) -> Message:
    return chat.messages.get(role="user")


def switches(page: Page) -> list[str]:
    return [button.find("span").get_text() for button in page.soup.select("button.along")]


def presses(person, button, *, htmx: bool):
    """What the browser posts: the form, or what the button says to htmx."""
    assert (button["name"], button["formaction"]) == ("along", button["hx-post"])
    assert button["hx-vals"] == f'{{"along": "{button["value"]}"}}'
    headers = HTMX if htmx else {}
    return person.client.post(button["formaction"], {"along": button["value"]}, headers=headers)


def line(page: Page) -> str:
    found = page.soup.select_one(".earlier")
    return " ".join(found.get_text().split()) if found else ""


class TestOneImage:
    def test_it_is_resent_until_its_switch_is_pressed(self, alice, chat):
        page = alice.looks_at(chat)
        assert switches(page) == ["Included", "Included"]
        assert line(page) == "2 earlier images will be resent Don't resend"

        response = presses(alice, page.soup.select("button.along")[1], htmx=False)
        page = alice.looks_at(chat)
        assert response.headers["Location"] == f"/chats/{chat.id}/#{page.soup.select_one('article')['id']}"
        assert switches(page) == ["Included", "Not included"]
        assert line(page) == "1 earlier image will be resent Don't resend"

    def test_htmx_gets_the_switch_and_the_line(self, alice, chat):
        button = alice.looks_at(chat).soup.select("button.along")[0]
        off = Page(presses(alice, button, htmx=True))
        assert switches(off) == ["Not included"]
        assert off.one("button.along")["id"] == button["id"], "or the focus would be lost"
        assert line(off).startswith("1 earlier image will be resent")

        on = Page(presses(alice, off.one("button.along"), htmx=True))
        assert switches(on) == ["Included"]
        assert line(on).startswith("2 earlier images will be resent")

    def test_what_a_model_drew_has_a_switch_below_the_answer(self, alice):
        alice.asks("[[image]]", model=SEES)
        chat = Conversation.objects.get()
        page = alice.looks_at(chat)
        assert line(page).startswith("1 earlier image will be resent")
        assert page.one(".earlier a")["href"] == f"#{page.answer['id']}"

        presses(alice, page.answer.select_one("button.along"), htmx=False)
        assert switches(alice.looks_at(chat)) == ["Not included"]

    @pytest.mark.parametrize("along", ["", "maybe", None])
    def test_it_takes_yes_or_no(self, alice, question, along):
        fields = {} if along is None else {"along": along}
        assert alice.client.post(f"/messages/{question.id}/pictures/0/", fields).status_code == 400
        assert MessageImage.objects.filter(is_sent_along=True).count() == 2

    @pytest.mark.parametrize("position", ["2", "9" * 30])
    def test_a_place_without_a_image_is_not_there(self, alice, question, position):
        response = alice.client.post(f"/messages/{question.id}/pictures/{position}/", {"along": "no"})
        assert response.status_code == 404

    def test_it_is_for_its_owner_alone(self, alice, bob, chat, question):
        addresses = [f"/messages/{question.id}/pictures/0/", f"/chats/{chat.id}/pictures/"]
        bob.signs_in()
        alice.client.post("/signout/")
        for address in addresses:
            assert bob.client.post(address, {"along": "no"}).status_code == 404
            assert alice.client.post(address, {"along": "no"}).status_code == 302
        assert bob.client.get(addresses[1], headers=HTMX).status_code == 404
        assert bob.client.get(addresses[0]).status_code == 405
        assert MessageImage.objects.filter(is_sent_along=True).count() == 2


class TestAllImages:
    def test_they_are_left_out_and_included_again(self, alice, chat):
        button = alice.looks_at(chat).one("#all-along")
        left = Page(presses(alice, button, htmx=True))
        assert switches(left) == ["Not included", "Not included"]
        assert line(left) == "2 earlier images won't be resent Resend"
        assert line(alice.looks_at(chat)) == "", "nothing is said of what costs nothing"

        presses(alice, left.one("#all-along"), htmx=True)
        assert switches(alice.looks_at(chat)) == ["Included", "Included"]

    def test_without_a_script_the_page_comes_back(self, alice, chat):
        response = presses(alice, alice.looks_at(chat).one("#all-along"), htmx=False)

        assert response.headers["Location"] == f"/chats/{chat.id}/"
        assert switches(alice.looks_at(chat)) == ["Not included", "Not included"]

    def test_another_branch_keeps_its_own(self, alice, chat, question):
        elsewhere = Message.objects.create(conversation=chat, role="user", text="Another beginning")
        page = Page(alice.client.get(f"/chats/{chat.id}/?branch={question.id}"))
        assert line(alice.looks_at(chat)) == ""
        assert line(page).startswith("2 earlier images")

        alice.client.post(f"/chats/{chat.id}/pictures/?branch={elsewhere.id}", {"along": "no"})
        assert MessageImage.objects.filter(is_sent_along=True).count() == 2
        presses(alice, page.one("#all-along"), htmx=True)
        assert MessageImage.objects.filter(is_sent_along=False).count() == 2

    def test_the_line_can_be_asked_for(self, alice, chat):
        response = alice.client.get(f"/chats/{chat.id}/pictures/", headers=HTMX)
        assert line(Page(response)).startswith("2 earlier images")
        assert alice.client.get(f"/chats/{chat.id}/pictures/").headers["Location"] == f"/chats/{chat.id}/"

    def test_it_is_asked_for_when_a_message_brings_images(self, alice, chat):
        address = f"/chats/{chat.id}/pictures/"
        assert address not in alice.sends_with_htmx("[[say None]]", chat=chat).content.decode()
        alice.follows(alice.latest_reply())
        sent = alice.sends_with_htmx("[[image]]", chat=chat, images=[image_file(colour="tan")], model=SEES)
        assert address in sent.content.decode()
        assert address in alice.follows(alice.latest_reply()), "and when an answer does"


class TestAModelThatSees:
    def offered(self, alice) -> str:
        return str(Page(alice.client.get("/")).one("#image-warning [data-use]")["value"])

    def test_it_is_what_was_used_last(self, alice, chat):
        alice.asks("[[say Hello]]", model=BLIND)

        assert self.offered(alice) == SEES

    def test_before_that_the_default(self, alice, settings):
        settings.DEFAULT_MODEL = SEES

        assert self.offered(alice) == SEES

    def test_should_that_be_blind_the_cheapest_that_is_paid_for(self, alice, settings):
        settings.DEFAULT_MODEL = BLIND
        prices = {
            model.id: float(model.prompt) + float(model.completion)
            for model in catalogue.MODELS
            if model.sees and float(model.prompt) > 0
        }

        assert self.offered(alice) == min(prices, key=prices.__getitem__)

    def test_nothing_is_offered_without_a_list_of_models(self, alice, settings, monkeypatch):
        monkeypatch.setattr(cache, "_by_id", dict)

        assert self.offered(alice) == ""
