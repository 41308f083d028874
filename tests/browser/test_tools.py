"""Tool calls that wait for the person: what is said, and where the focus stays."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import Chat
from tests.browser.test_settings import opens_group, opens_settings
from tests.mcp.servers import Kitchen
from tests.mcp_server import Running


@pytest.fixture
def kitchen() -> Iterator[tuple[Kitchen, str]]:
    """A server with tools, and its address."""
    kitchen = Kitchen()
    with Running(kitchen.app) as running:
        yield kitchen, running.url


@pytest.fixture
def tools(chat: Chat, kitchen: tuple[Kitchen, str]) -> dict[str, str]:
    """What the server's tools are called in requests. A new chat may use them, once each call is allowed."""
    form = {"csrfmiddlewaretoken": chat.csrf_token, "name": "Kitchen", "url": kitchen[1]}
    assert chat.browser.request.post("/account/tools/", form={**form}).ok
    chat.visits("/")
    dialog = opens_settings(chat)
    opens_group(dialog, "Tools")
    boxes = {title: dialog.get_by_label(title) for title in ("Say it again", "hang")}
    for box in boxes.values():
        box.check()
    names = {title: str(box.get_attribute("value")) for title, box in boxes.items()}
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog).to_be_hidden()
    return names


def call(*names: str) -> str:
    return f"[[call {','.join(names)}\narguments={json.dumps({'text': 'Soup'})}\n]]"


def test_a_call_that_waits_says_so_and_keeps_the_focus(chat, tools, kitchen):
    chat.asks(call(*tools.values()))
    boxes = chat.page.locator(".consent")
    expect(boxes).to_have_count(2)
    expect(chat.page.locator("#status")).to_contain_text("Allow “")

    waiting = boxes.filter(has_text="hang").get_by_role("button", name="Don't allow")
    waiting.focus()
    elsewhere = boxes.filter(has_text="Say it again").get_by_role("button", name="Allow once")
    decision = {"csrfmiddlewaretoken": chat.csrf_token, "decision": "once"}
    assert chat.browser.request.post(str(elsewhere.get_attribute("formaction")), form=decision).ok
    expect(boxes).to_have_count(1)
    expect(waiting).to_be_focused()

    waiting.press("Enter")
    chat.answer.wait_for_state("complete")
    assert kitchen[0].calls == ["Soup"]


def test_without_scripts_a_page_that_asks_does_not_reload_itself(chat, tools):
    chat.asks(call(tools["hang"]))
    expect(chat.page.locator(".consent")).to_have_count(1)
    page = chat.browser.request.get(chat.page.url).text()

    assert 'class="consent"' in page
    assert 'http-equiv="refresh"' not in page
    chat.stop.click()
    chat.answer.wait_for_end()
