"""The page of somebody who is not signed in, on a phone and with few bytes."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_weight import MOST_BYTES, MOST_REQUESTS

SMALL_PHONE = {"width": 360, "height": 640}


@pytest.fixture
def visitor(opens, request):
    visitor = opens(**getattr(request, "param", {}))
    visitor.browser.request.get("/")  # the list of models may still be on its way
    return visitor


@pytest.mark.parametrize(
    "visitor",
    [{"viewport": size, "has_touch": True} for size in (PHONE, SMALL_PHONE)],
    ids=["390", "360"],
    indirect=True,
)
def test_the_main_content_needs_no_scrolling(visitor):
    visitor.visits("/")
    matters = [visitor.page.get_by_role("heading", level=1), visitor.sign_in_button, visitor.page.locator(".costs")]

    for element in [*matters, visitor.page.locator(".lead")]:
        expect(element).to_be_in_viewport(ratio=1)


def test_the_button_has_openrouters_shape(visitor):
    visitor.page.emulate_media(color_scheme="light")
    visitor.visits("/")
    box = visitor.sign_in_button.bounding_box()

    assert box is not None
    assert box["height"] >= 44
    expect(visitor.sign_in_button).to_have_css("border-radius", "8px")
    expect(visitor.sign_in_button).to_have_css("background-color", "rgb(17, 17, 19)")
    icon = visitor.sign_in_button.locator("svg:first-child").bounding_box()
    assert icon is not None
    assert icon["width"] == icon["height"]
    visitor.page.emulate_media(color_scheme="dark")
    expect(visitor.sign_in_button).to_have_css("background-color", "rgb(255, 255, 255)")


@pytest.mark.parametrize(
    ("visitor", "theme", "shown"),
    [
        ({"color_scheme": "light", "viewport": DESKTOP}, "system", "light"),
        ({"color_scheme": "dark", "viewport": DESKTOP}, "system", "dark"),
        ({"color_scheme": "light", "viewport": PHONE}, "dark", "dark"),
        ({"color_scheme": "dark", "viewport": PHONE}, "light", "light"),
    ],
    ids=str,
    indirect=["visitor"],
)
def test_the_page_has_one_image_and_is_light(visitor, site, theme, shown, record_property):
    visitor.browser.add_cookies([{"name": site.cookie("theme"), "value": theme, "url": site.url}])
    kinds, loaded = {}, []
    wire = visitor.browser.new_cdp_session(visitor.page)
    wire.send("Network.enable")
    wire.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["response"]["url"]}))
    wire.on("Network.loadingFinished", lambda e: loaded.append((kinds[e["requestId"]], e["encodedDataLength"])))
    visitor.page.goto("/", wait_until="networkidle")
    expect(visitor.page.locator(f".in-{shown}")).to_have_js_property("complete", value=True)

    assert [url.rpartition("/")[2].partition(".")[0] for url, _ in loaded if url.endswith(".webp")] == [
        f"preview-{shown}"
    ]
    assert len(loaded) <= MOST_REQUESTS, loaded
    everything = sum(size for _, size in loaded)
    record_property("signed out", f"{len(loaded)} requests, {everything / 1000:.1f} KB")
    assert everything <= MOST_BYTES, loaded
