"""Dictation with a real recorder: Chromium's own microphone, which beeps."""

import re
from base64 import b64decode

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import Chat
from tests.browser.chromium import executable
from tests.browser.conftest import ARGUMENTS
from tests.browser.page_errors import PageErrors
from tests.standin.voice import BEGINNINGS

HEARD = "audio/transcriptions"
FAKE_UI = "--use-fake-ui-for-media-stream"
BAR = ".dictation"
CAN_BE_HEARD = """audio => new Promise((done) => {
  if (audio.readyState) done(true);
  audio.onloadedmetadata = () => done(true);
  audio.onerror = () => done(false);
})"""


def turns_on_voice(chat, **choices):
    token = chat.csrf_token
    form = {"csrfmiddlewaretoken": token, "has_dictation": "on", "reads_aloud": "on", **choices}
    assert chat.browser.request.post("/account/voice/", form=form).ok


@pytest.fixture
def chat(opens, person):
    chat = opens()
    chat.is_signed_in(person)
    turns_on_voice(chat)
    chat.visits("/")
    return chat


def button(chat, name):
    return chat.page.get_by_role("button", name=name, exact=True)


def records(chat):
    button(chat, "Dictate").click()
    expect(chat.page.locator(f"{BAR} .time")).to_have_text("0:01")


def test_a_dictation_goes_into_the_field_and_is_not_sent(chat):
    chat.standin.hears("and some salt")
    chat.message.fill("Flour, water.")
    chat.message.evaluate("field => field.setSelectionRange(12, 12)")
    records(chat)
    expect(chat.page.locator(f"{BAR} .price")).to_have_text(re.compile(r"^about \$0\.0001\d$"))
    expect(chat.page.locator("#composer-note")).to_contain_text("Recording")
    button(chat, "Stop recording").click()

    expect(chat.message).to_have_value("Flour, water and some salt.")
    expect(chat.page.locator("#composer-note")).to_contain_text(re.compile(r"Added to your message\. Cost: \$0\.000"))
    expect(chat.page.locator(BAR)).to_have_count(0)
    expect(chat.message).to_be_focused()
    (sent,) = chat.standin.requests_to(HEARD)
    assert sent.body["input_audio"]["format"] == "webm"
    assert b64decode(sent.body["input_audio"]["data"]).startswith(BEGINNINGS["webm"])
    assert chat.requests_at_openrouter == []


def test_the_level_follows_the_sound(chat):
    button(chat, "Dictate").click()

    level = re.compile(r"--level: (0\.[1-9]|1)")
    expect(chat.page.locator(f"{BAR} .level")).to_have_attribute("style", level)


def test_escape_cancels_and_nothing_is_sent(chat):
    records(chat)
    chat.page.keyboard.press("Escape")

    expect(chat.page.locator("#composer-note")).to_have_text("Recording cancelled.")
    expect(chat.page.locator(BAR)).to_have_count(0)
    records(chat)  # and it can begin again
    button(chat, "Cancel").click()
    expect(chat.page.locator(BAR)).to_have_count(0)
    assert chat.standin.requests_to(HEARD) == []


def test_a_recording_that_failed_can_be_sent_again_and_downloaded(chat):
    chat.page_errors.expects("status of 422")
    chat.standin.answers(402, to=HEARD)
    records(chat)
    button(chat, "Stop recording").click()

    alert = chat.page.locator(BAR).get_by_role("alert")
    expect(alert).to_contain_text("Your OpenRouter credits have run out.")
    expect(alert.get_by_role("link", name="Add credits")).to_be_visible()
    with chat.page.expect_download() as download:
        chat.page.get_by_role("link", name="Download recording").click()
    assert download.value.suggested_filename == "recording.webm"
    assert download.value.path().read_bytes().startswith(BEGINNINGS["webm"])
    assert chat.page.locator(f"{BAR} audio").evaluate(CAN_BE_HEARD)

    button(chat, "Try again").click()
    expect(chat.message).to_have_value("This is what I said.")


