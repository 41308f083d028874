"""kill -9 while a tool waits for consent, and while one runs: steps survive, and nothing runs twice unasked."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from bs4 import BeautifulSoup

from tests.mcp.servers import Kitchen
from tests.mcp_server import Running
from tests.replies.screen import Screen
from tests.survival.browser_tab import Person, Tab

pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def kitchen() -> Kitchen:
    return Kitchen()


@pytest.fixture
def running(kitchen) -> Iterator[Running]:
    with Running(kitchen.app) as running:
        yield running


def has_tools(person: Person, running: Running, *, permission: str) -> str:
    """A chat whose models may use the tools of the kitchen; its path."""
    added = person.posts("/account/tools/", url=running.url, name="Kitchen")
    assert _is_done(added)
    server = re.findall(r'href="(/account/tools/[^"/]+/)"', person.looks_at("/account/tools/").text)[0]
    form = BeautifulSoup(person.looks_at(server).text, "html.parser").select("form.prompt-form")[0]
    fields: dict[str, Any] = {str(field["name"]): field.get("value", "") for field in form.select("input[name]")}
    fields |= {str(select["name"]): permission for select in form.select("select")}
    del fields["csrfmiddlewaretoken"]
    assert _is_done(person.posts(server, **fields))
    tab = person.begins("[[say Hello]]").reads_to_the_end()
    person.posts(f"{tab.chat}settings/", then="save", tools="mcp_kitchen_echo,mcp_kitchen_hang")
    return tab.chat


def _is_done(response: requests.Response) -> bool:
    return response.status_code < 400


def calls(name: str, **arguments: str) -> str:
    return f"[[call mcp_kitchen_{name}\narguments={json.dumps(arguments)}\n]]"


def state(tab: Tab) -> str:
    found = BeautifulSoup(tab.page(), "html.parser").select("details.step")
    return str(found[-1]["data-state"]) if found else ""


def goes_on(tab: Tab, person: Person) -> Tab:
    """Press Continue."""
    assert _is_done(person.posts(f"/replies/{tab.reply_id}/continuation/"))
    article = BeautifulSoup(person.looks_at(tab.chat).text, "html.parser").select('article[data-role="assistant"]')[-1]
    again = Tab(person, str(article["id"]).removeprefix("answer-"), tab.chat, Screen({}))
    again.looks_in()
    return again


def waits_for(openrouter, tab: Tab, wanted: str) -> None:
    openrouter.wait_for(lambda: state(tab) == wanted, seconds=60)


def test_a_tool_that_waited_for_consent_is_asked_about_again(opens, openrouter, kitchen, running):
    site, other = opens("one", MCP_ALLOWED_HOSTS=running.host), opens("two", MCP_ALLOWED_HOSTS=running.host)
    person = Person(site, openrouter)
    chat = has_tools(person, running, permission="ask")
    tab = person.begins(calls("echo", text="Soup"), chat=chat)
    tab.looks_in()
    tab.person = person.at(other)
    waits_for(openrouter, tab, "asked")  # in another process: what the database has
    site.kill(master=True)
    tab.reads_to_the_end()

    assert tab.end == "interrupted"
    again = goes_on(tab, person.at(other))
    waits_for(openrouter, again, "asked")
    person.at(other).posts(f"/replies/{again.reply_id}/steps/1/", decision="once")
    again.reads_to_the_end()
    assert (again.end, kitchen.calls) == ("complete", ["Soup"])
    assert "The tools returned: Soup" in BeautifulSoup(again.page(), "html.parser").get_text()


def test_a_tool_that_was_running_asks_before_it_runs_again(opens, openrouter, kitchen, running):
    site, other = opens("one", MCP_ALLOWED_HOSTS=running.host), opens("two", MCP_ALLOWED_HOSTS=running.host)
    person = Person(site, openrouter)
    chat = has_tools(person, running, permission="allowed")
    tab = person.begins(calls("hang"), chat=chat)
    tab.looks_in()
    openrouter.wait_for(kitchen.has_hung.is_set, seconds=60)
    site.kill(master=True)
    tab.person = person.at(other)
    tab.reads_to_the_end()

    assert (tab.end, state(tab)) == ("interrupted", "failed")
    again = goes_on(tab, person.at(other))
    waits_for(openrouter, again, "asked")
    assert "may have run already" in again.page()
    assert kitchen.calls == ["hang"]
    person.at(other).posts(f"/replies/{again.reply_id}/steps/1/", decision="no")
    again.reads_to_the_end()
    assert (again.end, kitchen.calls) == ("complete", ["hang"])
