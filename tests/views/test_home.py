"""GET /: one button for visitors, a new chat for the signed-in."""

from chat.models import Reply
from tests.django_client import Page


def test_a_visitor_sees_one_button(alice):
    page = Page(alice.client.get("/"))

    assert page.one('form[action="/signin/"] button').get_text().strip() == "Sign in with OpenRouter"
    assert not page.soup.select("script"), "nothing here needs one"


def test_a_visitor_comes_back_to_where_they_wanted_to_be(alice):
    assert Page(alice.client.get("/?next=/account/")).one('input[name="next"]')["value"] == "/account/"
    assert Page(alice.client.get("/?prompt=Why")).one('input[name="next"]')["value"] == "/?prompt=Why"
    assert Page(alice.client.get("/?next=//evil.example")).one('input[name="next"]')["value"] == "/"


def test_a_prompt_in_the_address_fills_the_field_and_sends_nothing(alice):
    alice.signs_in()
    page = Page(alice.client.get("/?prompt=Why+is+the+sky+blue%3F"))

    assert page.one('textarea[name="text"]').get_text().strip() == "Why is the sky blue?"
    assert not Reply.objects.exists()
    assert not alice.standin.chat_requests


def test_what_the_address_of_a_browser_search_brings_fills_the_field_too(alice):
    alice.signs_in()
    page = Page(alice.client.get("/?q=Why%3F&model=openrouter/auto"))

    assert page.one('textarea[name="text"]').get_text().strip() == "Why?"
    assert page.one('select[name="model"] option[selected]')["value"] == "openrouter/auto"
    assert not alice.standin.chat_requests


def test_a_model_that_nobody_knows_is_not_chosen(alice, settings):
    alice.signs_in()
    page = Page(alice.client.get("/?model=<b>none</b>"))

    assert page.one('select[name="model"] option[selected]')["value"] == settings.DEFAULT_MODEL


def test_the_page_after_leaving_takes_ones_drafts_out_of_the_browser_once(alice):
    alice.signs_in()
    person = str(alice.user.id)
    alice.client.post("/signout/")

    assert Page(alice.client.get("/")).one('meta[name="left"]')["content"] == person
    assert not Page(alice.client.get("/")).soup.select("script, meta[name=left]")


def test_the_picker_holds_the_catalogue(alice, settings):
    alice.signs_in()
    page = Page(alice.client.get("/"))

    options = {option["value"] for option in page.soup.select('select[name="model"] option')}
    assert len(options) > 5
    assert page.one('select[name="model"] option[selected]')["value"] == settings.DEFAULT_MODEL


def test_the_next_chat_starts_with_the_model_of_the_last(alice):
    alice.signs_in()
    alice.asks("[[say Hello]]", model="openrouter/auto")

    page = Page(alice.client.get("/"))
    assert page.one('select[name="model"] option[selected]')["value"] == "openrouter/auto"


def test_the_default_of_the_persons_account_is_asked_without_a_model(alice):
    alice.signs_in()

    page = alice.asks("[[say Hello]]", model="@default")

    assert page.text == "Hello"
    assert "model" not in alice.standin.chat_requests[-1].body
    assert "Gemini 3.7 Flash" in page.answer.get_text(), "the one that answered"
    assert "My OpenRouter default" in alice.client.get("/?model=@default").content.decode()
