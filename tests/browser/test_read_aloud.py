"""Reading aloud with Chromium's own decoder."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.test_dictation import button, turns_on_voice

SAID = "audio/speech"
PLAYER = ".player"
LONG = " ".join(f"Sentence number {number} is here." for number in range(30))


@pytest.fixture
def chat(chat):
    turns_on_voice(chat)
    return chat


def reads(chat, text="Flour and water."):
    chat.asks(f"[[say {text}]]").wait_for_state("complete")
    return opens_menu(chat)


def opens_menu(chat):
    chat.answer.article.hover()
    chat.answer.action("More").click()
    return chat.page.get_by_role("link", name="Read aloud")


def player(chat):
    return chat.page.get_by_role("region", name="Read aloud")


def test_an_answer_is_read_after_its_price_was_shown(chat):
    link = reads(chat)
    expect(link).to_contain_text(re.compile(r"about \$0\.0000099"))
    assert chat.standin.requests_to(SAID) == []
    link.click()

    expect(player(chat).get_by_role("status")).to_have_text("Finished reading.")
    assert [request.body["input"] for request in chat.standin.requests_to(SAID)] == ["Flour and water."]
    played = chat.page.locator(f"{PLAYER} audio").evaluate("audio => audio.duration")
    assert played > 0.2


def test_hearing_it_again_costs_nothing(chat):
    reads(chat).click()
    expect(player(chat).get_by_role("status")).to_have_text("Finished reading.")
    button(chat, "Play").click()
    expect(player(chat).get_by_role("status")).to_have_text("Finished reading.")
    button(chat, "Stop reading").click()
    expect(player(chat)).to_have_count(0)

    link = opens_menu(chat)
    expect(link).to_contain_text("free")
    link.click()
    expect(player(chat).get_by_role("status")).to_have_text("Finished reading.")
    assert len(chat.standin.requests_to(SAID)) == 1


def test_a_long_answer_is_read_part_by_part(chat):
    reads(chat, LONG).click()

    expect(player(chat).get_by_role("status")).to_have_text(re.compile("Part 2 of 2"))
    expect(player(chat).get_by_role("status")).to_have_text("Finished reading.")
    assert " ".join(request.body["input"] for request in chat.standin.requests_to(SAID)) == LONG


def test_reading_can_be_paused_and_resumed(chat):
    reads(chat, LONG).click()
    button(chat, "Pause").click()
    expect(player(chat).get_by_role("status")).to_have_text("Paused")
    expect(button(chat, "Play")).to_be_focused()
    at = chat.page.locator(f"{PLAYER} audio").evaluate("audio => audio.currentTime")
    button(chat, "Play").click()

    expect(player(chat).get_by_role("status")).to_have_text("Finished reading.")
    assert at < chat.page.locator(f"{PLAYER} audio").evaluate("audio => audio.duration")


def test_reading_stays_paused_when_audio_arrives(chat):
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if route.request.method == "POST" and not held:
            held.append(route)
        else:
            route.continue_()

    chat.page.route("**/speech/", hold_the_first)
    reads(chat, LONG).click()
    expect(player(chat).get_by_role("status")).to_have_text(re.compile("Preparing"))
    button(chat, "Pause").click()
    held[0].continue_()
    audio = chat.page.locator(f"{PLAYER} audio")

    expect(audio).to_have_attribute("src", re.compile("/speech/"))
    expect(player(chat).get_by_role("status")).to_have_text("Paused")
    assert audio.evaluate("audio => audio.paused")
    button(chat, "Play").click()
    expect(player(chat).get_by_role("status")).to_have_text("Finished reading.")


def test_the_cost_is_shown_once_it_is_known(chat):
    chat.standin.settings.generation_seconds = 0
    reads(chat).click()

    expect(player(chat)).to_contain_text("Cost so far: $0.0000099", timeout=60_000)


def test_only_one_answer_is_read_at_a_time(chat):
    reads(chat, LONG).click()
    expect(player(chat).get_by_role("status")).to_have_text(re.compile("Part 1"))
    reads(chat, "Something else.").click()

    expect(player(chat)).to_have_count(1)
    expect(player(chat).get_by_role("status")).to_have_text("Finished reading.")


def test_a_failure_is_shown_and_can_be_retried(chat):
    chat.page_errors.expects("status of 422")
    chat.standin.answers(402, to=SAID)
    reads(chat).click()

    expect(player(chat).get_by_role("alert")).to_contain_text("Your OpenRouter credits have run out.")
    button(chat, "Try again").click()
    expect(player(chat).get_by_role("status")).to_have_text("Finished reading.")


def test_a_limit_can_be_exceeded_once(chat):
    chat.page_errors.expects("status of 422")
    token = chat.csrf_token
    link = reads(chat)
    chat.browser.request.post("/account/limits/", form={"csrfmiddlewaretoken": token, "limit_per_day": "0.000001"})
    link.click()

    expect(player(chat).get_by_role("link", name="Change limits")).to_be_visible()
    assert chat.standin.requests_to(SAID) == []
    button(chat, "Read anyway").click()
    expect(player(chat).get_by_role("status")).to_have_text("Finished reading.")


def test_bare_samples_are_played_too(chat):
    turns_on_voice(chat, speech_voice="google/gemini-3.1-flash-tts-preview Puck")
    reads(chat).click()

    expect(player(chat).get_by_role("status")).to_have_text("Finished reading.")


def test_the_speed_is_remembered_and_free(chat):
    reads(chat).click()
    player(chat).get_by_label("Speed").select_option("1.5")
    expect(player(chat).get_by_role("status")).to_have_text("Finished reading.")
    opens_menu(chat).click()

    expect(player(chat).get_by_role("status")).to_have_text("Finished reading.")
    assert chat.page.locator(f"{PLAYER} audio").evaluate("audio => audio.playbackRate") == 1.5
    assert len(chat.standin.requests_to(SAID)) == 1


def test_reading_works_without_scripts(opens, person):
    chat = opens(java_script_enabled=False)
    chat.is_signed_in(person)
    turns_on_voice(chat)
    chat.visits("/")
    chat.message.fill("[[say Flour and water.]]")
    chat.send.click()
    chat.answer.wait_for_state("complete")
    chat.answer.action("More").click()
    chat.page.get_by_role("link", name="Read aloud").click()
    button(chat, "Read this part, about $0.0000099").click()

    expect(chat.page.locator("audio[controls]")).to_have_count(1)
