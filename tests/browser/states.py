"""Every state that a page can be in, for the tests that look at all of them."""

from collections.abc import Callable

from playwright.sync_api import FilePayload

from tests.browser import photos
from tests.browser.chat import Chat

EVERY_BLOCK = "[[markdown kb=6 rate=5000]]"
WIDE = (
    "[[say "
    + "Donaudampfschifffahrtsgesellschaftskapitän" * 5
    + " and https://example.org/"
    + "very-long-path/" * 20
    + " and `"
    + "inline_code_without_a_break" * 8
    + "`\n\n```python\nx = '"
    + "wide " * 60
    + "'\n```\n\n| "
    + " | ".join(f"column number {number}" for number in range(12))
    + " |\n|"
    + "---|" * 12
    + "\n| "
    + " | ".join("cell " * 4 for _ in range(12))
    + " |\n\n$$\n"
    + " + ".join(f"x_{{{number}}}^2" for number in range(40))
    + "\n$$\n]]"
)


def is_signed_out(chat: Chat) -> None:
    chat.browser.clear_cookies()
    chat.visits("/")


def has_a_sign_in_problem(chat: Chat) -> None:
    chat.watch.expects("status of 400")
    chat.visits("/signin/callback/?code=x&state=y&attempt=z")


def is_empty(chat: Chat) -> None:
    chat.visits("/")


def is_waiting(chat: Chat) -> None:
    chat.asks("[[silence]]").wait_for_state("waiting")


def is_streaming(chat: Chat) -> None:
    answer = chat.asks("[[reasoning]] [[tokens n=4000 rate=20]]")
    answer.wait_for_text("1 2 3")


def is_finished(chat: Chat) -> None:
    chat.asks(EVERY_BLOCK, pictures=[photos.png(width=900, height=300)]).wait_for_state("complete")


def has_thought(chat: Chat) -> None:
    answer = chat.asks("[[reasoning]] [[image]] [[citations]]")
    answer.wait_for_state("complete")
    answer.article.locator("summary").first.click()


def has_failed(chat: Chat) -> None:
    answer = chat.asks("[[error 402 credits]]")
    answer.wait_for_state("failed")
    answer.article.get_by_text("Details").click()


def has_wide_content(chat: Chat) -> None:
    chat.asks("Wide" + "_and_unbroken" * 30).wait_for_state("complete")
    chat.asks(WIDE).wait_for_state("complete")


def has_pictures_and_an_error_to_send(chat: Chat) -> None:
    chat.watch.expects("status of 422")
    name = "a_name_that_is_much_too_long_to_be_shown_whole.png"
    chat.writes("Look", pictures=[photos.png(), photos.html_named_as_picture(name), photos.png("third.png", 300, 900)])
    chat.page.get_by_text(f"“{name}” is not").wait_for()
    chat.send.click()
    chat.error.wait_for()


def has_much_around_the_field(chat: Chat) -> None:
    """A message that waits, a long text beside the next one, a chat that is nearly full, and no connection."""
    chat.chooses_model("Nano Banana")
    chat.asks("[[tokens n=4000 rate=20]]").wait_for_text("1 2 3")
    chat.writes("wait" * 40)
    chat.page.get_by_role("button", name="Send after this answer").click()
    name = "a_name_that_is_much_too_long_to_be_shown_whole.log"
    log = FilePayload(name=name, mimeType="", buffer=b"wide " * 23_000)
    chat.writes("x", pictures=[log])
    chat.page.get_by_text("This chat fills").wait_for()
    chat.page.evaluate("dispatchEvent(new Event('offline'))")


def is_at_the_account(chat: Chat) -> None:
    chat.visits("/account/")


STATES: list[Callable[[Chat], None]] = [
    is_signed_out,
    has_a_sign_in_problem,
    is_empty,
    is_waiting,
    is_streaming,
    is_finished,
    has_thought,
    has_failed,
    has_wide_content,
    has_pictures_and_an_error_to_send,
    has_much_around_the_field,
    is_at_the_account,
]