def test_without_a_connection_a_recording_waits(chat):
    records(chat)
    chat.page_errors.expects("ERR_INTERNET_DISCONNECTED")
    chat.browser.set_offline(True)
    button(chat, "Stop recording").click()
    expect(chat.page.locator(BAR).get_by_role("alert")).to_contain_text("couldn't be sent. Check your connection")

    chat.browser.set_offline(False)
    button(chat, "Try again").click()
    expect(chat.message).to_have_value("This is what I said.")


def test_a_limit_can_be_exceeded_once(chat):
    chat.page_errors.expects("status of 422")
    token = chat.csrf_token
    chat.browser.request.post("/account/limits/", form={"csrfmiddlewaretoken": token, "limit_per_message": "0.000001"})
    records(chat)
    button(chat, "Stop recording").click()

    expect(chat.page.locator(BAR).get_by_role("link", name="Change limits")).to_be_visible()
    assert chat.standin.requests_to(HEARD) == []
    button(chat, "Send anyway").click()
    expect(chat.message).to_have_value("This is what I said.")


def test_silence_is_not_text(chat):
    chat.standin.hears(" ")
    records(chat)
    button(chat, "Stop recording").click()

    expect(chat.page.locator(BAR).get_by_role("alert")).to_contain_text("No speech was found")
    button(chat, "Discard").click()
    expect(chat.page.locator(BAR)).to_have_count(0)
    assert chat.message.input_value() == ""


def test_recording_ends_by_itself_at_the_limit(chat):
    def shorten(route):
        if route.request.method != "GET":
            return route.fallback()
        answer = route.fetch()
        body = answer.text().replace('data-most-seconds="300"', 'data-most-seconds="1"')
        return route.fulfill(response=answer, body=body)

    chat.page.route("**/dictation/**", shorten)
    button(chat, "Dictate").click()

    expect(chat.message).to_have_value("This is what I said.")


def test_a_blocked_microphone_is_explained(browser, site, standin, all_page_errors, person):
    denying = browser.browser_type.launch(executable_path=executable(), args=[*ARGUMENTS, f"{FAKE_UI}=deny"])
    context = denying.new_context(base_url=site.url)
    all_page_errors.append(PageErrors(context, site_url=site.url, openrouter_url=standin.url))
    chat = Chat(context.new_page(), standin=standin, page_errors=all_page_errors[-1])
    chat.is_signed_in(person)
    turns_on_voice(chat)
    chat.visits("/")
    button(chat, "Dictate").click()

    expect(chat.error).to_contain_text("The microphone is blocked for this site.")
    expect(chat.page.locator(BAR)).to_have_count(0)
    denying.close()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("NotFoundError", "No microphone was found."), ("NotReadableError", "Another app may be using it.")],
)
def test_a_missing_microphone_is_explained(chat, name, sentence):
    refuse = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name))"
    chat.page.evaluate(f"name => void ({refuse})", name)
    button(chat, "Dictate").click()

    expect(chat.error).to_contain_text(sentence)


def test_a_page_that_may_not_record_says_why(chat):
    chat.page.evaluate("Object.defineProperty(navigator, 'mediaDevices', {value: undefined})")
    button(chat, "Dictate").click()
    expect(chat.error).to_contain_text("This browser can't record audio.")

    chat.page.evaluate("Object.defineProperty(window, 'isSecureContext', {value: false})")
    button(chat, "Dictate").click()
    expect(chat.error).to_contain_text("Browsers only record on https pages")


def test_a_recording_is_not_lost_by_mistake(chat):
    chat.page_errors.expects("^dialog: $")
    records(chat)
    with chat.page.expect_event("dialog") as asked:
        chat.page.evaluate("void setTimeout(() => location.assign('/account/'))")

    assert asked.value.type == "beforeunload"
    expect(button(chat, "Stop recording")).to_be_visible()


def test_nothing_is_loaded_while_it_is_off(opens, person):
    chat = opens()
    chat.is_signed_in(person)
    loaded = []
    chat.page.on("request", lambda request: loaded.append(request.url))
    chat.visits("/")
    chat.asks("[[say Hello]]").wait_for_state("complete")

    expect(button(chat, "Dictate")).to_have_count(0)
    assert not [url for url in loaded if "dictation" in url or "voice" in url or "read-aloud" in url]
