"""Around a conversation: menus, the sidebar, tooltips, facts of an answer, the model's name, preferences."""

import contextlib
import re

import pytest
from playwright.sync_api import Error, expect

from tests.browser.conftest import PHONE
from tests.browser.wait import settled, until

NEAR_PX = 12


@pytest.fixture
def answered_chat(chat):
    chat.asks("[[say Hello]]").wait_for_state("complete")
    chat.page.wait_for_url("**/chats/*/")
    return chat


def edges(locator):
    box = locator.bounding_box()
    assert box
    return {
        "left": box["x"],
        "right": box["x"] + box["width"],
        "top": box["y"],
        "bottom": box["y"] + box["height"],
    }


def is_beside_button(menu, button):
    """Just below or above it, at one of its sides, and all of it in the window."""
    m, b, window = edges(menu), edges(button), menu.page.viewport_size
    is_beside = 0 <= m["top"] - b["bottom"] < NEAR_PX or 0 <= b["top"] - m["bottom"] < NEAR_PX
    is_level = abs(m["left"] - b["left"]) < NEAR_PX or abs(m["right"] - b["right"]) < NEAR_PX
    is_inside = m["left"] >= 0 and m["top"] >= 0 and m["right"] <= window["width"] and m["bottom"] <= window["height"]
    return is_beside and is_level and is_inside


WITHOUT_ANCHORS = """
const supports = CSS.supports.bind(CSS);
CSS.supports = (...args) => !String(args).includes("position-area") && supports(...args);
document.addEventListener("DOMContentLoaded", () => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("[popover] { position-area: none !important; }");
  document.adoptedStyleSheets = [sheet];
});
"""


class TestMenus:
    @pytest.mark.parametrize("browser_kind", ["with anchors", "without"])
    @pytest.mark.parametrize("direction", ["ltr", "rtl"])
    def test_menus_open_at_their_buttons(self, answered_chat, browser_kind, direction):
        page = answered_chat.page
        if browser_kind == "without":
            page.add_init_script(WITHOUT_ANCHORS)
            page.reload()
        page.evaluate("direction => (document.documentElement.dir = direction)", direction)
        head = page.locator("[popovertarget='chat-tools']")
        head.click()
        expect(page.locator("#chat-tools")).to_be_visible()
        until(answered_chat, lambda: is_beside_button(page.locator("#chat-tools"), head))
        page.keyboard.press("Escape")

        row = page.locator("#chats .chat").first
        row.hover()
        row.locator(".more").click()
        expect(page.locator("#chat-menu")).to_be_visible()
        until(answered_chat, lambda: is_beside_button(page.locator("#chat-menu"), row.locator(".more")))

    def test_menus_open_upwards_at_the_edge_of_the_window(self, answered_chat):
        page = answered_chat.page
        answered_chat.asks("[[markdown kb=2]]").wait_for_state("complete")
        more = answered_chat.answer.article.get_by_role("link", name="More")
        more.scroll_into_view_if_needed()
        more.click()
        expect(page.locator("#message-menu")).to_be_visible()

        until(answered_chat, lambda: is_beside_button(page.locator("#message-menu"), more))
        assert edges(page.locator("#message-menu"))["bottom"] <= edges(more)["top"]

    def test_on_a_slow_network_a_menu_is_that_of_the_last_press(self, answered_chat):
        page = answered_chat.page
        answered_chat.asks("[[say Again]]").wait_for_state("complete")
        held = []
        page.route("**/messages/*/", lambda route: held.append(route))
        buttons = answered_chat.answers.get_by_role("link", name="More")
        buttons.first.click()
        until(answered_chat, lambda: len(held) == 1)
        buttons.last.click()
        until(answered_chat, lambda: len(held) == 2)
        for route in held:
            with contextlib.suppress(Error):  # the first is no longer waited for
                route.continue_()

        expect(page.locator("#message-menu")).to_be_visible()
        wanted = str(buttons.last.get_attribute("href"))
        expect(page.locator(f"#message-menu [href^='{wanted}']").first).to_be_visible()
        until(answered_chat, lambda: is_beside_button(page.locator("#message-menu"), buttons.last))

    def test_from_right_to_left_the_dots_of_a_chat_are_at_the_end_of_its_row(self, answered_chat):
        page = answered_chat.page
        page.evaluate("document.documentElement.dir = 'rtl'")
        row = page.locator("#chats .chat").first
        row.hover()

        assert edges(row.locator(".more"))["left"] == edges(row)["left"]

    def test_both_menus_offer_the_same(self, answered_chat):
        page = answered_chat.page
        page.locator("#chats .chat").first.hover()
        page.locator("#chats .more").first.click()
        expect(page.locator("#chat-menu")).to_be_visible()
        rows = [row.strip() for row in page.locator("#chat-menu .row:visible").all_inner_texts()]
        page.locator("#chat-menu summary").click()
        with page.expect_download() as download:
            page.locator("#chat-menu").get_by_role("link", name="Markdown").click()
        page.keyboard.press("Escape")
        page.locator("[popovertarget='chat-tools']").click()
        expect(page.locator("#chat-tools")).to_be_visible()

        assert rows == ["Rename", "Pin", "Export chat", "Delete"]
        assert download.value.suggested_filename.endswith(".md")
        assert page.locator("#chat-tools :is(.row, .apart button):visible").all_inner_texts() == rows


