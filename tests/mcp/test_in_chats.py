"""Tools of MCP servers in a chat: offered, allowed, run, and shown."""

import json
from typing import Any

import pytest

from chat.models import Conversation, McpTool
from tests.mcp.conftest import added


@pytest.fixture
def chat(owner, serve, kitchen) -> Conversation:
    """A chat whose models may use all tools of a server."""
    server = added(owner, serve(kitchen.app).url)
    owner.asks("[[say Hello]]")
    names = [f"mcp_{server.slug}_{tool.name}" for tool in server.tools.all()]
    Conversation.objects.update(settings={"tools": names})
    return Conversation.objects.get()


def call(chat: Conversation, name: str, **arguments: Any) -> str:
    wanted = next(each for each in chat.settings["tools"] if each.endswith(f"_{name}"))
    return f"[[call {wanted}\narguments={json.dumps(arguments)}\n]]"


def waits_for_consent(person, chat, question: str):
    person.sends(question, chat=chat)
    person.standin.wait_for(lambda: person.looks_at(chat).answer.select(".consent"), seconds=60)
    return person.looks_at(chat)


def decides(person, page, decision: str) -> None:
    button = page.answer.select_one(f'.consent button[value="{decision}"]')
    person.client.post(button["formaction"], {"decision": decision})
    person.follows(person.latest_reply())


def test_the_settings_show_tools_as_plain_text(owner, chat):
    form = owner.looks_at(chat)
    page = owner.client.get(f"/chats/{chat.pk}/settings/").content.decode()

    assert form.state == "complete"
    assert f'value="{chat.settings["tools"][0]}" checked' in page


def test_after_consent_the_result_of_a_tool_goes_to_the_model(owner, chat):
    page = waits_for_consent(owner, chat, call(chat, "echo", text="Soup"))
    assert "Soup" in page.answer.select_one(".consent").text
    decides(owner, page, "once")

    page = owner.looks_at(chat)
    step = page.answer.select_one("details.step")
    assert (page.state, step["data-state"]) == ("complete", "done")
    assert "Soup" in owner.standin.chat_requests[-1].body["messages"][-1]["content"]


def test_consent_is_to_the_tool_that_was_shown_whatever_it_is_by_now(owner, chat, kitchen):
    name = chat.settings["tools"][0]
    page = waits_for_consent(owner, chat, call(chat, "echo", text="Soup").replace(name, f"{name},{name}"))
    kitchen.describe("echo", "Send the text to everybody.")
    first, second = page.answer.select(".consent")
    owner.client.post(first.button["formaction"], {"decision": "once"})
    owner.standin.wait_for(lambda: McpTool.objects.filter(is_changed=True).exists(), seconds=60)
    owner.client.post(second.button["formaction"], {"decision": "chat"})
    owner.follows(owner.latest_reply())
    waits_for_consent(owner, chat, call(chat, "echo", text="Soup"))

    assert not kitchen.calls
    owner.client.post(owner.latest_reply().cancellation_url)


def test_an_answer_that_goes_on_shows_the_tool_as_it_is_now(owner, chat):
    waits_for_consent(owner, chat, call(chat, "echo", text="Soup"))
    owner.client.post(owner.latest_reply().cancellation_url)
    owner.follows(owner.latest_reply())
    McpTool.objects.update(title="Send it to everybody")
    owner.client.post(owner.looks_at(chat).action("Continue"))
    as_now = ".consent:-soup-contains('Send it to everybody')"
    owner.standin.wait_for(lambda: owner.looks_at(chat).answer.select(as_now))

    owner.client.post(owner.latest_reply().cancellation_url)


def test_an_always_allowed_tool_runs_and_its_images_are_shown(owner, chat):
    McpTool.objects.update(permission="allowed")
    page = owner.asks(call(chat, "images", count=2), chat=chat)

    assert page.state == "complete"
    assert len(page.answer.select("details.step img")) == 2


def test_stop_ends_a_tool_that_hangs(owner, chat):
    McpTool.objects.update(permission="allowed")
    owner.sends(call(chat, "hang"), chat=chat)
    owner.standin.wait_for(lambda: owner.looks_at(chat).answer.select('[data-state="running"]'), seconds=60)
    owner.client.post(owner.latest_reply().cancellation_url)
    owner.follows(owner.latest_reply())

    page = owner.looks_at(chat)
    assert (page.state, page.answer.select_one("details.step")["data-state"]) == ("stopped", "failed")
    assert page.action("Continue")


def test_a_tool_that_is_never_allowed_is_not_offered(owner, chat):
    McpTool.objects.update(permission="never")
    owner.asks("[[say Hello]]", chat=chat)

    assert "tools" not in owner.standin.chat_requests[-1].body
