"""The settings of a chat: their form, what is sent with the next message, and what is refused."""

import pytest

from chat.models import Conversation, Preset
from chat.pages.settings import CHANGES_OF_ONE_PERSON
from tests.django_client import Page
from tests.stored_models import store_models

JSON_OF_A_DISH = '{"name": "dish", "schema": {"type": "object"}}'


@pytest.fixture(autouse=True)
def _signed_in(alice, bob):
    CHANGES_OF_ONE_PERSON.clear()
    alice.signs_in()
    bob.signs_in()


@pytest.fixture
def chat(alice):
    alice.asks("Hello?")
    return Conversation.objects.get()


def saves(person, address, **fields):
    return person.client.post(address, fields)


def settings_url(chat):
    return f"/chats/{chat.pk}/settings/"


class TestOfAChat:
    def test_what_is_saved_is_sent_with_the_next_message(self, alice, chat, standin):
        response = saves(alice, settings_url(chat), system="Be brief.", temperature="0.2", stop="END", top_p="")

        assert (response.status_code, response.headers["Location"]) == (302, chat.get_absolute_url())
        alice.asks("And now?", chat=chat)
        body = standin.chat_requests[-1].body
        assert body["messages"][0] == {"role": "system", "content": "Be brief."}
        assert (body["temperature"], body["stop"]) == (0.2, ["END"])
        assert "top_p" not in body

    def test_the_header_of_the_chat_says_what_is_set(self, alice, chat):
        saves(alice, settings_url(chat), temperature="0.2", response_format="json_object")

        link = alice.looks_at(chat).one("[data-settings]")

        assert link["href"] == settings_url(chat)
        assert link.select_one(".summary").get_text() == "temperature 0.2 · JSON"

    def test_an_empty_field_removes_a_setting(self, alice, chat):
        saves(alice, settings_url(chat), temperature="0.2")

        saves(alice, settings_url(chat), temperature="")

        chat.refresh_from_db()
        assert chat.settings == {}

    def test_the_form_shows_what_is_stored(self, alice, chat):
        saves(alice, settings_url(chat), temperature="0.20", stop="\\n", json_schema=JSON_OF_A_DISH)

        html = alice.client.get(settings_url(chat)).content.decode()

        assert 'name="temperature" value="0.2"' in html
        assert "\\n</textarea>" in html
        assert "&quot;name&quot;: &quot;dish&quot;" in html

    def test_only_what_the_model_cannot_use_is_said_to_be_of_no_use(self, alice, chat):
        address = f"{settings_url(chat)}?model=google/gemini-3.7-flash"
        page = Page(alice.client.get(address))

        assert "use this setting" not in page.one("#about-setting-reasoning_effort").get_text()
        assert "use this setting" in page.one("#about-setting-top_a").get_text()

    def test_settings_for_images_are_for_models_that_make_some(self, alice, chat):
        flux = Page(alice.client.get(f"{settings_url(chat)}?model=black-forest-labs/flux.2-pro"))
        text = Page(alice.client.get(f"{settings_url(chat)}?model=google/gemini-3.7-flash"))

        sizes = [option["value"] for option in flux.soup.select("[name=image_size] option")]
        assert sizes == ["", "0.5K", "1K", "2K"]
        assert "use this setting" in flux.one("#about-setting-image_quality").get_text()
        assert not text.soup.select("[name^=image_]")

    def test_they_shape_the_image_and_stay_with_a_model_that_has_no_use_for_them(self, alice, chat, standin):
        settings = {"image_aspect_ratio": "4:1", "image_size": "2K"}
        saves(alice, settings_url(chat), **settings)
        page = Page(alice.client.get(f"{settings_url(chat)}?model=google/gemini-3.7-flash"))
        assert "Not used by this model" in page.one("#about-setting-image_size").get_text()

        alice.asks("A cat", chat=chat, model="google/gemini-2.5-flash-image")
        assert "image_config" not in standin.chat_requests[-1].body
        saves(alice, settings_url(chat), image_aspect_ratio="21:9", image_size="2K")
        alice.asks("A dog", chat=chat, model="google/gemini-2.5-flash-image")
        assert standin.chat_requests[-1].body["image_config"] == {"aspect_ratio": "21:9"}
        made = alice.latest_reply().message.images[0]
        assert made.width / made.height == pytest.approx(21 / 9, rel=0.05)

    def test_an_effort_that_the_model_does_not_know_is_marked(self, alice, chat):
        saves(alice, settings_url(chat), reasoning_effort="xhigh", model="google/gemini-3.7-flash")

        page = Page(alice.client.get(f"{settings_url(chat)}?model=google/gemini-3.7-flash"))

        assert "Not used by this model." in page.one("#about-setting-reasoning_effort").get_text()

    def test_the_default_of_the_model_is_named(self, alice, chat, standin):
        html = alice.client.get(f"{settings_url(chat)}?model=anthropic/claude-haiku-4.5").content.decode()

        assert "Default: 1." in html

    def test_the_estimate_counts_the_system_prompt(self, alice):
        response = saves(alice, "/settings/", system="x" * 4000)

        page = Page(alice.client.get(response.headers["Location"]))

        assert page.one("#chat-tokens").get_text() == "1000"

    @pytest.mark.parametrize(
        ("field", "text"),
        [
            ("temperature", "9"),
            ("json_schema", "{"),
            ("models", "<script>alert(1)</script>"),
            ("models", "nobody/nothing"),
            ("logit_bias", "[]"),
            ("reasoning_effort", "a lot"),
            ("system", "x" * 32_001),
        ],
    )
    def test_what_cannot_be_used_gets_a_sentence_at_its_field(self, alice, chat, field, text):
        response = saves(alice, settings_url(chat), **{"seed": "7", field: text})

        assert response.status_code == 422
        html = response.content.decode()
        assert html.count('class="fault"') == 1
        assert 'aria-invalid="true"' in html
        assert 'name="seed" value="7"' in html, "what else was typed is still there"
        assert "<script>alert" not in html
        chat.refresh_from_db()
        assert chat.settings == {}

    def test_an_effort_and_a_budget_exclude_each_other(self, alice, chat):
        response = saves(alice, settings_url(chat), reasoning_effort="low", reasoning_max_tokens="1000")

        assert response.status_code == 422
        assert "Set either an effort or a budget, not both." in response.content.decode()

    def test_the_format_json_schema_needs_a_schema(self, alice, chat):
        assert saves(alice, settings_url(chat), response_format="json_schema").status_code == 422

    def test_only_exa_searches_with_both_lists_of_websites(self, alice, chat):
        both = {"web_allowed_domains": "https://example.org/a", "web_excluded_domains": "example.com"}
        response = saves(alice, settings_url(chat), **both, web_search_engine="parallel")

        assert response.status_code == 422
        assert "Only Exa can use both lists." in response.content.decode()
        assert saves(alice, settings_url(chat), **both, web_search_engine="exa").status_code == 302
        chat.refresh_from_db()
        assert chat.settings["web_allowed_domains"] == ["example.org"]

    def test_engines_are_those_that_openrouter_lists_with_their_prices(self, alice, chat):
        listed = [
            {"id": "native", "pricing_source": "provider"},
            {"id": "exa", "pricing": [{"unit": "request", "price": "0.0065"}]},
            {"id": "new-one", "name": "New One", "pricing": [{"unit": "request", "price": "0.02"}]},
            {"id": "parallel", "status": "unavailable"},
            {"id": "firecrawl", "byok": "required"},
        ]
        fetch = {"id": "openrouter:web_fetch", "engines": [{"id": "openrouter", "pricing_source": "none"}]}
        items = [{"id": "openrouter:web_search", "engines": listed}, fetch]
        store_models(server_tools={"items": items, "needs_key": False})
        Conversation.objects.update(model="anthropic/claude-sonnet-5", settings={"web_search_engine": "gone"})
        page = Page(alice.client.get(settings_url(chat)))

        assert [option.get_text() for option in page.soup.select("#setting-web_search_engine option")] == [
            *("Default", "Automatic", "The provider's own, $0.01 each", "Exa, $0.0065 each", "New One, $0.02 each"),
            *("Firecrawl, with your own Firecrawl key", "gone"),
        ]
        assert "Each search costs $0.01." in page.one("#about-setting-web_search").get_text()
        assert "There is no extra charge." in page.one("#about-setting-web_fetch").get_text()
        assert "The price is unknown." in page.one("#about-setting-datetime").get_text()

    def test_engines_can_be_chosen_although_openrouter_lists_none(self, alice, chat):
        store_models(server_tools=None)
        page = Page(alice.client.get(settings_url(chat)))

        assert "Exa" in [option.get_text() for option in page.soup.select("#setting-web_search_engine option")]

    def test_what_the_model_does_not_use_is_marked_and_not_sent(self, alice, chat, standin):
        saves(alice, settings_url(chat), top_a="0.5")

        html = alice.client.get(settings_url(chat)).content.decode()

        assert html.count("Not used by this model.") == 1
        alice.asks("And now?", chat=chat)
        assert "top_a" not in standin.chat_requests[-1].body

    def test_the_longest_answer_is_the_one_that_is_set(self, alice, chat, standin):
        saves(alice, settings_url(chat), max_completion_tokens="300")

        alice.asks("And now?", chat=chat)

        assert standin.chat_requests[-1].body["max_completion_tokens"] == 300

    def test_the_answer_begins_with_the_text_for_it_once(self, alice, chat, standin):
        saves(alice, settings_url(chat), prefill="Well, ", temperature="1")

        page = alice.asks("Tell me [[say all is well.]]", chat=chat)

        assert standin.chat_requests[-1].body["messages"][-1] == {"role": "assistant", "content": "Well,"}
        assert page.text.startswith("Well, ")
        chat.refresh_from_db()
        assert chat.settings == {"temperature": 1.0}

    def test_a_chat_has_one_session_and_a_person_one_pseudonym(self, alice, chat, standin):
        first = standin.chat_requests[-1].body
        alice.asks("Something else")
        second = standin.chat_requests[-1].body

        assert first["session_id"] == str(chat.pk) != second["session_id"]
        assert first["user"] == second["user"]
        assert str(alice.user.pk) not in first["user"]

    def test_somebody_else_cannot_see_or_change_them(self, alice, bob, chat):
        assert bob.client.get(settings_url(chat)).status_code == 404
        assert saves(bob, settings_url(chat), temperature="1").status_code == 404

    def test_somebody_who_is_signed_out_is_sent_to_sign_in(self, chat, client):
        assert client.get(settings_url(chat)).status_code == 302

    def test_changes_are_limited(self, alice, chat, monkeypatch):
        monkeypatch.setattr(CHANGES_OF_ONE_PERSON, "_seconds_each", 1000.0)  # however long the sixty take
        responses = [saves(alice, settings_url(chat), temperature="1") for _ in range(61)]

        assert [response.status_code for response in responses] == [302] * 60 + [422]

    def test_beyond_that_nothing_is_checked_and_nothing_is_lost(self, alice, chat, monkeypatch):
        monkeypatch.setattr(CHANGES_OF_ONE_PERSON, "_at_once", 0)
        page = Page(saves(alice, settings_url(chat), temperature="hot", json_schema='{"schema": {"type": 7}}'))

        assert page.one(".faults").get_text(strip=True).startswith("You've made a lot of changes.")
        assert not page.soup.select(".fault")
        assert page.one('[name="temperature"]')["value"] == "hot"
        assert page.one('[name="json_schema"]').get_text().strip() == '{"schema": {"type": 7}}'

    def test_they_count_as_text(self, alice, chat):
        before = Conversation.objects.get().text_characters

        saves(alice, settings_url(chat), system="x" * 1000)

        assert 1000 < Conversation.objects.get().text_characters - before < 1050