class TestSidebar:
    def test_a_closed_sidebar_stays_closed_after_a_reload(self, answered_chat):
        page, button = answered_chat.page, answered_chat.page.locator(".sidebar-button")
        with page.expect_response("**/appearance/"):
            button.click()
        expect(page.get_by_role("navigation", name="Chats")).to_be_hidden()
        expect(button).to_have_attribute("aria-expanded", "false")
        expect(page.get_by_role("link", name="New chat")).to_be_visible()
        page.reload()
        expect(page.get_by_role("navigation", name="Chats")).to_be_hidden()
        with page.expect_response("**/appearance/"):
            button.press("Enter")
        expect(page.get_by_role("navigation", name="Chats")).to_be_visible()
        expect(button).to_have_attribute("aria-expanded", "true")
        page.reload()
        expect(page.get_by_role("navigation", name="Chats")).to_be_visible()

    def test_the_keyboard_closes_the_sidebar_and_the_focus_is_not_lost(self, answered_chat):
        page = answered_chat.page
        page.get_by_role("link", name="Search").focus()
        page.keyboard.press("Control+b")
        expect(page.get_by_role("navigation", name="Chats")).to_be_hidden()
        expect(page.locator(".sidebar-button")).to_be_focused()
        page.keyboard.press("Control+b")
        expect(page.get_by_role("navigation", name="Chats")).to_be_visible()

    def test_on_a_phone_the_keyboard_opens_the_drawer(self, arrives):
        chat = arrives(viewport=PHONE)
        expect(chat.page.locator(".sidebar-button")).to_be_hidden()
        chat.page.keyboard.press("Control+b")
        expect(chat.page.get_by_role("navigation", name="Chats")).to_be_visible()

    def test_the_sidebar_works_without_scripts(self, opens, person):
        chat = opens(java_script_enabled=False)
        chat.is_signed_in(person)
        chat.visits("/?temporary=1")
        chat.page.locator(".sidebar-button").click()

        expect(chat.page.get_by_role("navigation", name="Chats")).to_be_hidden()
        assert chat.page.url.endswith("/?temporary=1")


