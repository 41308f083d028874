"""The menu that "/" opens in an empty message: presets and prompts, by keyboard and by touch."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.browser.wait import settled, until

LETTER = "Dear {{name}},\n\n{{ text }}\n\n{{name}} {{not a name!}}"


def has_prompt(chat, name, text):
    form = {"csrfmiddlewaretoken": chat.csrf_token, "name": name, "text": text}
    assert chat.browser.request.post("/prompts/", form=form).ok


def has_preset(chat, name, **settings):
    form = {"csrfmiddlewaretoken": chat.csrf_token, "then": "preset", "preset_name": name, **settings}
    assert chat.browser.request.post("/settings/", form=form).ok


def has_some(chat):
    has_preset(chat, "Tutor", system="Ask, do not tell.")
    has_prompt(chat, "Sum up", "Sum this up:\n")
    has_prompt(chat, "Letter", LETTER)
    return chat


@pytest.fixture
def writer(chat):
    return has_some(chat)


def menu(chat):
    return chat.page.locator(".slash-menu")


def options(chat):
    return menu(chat).get_by_role("option")


def opens_menu(chat):
    chat.message.press("/")
    expect(menu(chat)).to_be_visible()


def active(chat):
    return menu(chat).locator("[aria-selected=true] > .name")


def test_a_prompt_is_chosen_with_the_keyboard_and_nothing_is_sent(writer):
    opens_menu(writer)
    expect(options(writer).locator(".name")).to_have_text(["Tutor", "Letter", "Sum up"])
    expect(active(writer)).to_have_text("Tutor")
    expect(menu(writer).get_by_role("status")).to_have_text("Presets and prompts found: 3")
    writer.message.press("ArrowUp")
    expect(active(writer)).to_have_text("Sum up")
    expect(writer.message).to_have_attribute(
        "aria-activedescendant", str(active(writer).locator("..").get_attribute("id"))
    )
    writer.message.press("Enter")

    expect(writer.message).to_have_value("Sum this up:\n")
    expect(writer.message).to_be_focused()
    expect(menu(writer)).to_have_count(0)
    assert writer.message.get_attribute("aria-activedescendant") is None
    writer.page.keyboard.type("Bread")
    expect(writer.message).to_have_value("Sum this up:\nBread")
    assert not writer.requests_at_openrouter


def test_typing_filters_and_escape_leaves_the_text(writer):
    opens_menu(writer)
    writer.page.keyboard.type("let")
    expect(active(writer)).to_have_text("Letter")
    expect(options(writer).locator("visible=true")).to_have_count(1)
    writer.message.press("Escape")

    expect(menu(writer)).to_have_count(0)
    expect(writer.message).to_have_value("/let")
    writer.message.fill("")
    opens_menu(writer)
    writer.message.press("Backspace")
    expect(menu(writer)).to_have_count(0)


def test_a_message_that_begins_with_a_slash_is_sent_as_it_is(writer):
    opens_menu(writer)
    writer.page.keyboard.type("etc/hosts is what? [[say A file.]]")
    expect(menu(writer)).to_be_hidden()
    writer.message.press("Enter")
    writer.answer.wait_for_state("complete")

    assert writer.requests_at_openrouter[-1].body["messages"][-1]["content"].startswith("/etc/hosts is what?")
    writer.message.fill("1")
    writer.message.press("/")
    writer.page.keyboard.type("2")
    expect(menu(writer)).to_have_count(0)


def test_variables_are_asked_for_one_after_the_other(writer):
    opens_menu(writer)
    writer.page.keyboard.type("letter")
    writer.message.press("Enter")
    dialog = writer.page.get_by_role("dialog", name="Letter")
    expect(dialog.get_by_label("name")).to_be_focused()
    writer.page.keyboard.type("Ada $& {{text}}")
    writer.page.keyboard.press("Enter")
    expect(dialog.get_by_label("text")).to_be_focused()
    writer.page.keyboard.type("Thanks")
    writer.page.keyboard.press("Shift+Enter")
    writer.page.keyboard.type("a lot")
    writer.page.keyboard.press("Enter")

    expect(dialog).to_have_count(0)
    name = "Ada $& {{text}}"
    expect(writer.message).to_have_value(f"Dear {name},\n\nThanks\na lot\n\n{name} {{{{not a name!}}}}")
    expect(writer.message).to_be_focused()
    writer.page.keyboard.type("!")
    expect(writer.message).to_have_value(f"Dear {name},\n\nThanks\na lot\n\n{name} {{{{not a name!}}}}!")
    assert not writer.requests_at_openrouter


def test_escape_cancel_and_back_restore_the_slash(writer):
    address = writer.page.url
    for leave in (
        lambda dialog: writer.page.keyboard.press("Escape"),
        lambda dialog: dialog.get_by_role("button", name="Cancel").click(),
        lambda dialog: writer.page.go_back(),
    ):
        writer.message.fill("")
        opens_menu(writer)
        options(writer).filter(has_text="Letter").click()
        dialog = writer.page.get_by_role("dialog", name="Letter")
        expect(dialog.get_by_label("name")).to_be_focused()
        writer.page.wait_for_function("history.state?.layers === 1")  # or Back would be for the entry of the one before
        leave(dialog)

        expect(dialog).to_have_count(0)
        expect(writer.message).to_have_value("/")
        expect(writer.message).to_be_focused()
        assert writer.page.url == address


def test_a_prompt_that_comes_late_replaces_nothing(writer):
    held = []
    writer.page.route("**/prompts/*/*", lambda route: held.append(route))
    opens_menu(writer)
    writer.page.keyboard.type("sum")
    writer.message.press("Enter")
    writer.message.press("Enter")
    until(writer, lambda: len(held) == 1)
    expect(menu(writer)).to_be_visible()
    writer.page.keyboard.type(" of all parts")
    expect(menu(writer)).to_be_hidden()
    with writer.page.expect_event("requestfinished"):
        held[0].continue_()

    assert settled(writer, writer.message.input_value) == "/sum of all parts"
    assert not writer.requests_at_openrouter


def test_a_preset_opens_a_new_chat_with_its_model_and_the_draft(writer):
    has_preset(writer, "Small", model="openai/gpt-5.4-mini")
    writer.asks("[[say Hello]]").wait_for_state("complete")
    new = writer.in_another_tab("/")
    new.chooses_model("Claude Haiku")
    new.writes("What I began")
    new.visits("/")
    expect(new.message).to_have_value("What I began")
    new.page.close()
    opens_menu(writer)
    options(writer).filter(has_text="Small").click()

    expect(writer.page.locator("#chat-settings .summary")).to_have_text("Small")
    expect(writer.message).to_have_value("What I began")
    expect(writer.model).to_have_value("openai/gpt-5.4-mini")
    assert len(writer.requests_at_openrouter) == 1


def test_a_prompt_is_chosen_by_touch(arrives):
    chat = has_some(arrives(has_touch=True, is_mobile=True, viewport=PHONE))
    chat.message.tap()
    opens_menu(chat)
    options(chat).filter(has_text="Sum up").tap()

    expect(chat.message).to_have_value("Sum this up:\n")


def test_without_prompts_the_menu_links_to_where_they_are_made(chat):
    opens_menu(chat)
    expect(menu(chat)).to_contain_text("You have no presets or prompts yet.")
    chat.message.press("Shift+Tab")
    expect(menu(chat).get_by_role("link", name="Edit presets")).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(chat.message).to_be_focused()
    chat.message.fill("")
    opens_menu(chat)
    menu(chat).get_by_role("link", name="Edit prompts").click()
    expect(chat.page.get_by_role("heading", level=1)).to_have_text("Prompts")


def test_without_a_connection_a_slash_is_text(chat):
    chat.page_errors.expects("ERR_FAILED|Failed to fetch")
    chat.page.route("**/prompts/**", lambda route: route.abort())
    with chat.page.expect_event("requestfailed"):
        chat.message.press("/")
    chat.page.keyboard.type("x")

    expect(chat.message).to_have_value("/x")
    expect(chat.page.locator("#composer-error")).to_be_empty()


def test_without_scripts_prompts_have_a_page(arrives):
    chat = arrives(java_script_enabled=False)
    chat.visits("/prompts/")
    chat.page.get_by_label("Name").fill("Sum up")
    chat.page.get_by_label("Text").fill("Sum up {{what}}.")
    chat.page.get_by_role("button", name="Save").click()
    chat.page.get_by_role("link", name="Sum up", exact=True).click()
    chat.page.get_by_label("Name").fill("Shorten")
    chat.page.get_by_role("button", name="Save").click()
    expect(chat.page.get_by_role("listitem")).to_contain_text("Shorten")
    chat.page.get_by_role("button", name="Delete Shorten").click()
    expect(chat.page.get_by_role("listitem")).to_have_count(0)
