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
def cook(chat: Chat, kitchen: tuple[Kitchen, str]) -> Chat:
    """A new chat whose models may use the server's tools, once each call is allowed."""
    server = {"csrfmiddlewaretoken": chat.csrf_token, "name": "Kitchen", "url": kitchen[1], "auth": "none"}
    assert chat.browser.request.post("/account/tools/", form=server).ok
    chat.visits("/")
    dialog = opens_settings(chat)
    opens_group(dialog, "Tools")
    for title in ("Say it again", "hang"):
        dialog.get_by_label(title).check()
    chat.tools = [str(tool.get_attribute("value")) for tool in dialog.locator("[name=tools]:checked").all()]
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog).to_be_hidden()
    return chat


def call(*tools: str) -> str:
    return f"[[call {','.join(tools)}\narguments={json.dumps({'text': 'Soup'})}\n]]"


def test_a_call_that_waits_says_so_and_keeps_the_focus(cook, kitchen):
    echo, hang = sorted(cook.tools, key=lambda name: name.endswith("hang"))
    cook.asks(call(echo, hang))
    boxes = cook.page.locator(".consent")
    expect(boxes).to_have_count(2)
    expect(cook.page.locator("#status")).to_contain_text("Allow “")

    waiting = boxes.filter(has_text="hang").get_by_role("button", name="Don't allow")
    waiting.focus()
    elsewhere = boxes.filter(has_text="Say it again").get_by_role("button", name="Allow once")
    decision = {"csrfmiddlewaretoken": cook.csrf_token, "decision": "once"}
    assert cook.browser.request.post(str(elsewhere.get_attribute("formaction")), form=decision).ok
    expect(boxes).to_have_count(1)
    expect(waiting).to_be_focused()

    waiting.press("Enter")
    cook.answer.wait_for_state("complete")
    assert kitchen[0].calls == ["Soup"]


def test_without_scripts_a_page_that_asks_does_not_reload_itself(cook, arrives):
    cook.asks(call(cook.tools[0]))
    expect(cook.page.locator(".consent")).to_have_count(1)
    page = cook.browser.request.get(cook.page.url).text()

    assert 'class="consent"' in page
    assert 'http-equiv="refresh"' not in page
    cook.stop.click()
    cook.answer.wait_for_end()
