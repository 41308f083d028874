"""The real thing, once per worker: the site in its own process, a stand-in of OpenRouter, a Chromium.

Each test gets a person of its own, signed in, in a browser profile that holds nothing of anybody else's.
"""

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ViewportSize, expect, sync_playwright

from tests.browser.chat_page import Chat
from tests.browser.chromium import MISSING, executable
from tests.browser.page_errors import PageErrors
from tests.browser.relay import CONNECTION_MESSAGES, Relay
from tests.browser.shared_profile import SharedProfile, SharedProfiles
from tests.site import Site, SlowSite
from tests.standin import StandIn
from tests.standin.pages import ABOUT
from tests.standin.people import PEOPLE, Person
from tests.translation_files import GERMAN, write_catalogue

HERE = Path(__file__).parent
PATIENCE_MS = 60_000  # of a machine that has other things to do as well
LOCAL_NETWORK = "potluck.lan"  # to Chromium a name like any other: http there is not secure
ARGUMENTS = [
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",  # a microphone that beeps
    "--use-fake-ui-for-media-stream",  # and somebody who allows it; without, a headless shell has none at all
    "--process-per-site",  # the tabs of a profile share what was compiled
    f"--host-resolver-rules=MAP {LOCAL_NETWORK} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]
DESKTOP = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=390, height=844)

_numbers = count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def openrouter() -> Iterator[StandIn]:
    with StandIn() as standin:
        yield standin


@pytest.fixture(scope="session")
def site(openrouter: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    write_catalogue(folder / "data" / "locale", "de", GERMAN)
    kind = SlowSite if os.environ.get("SLOW_SITE") else Site
    with kind(folder, openrouter_url=openrouter.url, MCP_ALLOWED_HOSTS="127.0.0.1") as site:
        yield site


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not (path := executable()):
        pytest.fail(MISSING)
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        # Playwright keeps an event loop on this thread, which Django takes for asynchronous code in later tests.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def standin(openrouter: StandIn) -> Iterator[StandIn]:
    """OpenRouter without earlier requests, but with everybody's keys."""
    keys = openrouter.people.keys
    openrouter.reset()
    openrouter.people.keys.update(keys)
    yield openrouter
    openrouter.reset()
    openrouter.people.keys.update(keys)


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of somebody with an account at OpenRouter who has never visited the site."""
    name = f"guest {next(_numbers)}"
    monkeypatch.setitem(PEOPLE, name, Person(name, f"user_2{name}"))
    monkeypatch.setitem(ABOUT, name, "was never here")
    return name


@pytest.fixture(scope="session")
def shared_profiles(browser: Browser) -> Iterator[SharedProfiles]:
    profiles = SharedProfiles(browser)
    yield profiles
    profiles.discard()


@pytest.fixture
def all_page_errors(site: Site, request: pytest.FixtureRequest) -> Iterator[list[PageErrors]]:
    """What notes the errors in each profile; after the test there must be none that was not expected."""
    all_page_errors: list[PageErrors] = []
    log_starts_at = site.log_length
    yield all_page_errors
    log = site.log(after=log_starts_at)
    request.node.add_report_section("teardown", "site", log)
    assert [line for page_errors in all_page_errors for line in page_errors.unexpected] == []
    assert "Traceback" not in log


@pytest.fixture
def opens(
    browser: Browser, site: Site, standin: StandIn, all_page_errors: list[PageErrors]
) -> Iterator[Callable[..., Chat]]:
    """Call it for a new browser profile."""
    contexts: list[BrowserContext] = []

    def open_profile(**options: Any) -> Chat:
        options = {"base_url": site.url, "viewport": DESKTOP, **options}
        context = browser.new_context(**options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        all_page_errors.append(PageErrors(context, site_url=options["base_url"], openrouter_url=standin.url))
        return Chat(context.new_page(), standin=standin, page_errors=all_page_errors[-1])

    yield open_profile
    for context in contexts:
        context.close()


@pytest.fixture
def arrives(
    shared_profiles: SharedProfiles,
    site: Site,
    standin: StandIn,
    person: str,
    all_page_errors: list[PageErrors],
    request: pytest.FixtureRequest,
) -> Iterator[Callable[..., Chat]]:
    """Call it for the signed-in person on the page of a new chat, once for each kind of device."""
    failures = request.session.testsfailed
    used: list[tuple[SharedProfile, PageErrors]] = []

    def arrive(**options: Any) -> Chat:
        profile = shared_profiles.find({"viewport": DESKTOP, "java_script_enabled": True, **options})
        assert profile not in [each for each, _ in used], "The tabs of the first call would be closed: see `opens`."
        page = profile.new_page(site_url=site.url)
        page.context.set_default_timeout(PATIENCE_MS)
        all_page_errors.append(PageErrors(page.context, site_url=site.url, openrouter_url=standin.url))
        used.append((profile, all_page_errors[-1]))
        chat = Chat(page, standin=standin, page_errors=all_page_errors[-1])
        chat.is_signed_in(person)
        chat.visits("/")
        return chat

    yield arrive
    for profile, page_errors in used:
        profile.close_tabs()
        page_errors.stop()
        if request.session.testsfailed > failures:
            profile.discard()


@pytest.fixture
def chat(arrives: Callable[..., Chat]) -> Chat:
    """A signed-in person on the page of a new chat."""
    return arrives()


@pytest.fixture
def relay(site) -> Iterator[Relay]:
    with Relay(site.port) as relay:
        yield relay


@pytest.fixture
def relayed_chat(opens, person, relay) -> Chat:
    """A signed-in person whose connections to the site can be closed."""
    chat: Chat = opens(base_url=relay.url)
    chat.page_errors.expects(CONNECTION_MESSAGES)
    chat.is_signed_in(person)
    chat.visits("/")
    return chat


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for report in terminalreporter.getreports("passed"):
        for name, figures in report.user_properties if report.when == "call" else ():
            terminalreporter.write_line(f"{name}: {figures}")