class TestNamesOfButtons:
    def test_pointer_and_keyboard_show_tooltips(self, answered_chat):
        page, tip = answered_chat.page, answered_chat.page.locator("#tip")
        answered_chat.answer.article.hover()
        answered_chat.answer.article.get_by_role("link", name="Copy answer").hover()
        expect(tip).to_have_text("Copy answer")
        expect(tip).to_be_visible()
        page.mouse.move(5, 300)
        expect(tip).to_be_hidden()

        answered_chat.answer.article.get_by_role("link", name="Copy answer").focus()
        page.keyboard.press("Tab")
        expect(tip).to_be_visible()
        expect(tip).to_have_text(page.evaluate("document.activeElement.ariaLabel"))
        page.keyboard.press("Escape")
        expect(tip).to_be_hidden()

    def test_a_resting_pointer_shows_no_tooltip(self, answered_chat):
        answered_chat.writes("[[tokens n=2000 rate=50]]")
        answered_chat.page.mouse.move(5, 5)
        answered_chat.send.hover()
        expect(answered_chat.page.locator("#tip")).to_be_visible()
        answered_chat.send.click()
        expect(answered_chat.stop).to_be_visible()
        answered_chat.answer.wait_for_text("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20")
        answered_chat.page.wait_for_function("performance.now() > 1000")
        expect(answered_chat.page.locator("#tip")).to_be_hidden()
        answered_chat.stop.press("Enter")
        answered_chat.answer.wait_for_state("stopped")

    def test_touch_shows_no_tooltip(self, arrives):
        chat = arrives(viewport=PHONE, has_touch=True, is_mobile=True)
        chat.page.get_by_role("button", name="Chats").tap()
        expect(chat.page.get_by_role("navigation", name="Chats")).to_be_visible()

        expect(chat.page.locator("#tip")).to_have_count(0)

    def test_no_button_is_without_a_name(self, answered_chat):
        nameless = "all => all.filter(one => !one.ariaLabel && !one.textContent.trim() && !one.ariaHidden).length"

        assert answered_chat.page.locator(".square, .more").evaluate_all(nameless) == 0


class TestFacts:
    @pytest.mark.parametrize("viewport", [{"width": 1280, "height": 800}, PHONE])
    def test_opening_the_facts_moves_no_button(self, arrives, viewport):
        chat = arrives(viewport=viewport)
        chat.asks("[[say Hello]]").wait_for_state("complete")
        article = chat.answer.article
        summary = article.locator(".facts > summary")
        tools = article.locator(".message-tools > .square, .facts > summary")
        expect(summary.locator("svg")).to_be_visible()
        places = "all => all.map(one => JSON.stringify(one.getBoundingClientRect()))"
        before = settled(chat, lambda: tools.evaluate_all(places))
        summary.click()
        expect(article.locator(".facts > p")).to_be_visible()

        assert len(before) == 4
        assert tools.evaluate_all(places) == before
        assert edges(article.locator(".facts > p"))["right"] <= viewport["width"]

    def test_the_time_is_shown_on_hover_and_focus(self, answered_chat):
        answered_chat.asks("[[say More]]").wait_for_state("complete")
        answered_chat.page.mouse.move(5, 5)
        for article in (answered_chat.questions.first, answered_chat.answers.first, answered_chat.answers.last):
            time = article.locator(".message-tools > time")
            expect(time).to_have_css("opacity", "0")
            article.hover()
            expect(time).to_have_css("opacity", "1")
            expect(time).to_have_attribute("title", re.compile(r"20\d\d"))
        answered_chat.page.mouse.move(5, 5)
        answered_chat.answers.first.locator("summary").last.focus()
        expect(answered_chat.answers.first.locator(".message-tools > time")).to_have_css("opacity", "1")

    def test_on_touch_the_time_is_among_the_facts(self, arrives):
        chat = arrives(viewport=PHONE, has_touch=True, is_mobile=True)
        chat.asks("[[say Hello]]").wait_for_state("complete")
        expect(chat.questions.first.locator("time")).to_be_visible()
        expect(chat.answer.article.locator(".message-tools > time")).to_be_hidden()
        chat.answer.article.locator(".facts > summary").tap()

        expect(chat.answer.article.locator(".facts time")).to_be_visible()


