"""What the first visit to the chat page costs the network. The figures are part of the test report."""

import gzip

import pytest

from tests.browser.conftest import DESKTOP
from webapp.environment import BASE_DIR

MOST_REQUESTS = 12
MOST_BYTES = 80_000
MOST_SCRIPT_BYTES = 40_000


@pytest.fixture
def transfers(opens, person):
    """What travels for a first load with an empty cache: (kind, address, bytes on the wire)."""
    chat = opens(viewport=DESKTOP)
    chat.is_signed_in(person)
    chat.browser.request.get("/")  # the first page ever waits for the list of models
    kinds, seen = {}, []
    wire = chat.browser.new_cdp_session(chat.page)
    wire.send("Network.enable")
    wire.on("Network.responseReceived", lambda e: kinds.update({e["requestId"]: (e["type"], e["response"]["url"])}))
    wire.on("Network.loadingFinished", lambda e: seen.append((*kinds[e["requestId"]], e["encodedDataLength"])))
    chat.page.goto("/", wait_until="networkidle")
    return [each for each in seen if not each[1].startswith("data:")]


def test_the_first_load_is_light(transfers, record_property):
    scripts = sum(size for kind, _, size in transfers if kind == "Script")
    everything = sum(size for _, _, size in transfers)
    record_property(
        "first load", f"{len(transfers)} requests, {everything / 1000:.1f} KB, scripts {scripts / 1000:.1f} KB"
    )

    assert len(transfers) <= MOST_REQUESTS, transfers
    assert everything <= MOST_BYTES, transfers
    assert scripts <= MOST_SCRIPT_BYTES, transfers


def test_all_scripts_together_are_light(record_property):
    """Those that are loaded only when somebody adds a picture or copies code as well."""
    scripts = [*(BASE_DIR / "static" / "js").rglob("*.js"), *(BASE_DIR / "static" / "vendor").glob("*.js")]
    size = sum(len(gzip.compress(file.read_bytes(), mtime=0)) for file in scripts)
    record_property("all scripts", f"{size / 1000:.1f} KB in {len(scripts)} files")

    assert len(scripts) > 4
    assert size <= MOST_SCRIPT_BYTES
