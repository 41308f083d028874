"""How many requests and bytes the first visit to the chat page takes. The figures are part of the test report."""

import gzip

import pytest

from chat.views.preview import MERMAID
from tests.browser.conftest import DESKTOP
from webapp.environment import BASE_DIR

MOST_REQUESTS = 12
MOST_BYTES = 80_000
MOST_SCRIPT_BYTES = 40_000
MOST_BYTES_OF_A_CONVERSATION = 42_000  # which loads more scripts as it goes on
MOST_BYTES_OF_ALL_SCRIPTS = 105_000  # most of it is for dialogs, menus and previews, and comes when one is opened


@pytest.fixture
def chat(opens, person):
    chat = opens(viewport=DESKTOP)
    chat.is_signed_in(person)
    chat.browser.request.get("/")  # what the first page starts in the background is over then
    return chat


@pytest.fixture
def transfers(chat):
    """What travels, with an empty cache, while the test goes on: (kind, address, bytes on the wire)."""
    kinds, seen = {}, []
    wire = chat.browser.new_cdp_session(chat.page)
    wire.send("Network.enable")
    wire.on("Network.responseReceived", lambda e: kinds.update({e["requestId"]: (e["type"], e["response"]["url"])}))
    wire.on("Network.loadingFinished", lambda e: seen.append((*kinds[e["requestId"]], e["encodedDataLength"])))
    return seen


def scripts_in(transfers):
    return sum(size for kind, _, size in transfers if kind == "Script")


def test_the_first_load_is_light(chat, transfers, record_property):
    chat.page.goto("/", wait_until="networkidle")

    loaded = [each for each in transfers if not each[1].startswith("data:")]
    everything, scripts = sum(size for _, _, size in loaded), scripts_in(loaded)
    record_property(
        "first load", f"{len(loaded)} requests, {everything / 1000:.1f} KB, scripts {scripts / 1000:.1f} KB"
    )
    assert len(loaded) <= MOST_REQUESTS, loaded
    assert everything <= MOST_BYTES, loaded
    assert 0 < scripts <= MOST_SCRIPT_BYTES, loaded


def test_scripts_for_a_conversation_are_light(chat, transfers, record_property):
    """All that a chat without extras loads: typing, drafts, sending, streaming, thoughts and copying."""
    chat.visits("/")
    chat.asks("[[reasoning]] [[markdown kb=2]]").wait_for_state("complete")
    chat.page.wait_for_load_state("networkidle")

    record_property("scripts of a conversation", f"{scripts_in(transfers) / 1000:.1f} KB")
    assert "outbox" in str(transfers)
    assert scripts_in(transfers) <= MOST_BYTES_OF_A_CONVERSATION, transfers


def test_all_scripts_together_are_light(record_property):
    """Files that wait for their first use as well, each by itself: what a page could come to at most."""
    scripts = [*(BASE_DIR / "static" / "js").rglob("*.js"), *(BASE_DIR / "static" / "vendor").glob("*.js")]
    scripts.remove(BASE_DIR / "static" / MERMAID)  # only the frame of a diagram loads it, no page
    size = sum(len(gzip.compress(file.read_bytes(), mtime=0)) for file in scripts)
    record_property("all scripts", f"{size / 1000:.1f} KB in {len(scripts)} files")

    assert len(scripts) > 4
    assert size <= MOST_BYTES_OF_ALL_SCRIPTS