class TestOfANewChat:
    def test_they_wait_for_the_first_message(self, alice, standin):
        response = saves(alice, "/settings/", temperature="0.2")

        address = response.headers["Location"]
        page = alice.client.get(address).content.decode()
        preset = Preset.objects.get()
        assert address == f"/?preset={preset.pk}"
        assert f'name="preset" value="{preset.pk}"' in page
        alice.asks("Hello?", preset=preset.pk)
        assert standin.chat_requests[-1].body["temperature"] == 0.2
        assert Conversation.objects.get().settings == {"temperature": 0.2}

    def test_a_message_with_somebody_elses_preset_has_none_of_it(self, alice, bob, standin):
        saves(alice, "/settings/", temperature="0.2")

        bob.asks("Hello?", preset=Preset.objects.get().pk)

        assert "temperature" not in standin.chat_requests[-1].body

    def test_only_so_many_are_stored(self, alice):
        for _ in range(52):
            saves(alice, "/settings/", temperature="0.2")

        assert alice.user.presets.count() == 50


class TestPresets:
    def save(self, alice, chat, name="Strict JSON", **fields):
        fields = {"response_format": "json_object", "then": "preset", "preset_name": name} | fields
        return saves(alice, settings_url(chat), **fields)

    def test_one_is_saved_from_a_chat_and_a_new_chat_begins_with_it(self, alice, chat, standin):
        self.save(alice, chat, temperature="0")

        preset = Preset.objects.get()
        page = alice.client.get(f"/?preset={preset.pk}").content.decode()

        assert (preset.name, preset.model) == ("Strict JSON", chat.model)
        assert '<span class="summary">Strict JSON</span>' in page
        alice.asks("Hello?", preset=preset.pk)
        assert standin.chat_requests[-1].body["response_format"] == {"type": "json_object"}

    def test_the_default_one_is_there_on_a_new_page(self, alice, chat):
        self.save(alice, chat)
        alice.client.post("/presets/default/", {"preset": Preset.objects.get().pk})

        assert "Strict JSON" in alice.client.get("/").content.decode()
        assert "Strict JSON" not in alice.client.get("/?preset=").content.decode()

    def test_they_can_be_put_in_order(self, alice, chat):
        for name in ("One", "Two", "Three"):
            self.save(alice, chat, name)

        alice.client.post(f"/presets/{Preset.objects.get(name='Three').pk}/position/", {"to": "up"})
        alice.client.post(f"/presets/{Preset.objects.get(name='One').pk}/position/", {"to": "up"})

        assert [preset.name for preset in alice.user.presets.all()] == ["One", "Three", "Two"]

    def test_one_can_be_edited_and_deleted(self, alice, chat):
        self.save(alice, chat)
        address = f"/presets/{Preset.objects.get().pk}/"

        response = saves(alice, address, preset_name="Tutor", model="", temperature="1")

        assert response.status_code == 302
        preset = Preset.objects.get()
        assert (preset.name, preset.model, preset.settings) == ("Tutor", "", {"temperature": 1.0})
        alice.client.post(f"{address}deletion/")
        assert not Preset.objects.exists()

    @pytest.mark.parametrize("model", ["", "openrouter/auto"])
    def test_the_model_that_was_chosen_is_still_chosen_when_something_else_is_wrong(self, alice, chat, model):
        self.save(alice, chat)
        response = saves(alice, f"/presets/{Preset.objects.get().pk}/", preset_name="", model=model)
        chosen = Page(response).soup.select("#preset-model option[selected]")

        assert (response.status_code, [option["value"] for option in chosen]) == (422, [model] if model else [])

    @pytest.mark.parametrize("name", ["", " ", "x" * 61])
    def test_it_needs_a_name(self, alice, chat, name):
        assert self.save(alice, chat, name).status_code == 422
        assert not Preset.objects.exists()

    def test_there_is_a_limit(self, alice, chat):
        Preset.objects.bulk_create(Preset(user=alice.user, name=f"{number}") for number in range(100))

        response = self.save(alice, chat)

        assert response.status_code == 422
        assert "You have 100 presets." in response.content.decode()

    @pytest.mark.parametrize("address", ["", "position/", "deletion/"])
    def test_somebody_elses_is_not_found(self, alice, bob, chat, address):
        self.save(alice, chat)

        response = bob.client.post(f"/presets/{Preset.objects.get().pk}/{address}", {"preset_name": "Mine"})

        assert response.status_code == 404

    def test_somebody_elses_cannot_be_the_default(self, alice, bob, chat):
        self.save(alice, chat)

        bob.client.post("/presets/default/", {"preset": Preset.objects.get().pk})

        assert not Preset.objects.get().is_default

    def test_the_name_is_escaped(self, alice, chat):
        self.save(alice, chat, "<script>alert(1)</script>")

        for address in ("/presets/", f"/?preset={Preset.objects.get().pk}"):
            assert "<script>alert" not in alice.client.get(address).content.decode()
