"""The model picker: opened, searched, filtered, starred and closed, with the native list as its fallback."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.chat_page import Chat
from tests.browser.conftest import PHONE
from tests.browser.layout_checks import complaints_about
from tests.browser.wait import until

CHOSEN, FLASH, SONNET, MINI, GEMMA = (
    "~google/gemini-flash-latest",  # for new chats
    "google/gemini-3.7-flash",
    "anthropic/claude-sonnet-5",
    "openai/gpt-5.4-mini",
    "google/gemma-4-31b-it:free",
)


class Picker:
    """The dialog, opened by a press on the field."""

    def __init__(self, chat: Chat, *, is_opened: bool = True) -> None:
        self.chat = chat
        self.field = chat.page.locator("#model")
        self.dialog = chat.page.get_by_role("dialog", name="Model", exact=True)
        self.search = self.dialog.get_by_role("combobox", name="Model", exact=True)
        self.list = self.dialog.get_by_role("listbox", name="Model", exact=True)
        self.rows = self.list.get_by_role("option")
        if is_opened:
            self.opens()

    def opens(self) -> None:
        self.field.click()
        expect(self.dialog).to_be_visible()
        expect(self.rows).to_have_count(self.field.locator("option").count())

    def row(self, model: str) -> Locator:
        return self.list.locator(f"[data-model='{model}']")

    def group(self, name: str) -> Locator:
        return self.list.get_by_role("group", name=name, exact=True)

    def filter(self, name: str) -> Locator:
        return self.dialog.get_by_role("group", name="Filters").get_by_role("button", name=name, exact=True)

    @property
    def models(self) -> list[str]:
        """The ids of what is shown, in its order."""
        ids: list[str] = self.list.locator("[data-model]").evaluate_all("all => all.map((one) => one.dataset.model)")
        return ids

    @property
    def active(self) -> str:
        """The id of the model that Enter would choose."""
        row = self.search.get_attribute("aria-activedescendant")
        return str(self.list.locator(f"#{row}").get_attribute("data-model"))

    def finds(self, *models: str) -> None:
        until(self.chat, lambda: self.models == [*models])


@pytest.fixture
def picker(chat: Chat) -> Picker:
    return Picker(chat)


def test_a_row_says_what_a_model_costs_and_can_do(picker):
    row = picker.row(SONNET)

    expect(row).to_have_accessible_name(
        re.compile(
            "^Claude Sonnet 5 .*Accepts images.* Accepts files.* Thinks.* 1M tokens of context.*"
            r" \$2\.00 in, \$10\.00 out per million tokens$"
        )
    )
    expect(picker.row(GEMMA)).to_contain_text("Free")
    expect(picker.row("openrouter/auto")).to_contain_text("OpenRouter chooses")
    expect(picker.row(CHOSEN)).to_have_attribute("aria-selected", "true")
    assert picker.active == CHOSEN


def test_a_press_chooses_and_the_field_has_the_focus_again(chat):
    chat.message.fill("One two three")
    picker = Picker(chat)
    picker.row(SONNET).click()

    expect(picker.dialog).to_have_count(0)
    expect(picker.field).to_have_value(SONNET)
    expect(picker.field).to_be_focused()
    expect(chat.page.locator("#chat-model")).to_have_text("Claude Sonnet 5")
    chat.send.click()
    chat.answer.wait_for_state("complete")
    assert chat.requests_at_openrouter[-1].body["model"] == SONNET


@pytest.mark.parametrize("key", ["Enter", " ", "ArrowDown"])
def test_keys_open_the_picker_and_escape_changes_nothing(chat, key):
    picker = Picker(chat, is_opened=False)
    picker.field.focus()
    picker.field.press(key)
    expect(picker.search).to_be_focused()
    chat.page.keyboard.type("sonnet")
    chat.page.keyboard.press("Escape")

    expect(picker.dialog).to_have_count(0)
    expect(picker.field).to_be_focused()
    expect(picker.field).to_have_value(CHOSEN)


def test_the_field_has_the_focus_again_after_choosing_by_shortcut(chat):
    picker = Picker(chat, is_opened=False)
    chat.message.fill("One two")
    chat.page.keyboard.press("Control+Shift+M")
    expect(picker.search).to_be_focused()
    chat.page.keyboard.type("haiku")
    chat.page.keyboard.press("Enter")

    expect(picker.field).to_have_value("anthropic/claude-haiku-4.5")
    expect(chat.message).to_be_focused()


def test_the_keyboard_reaches_every_row(picker):
    keys, models = picker.chat.page.keyboard, picker.models
    for key, active in [
        ("Home", models[0]),
        ("ArrowUp", models[0]),
        ("ArrowDown", models[1]),
        ("End", models[-1]),
        ("ArrowUp", models[-2]),
        ("PageUp", None),
        ("PageUp", models[0]),
        ("PageDown", None),
        ("PageDown", models[-1]),
    ]:
        keys.press(key)
        assert active in (None, picker.active), key
        expect(picker.row(picker.active)).to_be_in_viewport()
    keys.press("Enter")

    expect(picker.field).to_have_value(models[-1])


@pytest.mark.parametrize("words", ["gpt54mini", "GPT 5.4 mini", "mini gpt-5", "openai/gpt-5.4-mini", "5.4 openai"])
def test_the_search_forgives_misspellings(picker, words):
    picker.search.fill(words)

    picker.finds(MINI)
    assert picker.active == MINI


def test_the_best_match_comes_first(picker):
    picker.search.fill("gemini 3.7 flash")
    until(picker.chat, lambda: picker.models[:1] == [FLASH])
    picker.search.fill("gem")  # as the beginning of a word
    until(picker.chat, lambda: {FLASH, GEMMA} <= {*picker.models})
    assert SONNET not in picker.models


def test_filters_combine_with_each_other_and_with_words(picker):
    everything = picker.models
    picker.filter("Free").click()
    expect(picker.filter("Free")).to_have_attribute("aria-pressed", "true")
    until(picker.chat, lambda: 0 < len(picker.models) < len(everything))
    assert FLASH not in picker.models
    picker.filter("Accepts images").click()
    picker.search.fill("gemma")
    picker.finds(GEMMA)
    picker.filter("Free").click()
    picker.filter("Accepts images").click()
    picker.search.fill("")

    until(picker.chat, lambda: picker.models == everything)


def test_without_results_the_picker_says_so_and_offers_to_clear(picker):
    everything = picker.models
    picker.filter("Free").click()
    picker.search.fill("no such model")

    expect(picker.dialog).to_contain_text("No models match your search and filters.")
    expect(picker.dialog.get_by_role("status")).to_have_text("Models found: 0")
    picker.chat.page.keyboard.press("Enter")  # there is nothing to choose
    picker.dialog.get_by_role("button", name="Clear search and filters").click()
    expect(picker.search).to_have_value("")
    until(picker.chat, lambda: picker.models == everything)


def test_stars_come_first_and_survive_a_reload(picker):
    page = picker.chat.page
    picker.row(MINI).hover()
    with page.expect_response("**/models/stars/"):
        picker.row(MINI).locator(".star").click(position={"x": 3, "y": 3})
    picker.search.fill("sonnet")
    with page.expect_response("**/models/stars/"):
        page.keyboard.press("Control+d")
    star = picker.dialog.get_by_role("button", name="Star Claude Sonnet 5")
    expect(star).to_have_attribute("aria-pressed", "true")
    page.reload()
    picker.opens()
    expect(picker.group("Starred").get_by_role("option")).to_have_count(2)
    listed = [id_ for id_ in picker.models if id_ not in ("@default", "openrouter/auto")]
    assert listed[:2] == [SONNET, MINI]

    picker.search.fill("sonnet")
    with page.expect_response("**/models/stars/"):
        star.click()
    expect(star).to_have_attribute("aria-pressed", "false")
    page.reload()
    picker.opens()
    expect(picker.group("Starred").get_by_role("option")).to_have_count(1)


def test_a_star_that_cannot_be_saved_is_removed_again(picker):
    picker.chat.page_errors.expects("ERR_FAILED|Failed to load")
    picker.chat.page.route("**/models/stars/", lambda route: route.abort())
    picker.search.fill("sonnet")
    star = picker.dialog.get_by_role("button", name="Star Claude Sonnet 5")
    star.click()

    expect(picker.dialog.get_by_role("status")).to_contain_text("couldn't be saved")
    expect(star).to_have_attribute("aria-pressed", "false")


def test_recently_used_models_come_after_starred_ones(picker):
    picker.row(SONNET).click()
    picker.chat.asks("[[say Hello]]").wait_for_state("complete")
    picker.chat.page.reload()
    picker.opens()

    expect(picker.group("Recently used").locator(f"[data-model='{SONNET}']")).to_be_visible()
    expect(picker.row(SONNET)).to_have_count(1)


def test_each_row_links_to_the_page_of_its_model(picker):
    picker.search.fill("gemma")
    link = picker.dialog.get_by_role("link", name="Details of Gemma")
    expect(link).to_have_attribute("href", "/models/google/gemma-4-31b-it:free/")
    expect(picker.dialog.get_by_role("link", name="All models")).to_have_attribute("href", "/models/")
    picker.chat.page.route("**/models/**", lambda route: route.fulfill(body="A page of its own"))
    picker.row(GEMMA).locator(".about").click()

    expect(picker.chat.page).to_have_url(re.compile("/models/google/gemma-4-31b-it:free/$"))


def test_an_answer_can_be_regenerated_with_a_model_chosen_in_the_picker(chat):
    chat.asks("[[say Hello]]").wait_for_state("complete")
    chat.answer.article.hover()
    chat.answer.article.get_by_role("link", name="More").click()
    again = chat.page.get_by_label("Regenerate with…")
    again.click()
    picker = Picker(chat, is_opened=False)
    picker.row(SONNET).click()

    expect(again).to_be_visible()
    expect(again).to_have_value(SONNET)
    expect(again).to_be_focused()
    chat.page.get_by_role("button", name="Regenerate", exact=True).last.click()
    until(chat, lambda: len(chat.requests_at_openrouter) == 2)
    assert chat.requests_at_openrouter[-1].body["model"] == SONNET


@pytest.mark.parametrize("words", ["", "no such model"])
def test_the_picker_is_accessible(picker, words):
    picker.search.fill(words)

    assert complaints_about(picker.chat) == []


def test_without_its_module_the_native_list_opens(chat):
    chat.page_errors.expects("model-picker|Failed to fetch|ERR_FAILED")
    chat.page.evaluate(
        "HTMLSelectElement.prototype.showPicker = function () { document.body.dataset.shown = this.id; }"
    )
    chat.page.route("**/model-picker*.js", lambda route: route.abort())
    chat.model.click()

    expect(chat.page.locator("body")).to_have_attribute("data-shown", "model")


class TestOnAPhone:
    @pytest.fixture
    def chat(self, arrives) -> Chat:
        return arrives(has_touch=True, is_mobile=True, viewport=PHONE)

    def test_the_picker_fills_the_screen_and_opens_no_keyboard(self, chat):
        picker = Picker(chat, is_opened=False)
        chat.model.tap()
        expect(picker.dialog).to_be_visible()

        until(chat, lambda: picker.dialog.bounding_box() == {"x": 0, "y": 0, **PHONE})
        expect(picker.search).not_to_be_focused()
        picker.row(SONNET).tap()
        expect(picker.dialog).to_have_count(0)
        expect(picker.field).to_have_value(SONNET)
        expect(picker.field).not_to_be_focused()  # some would open their own list

    def test_rows_are_high_enough_for_a_finger(self, chat):
        picker = Picker(chat, is_opened=False)
        chat.model.tap()
        expect(picker.dialog).to_be_visible()

        for part in ("", " > .star", " > .about"):
            box = picker.list.locator(f"[data-model='{FLASH}']{part}").bounding_box()
            assert box
            assert round(min(box["width"], box["height"]), 2) >= 44, part  # browsers lay out in parts of pixels