class TestModel:
    def test_the_model_has_one_name_everywhere(self, answered_chat):
        answered_chat.chooses_model("Claude Haiku 4.5")
        answered_chat.asks("[[say Hello]]").wait_for_state("complete")
        name = "Claude Haiku 4.5"

        for place in ("#chat-model", ".chosen"):
            expect(answered_chat.page.locator(place)).to_have_text(name)
        expect(answered_chat.answer.article.locator(".facts summary > span").first).to_have_text(name)
        expect(answered_chat.answer.article.locator("h2").first).to_have_text(re.compile(rf"^{re.escape(name)}, "))
        answered_chat.page.reload()
        for place in ("#chat-model", ".chosen"):
            expect(answered_chat.page.locator(place)).to_have_text(name)

    def test_the_name_in_the_heading_opens_the_picker(self, answered_chat):
        page = answered_chat.page
        name = page.locator("[data-choose-model]")
        name.press("Enter")
        dialog = page.get_by_role("dialog", name="Model", exact=True)
        expect(dialog).to_be_visible()
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        expect(name).to_be_focused()
        assert "#" not in page.url

    def test_without_any_list_the_field_gets_the_focus(self, answered_chat):
        answered_chat.page_errors.expects("ERR_FAILED|Failed to fetch")
        answered_chat.page.route("**/model-picker*.js", lambda route: route.abort())
        answered_chat.page.evaluate("HTMLSelectElement.prototype.showPicker = undefined")
        answered_chat.page.locator("[data-choose-model]").click()

        expect(answered_chat.model).to_be_focused()


class TestWaiting:
    def test_a_mark_moves_calmly_while_a_model_thinks(self, chat):
        chat.asks("[[silence]]")
        moving = "getComputedStyle(document.querySelector('#log .waiting > p'), '::before').animationName"
        assert chat.page.evaluate(moving) == "breathe"

    def test_nothing_moves_with_reduced_motion(self, arrives):
        chat = arrives(reduced_motion="reduce")
        chat.asks("[[silence]]")
        moving = "getComputedStyle(document.querySelector('#log .waiting > p'), '::before').animationName"
        assert chat.page.evaluate(moving) == "none"

    def test_thoughts_take_the_space_that_they_need(self, chat):
        chat.asks("[[reasoning n=1]] [[rate n=2]] [[say Hi]]")
        window = chat.answer.article.locator(".window")
        expect(window).to_be_visible()
        height, content = window.evaluate("one => [one.offsetHeight, one.firstElementChild.offsetHeight]")

        assert 0 < height <= content + 2


class TestPreferences:
    def test_a_choice_is_saved_at_once_and_confirmed(self, answered_chat):
        tab = answered_chat.in_another_tab("/account/")
        page = tab.page
        expect(page.get_by_role("button", name="Save", exact=True)).to_be_hidden()
        page.get_by_role("checkbox", name="Keyboard shortcuts").uncheck()
        expect(page.locator("#preferences [role=status]")).to_have_text("Saved")
        page.get_by_role("button", name="Dark").click()
        expect(page.locator("section:has(chat-theme) [role=status]")).to_have_text("Saved")

        answered_chat.page.reload()
        expect(answered_chat.page.locator("[data-no-shortcuts]")).to_be_visible()
        expect(answered_chat.page.locator("html")).to_have_attribute("data-theme", "dark")

    def test_the_last_choice_is_saved(self, answered_chat):
        page = answered_chat.in_another_tab("/account/").page
        box = page.get_by_role("checkbox", name="Keyboard shortcuts")
        for _ in range(5):
            box.click()
        expect(page.locator("#preferences [role=status]")).to_have_text("Saved")
        page.wait_for_load_state("networkidle")
        page.reload()

        expect(box).not_to_be_checked()

    def test_a_choice_that_cannot_be_saved_is_reported(self, answered_chat):
        page = answered_chat.in_another_tab("/account/").page
        answered_chat.page_errors.expects("503")
        page.route("**/preferences/", lambda route: route.fulfill(status=503))
        page.get_by_role("checkbox", name="Keyboard shortcuts").uncheck()

        expect(page.locator("#preferences [role=status]")).to_contain_text("couldn't be saved")
        expect(page.get_by_role("button", name="Save", exact=True)).to_be_visible()

    def test_without_scripts_a_button_saves_preferences(self, opens, person):
        chat = opens(java_script_enabled=False)
        chat.is_signed_in(person)
        chat.visits("/account/")
        chat.page.get_by_role("checkbox", name="Keyboard shortcuts").uncheck()
        chat.page.locator("#preferences").get_by_role("button", name="Save", exact=True).click()

        expect(chat.page.get_by_role("checkbox", name="Keyboard shortcuts")).not_to_be_checked()
