"""States of dictation and reading aloud."""

from collections.abc import Iterator

from tests.browser.chat_page import Chat


def speaks(chat: Chat) -> Iterator[str]:
    chat.page_errors.expects("status of 422")
    form: dict[str, str | float | bool] = {"csrfmiddlewaretoken": chat.csrf_token}
    form |= {"has_dictation": "on", "reads_aloud": "on"}
    chat.browser.request.post("/account/voice/", form=form)
    chat.visits("/")
    chat.page.get_by_role("button", name="Dictate").click()
    chat.page.locator(".dictation .price", has_text="under").wait_for()
    yield "recording"
    chat.standin.answers(402, to="audio/transcriptions")
    chat.page.get_by_role("button", name="Stop recording").click()
    chat.page.locator(".dictation .said:visible").wait_for()
    yield "a recording that could not be sent"
    chat.page.get_by_role("button", name="Discard").click()
    answer = chat.asks("[[say Flour, water and salt. It rests for a night.]]")
    answer.wait_for_state("complete")
    answer.article.hover()
    answer.action("More").click()
    link = chat.page.get_by_role("link", name="Read aloud")
    address = str(link.get_attribute("href"))
    link.click()
    chat.page.locator(".player", has_text="Finished reading.").wait_for()
    yield "an answer that was read aloud"
    chat.standin.answers(402, to="audio/speech")
    chat.browser.request.post("/account/voice/", form=form | {"speech_voice": "hexgrad/kokoro-82m bm_george"})
    answer.article.hover()
    answer.action("More").click()
    link.click()
    chat.page.locator(".player .said:visible").wait_for()
    yield "an answer that could not be read"
    chat.visits(address)
    yield "reading aloud as a page"
    chat.page.get_by_role("button", name="Read this part").click()
    chat.page.locator("audio").wait_for()
    yield "reading aloud as a page, with a part that can be heard"
    chat.visits("/account/")
    yield "the account with voice turned on"
