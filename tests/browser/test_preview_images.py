"""Previews of SVG images and Mermaid diagrams: drawn, saved, and errors shown."""

from playwright.sync_api import expect

from tests.browser.preview import code, frame_in, requested_urls, shows
from tests.browser.wait import until


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
    asked = requested_urls(chat)
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


def test_a_wrong_diagram_says_where_it_is_wrong(chat):
    panel = shows(chat, "mermaid", "flowchart LR\n  a --> b\n  a --> ]\n  b --> c")

    expect(panel.get_by_role("status")).to_contain_text("This can't be drawn:")
    expect(panel.get_by_role("status")).to_contain_text("line 3")
