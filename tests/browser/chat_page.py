"""The site in one browser tab, as a person uses it: everything is found by its accessible name."""

import re
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import BrowserContext, FilePayload, Locator, Page, expect

from tests.browser.page_errors import PageErrors
from tests.standin import StandIn
from tests.standin.world import Received

SESSION_COOKIE = re.compile("_session$")
OVER = re.compile("complete|stopped|failed|interrupted")

Files = Sequence[FilePayload] | Sequence[str | Path]


class Chat:
    def __init__(self, page: Page, *, standin: StandIn, page_errors: PageErrors) -> None:
        self.page = page
        self.standin = standin
        self.page_errors = page_errors
        self.person = ""
        self.message = page.get_by_role("textbox", name="Message")
        self.add_images = page.get_by_label("Add images")
        self.model = page.get_by_label("Model")
        self.send = page.get_by_role("button", name="Send", exact=True)
        self.stop = page.get_by_role("button", name="Stop", exact=True)
        self.conversation = page.get_by_role("region", name="Conversation")
        self.answers = self.conversation.locator("article[data-role=assistant]")
        self.questions = self.conversation.locator("article[data-role=user]")
        self.error = page.locator("#composer").get_by_role("alert")
        self.sign_in_button = page.get_by_role("button", name="Sign in with OpenRouter")

    @property
    def browser(self) -> BrowserContext:
        return self.page.context

    @property
    def csrf_token(self) -> str:
        return next(cookie["value"] for cookie in self.browser.cookies() if cookie["name"].endswith("_csrf"))

    # --- Getting in ---

    def visits(self, path: str = "/") -> None:
        self.page.goto(path)

    def signs_in(self, *, person: str = "alice", approves: bool = True) -> None:
        """Through OpenRouter and back."""
        self.sign_in_button.click()
        self.decides(person=person, approves=approves)

    def decides(self, *, person: str = "alice", approves: bool = True) -> None:
        """Choose an account at OpenRouter, and approve or deny."""
        self.person = person
        self.page.get_by_role("radio", name=re.compile(rf"^{person}\b")).check()
        with self.page.expect_navigation(url="/**"):
            self.page.get_by_role("button", name="Approve" if approves else "Deny").click()

    def is_signed_in(self, person: str) -> None:
        """Sign in by requests alone; test_signin.py looks at the pages."""
        self.person = person
        browser = self.browser
        browser.request.get("/")
        token = self.csrf_token
        answer = browser.request.post("/signin/", form={"csrfmiddlewaretoken": token, "next": "/"}, max_redirects=0)
        browser.request.get(self.standin.approve(answer.headers["location"], person), max_redirects=0)

    # --- Asking ---

    def asks(self, text: str = "", *, images: Files = ()) -> "Answer":
        """Send a message; return its answer, which may not have started."""
        before = self.answers.count()
        self.writes(text, images=images)
        self.send.click()
        answer = Answer(self.answers.nth(before))
        expect(answer.article).to_be_visible()
        return answer

    def writes(self, text: str = "", *, images: Files = ()) -> None:
        self.message.fill(text)
        if images:
            self.add_images.set_input_files(images)

    def chooses_model(self, name: str) -> None:
        option = self.model.locator("option", has_text=name).first
        self.model.select_option(value=option.get_attribute("value"))

    def forgets_answers(self) -> None:
        """The page estimates as if no model had answered yet, whatever other tests have asked."""
        self.page.locator("#chat-tokens").evaluate("place => place.dataset.calibration = '{}'")

    @property
    def answer(self) -> "Answer":
        """The latest answer."""
        return Answer(self.answers.last)

    # --- Looking ---

    def in_another_tab(self, path: str = "") -> "Chat":
        """A new tab with the same address, or another."""
        tab = Chat(self.browser.new_page(), standin=self.standin, page_errors=self.page_errors)
        tab.person = self.person
        tab.visits(path or self.page.url)
        return tab

    def articles(self) -> list[str]:
        """The HTML of all messages, byte for byte."""
        html: list[str] = self.conversation.locator("article").evaluate_all("all => all.map(one => one.outerHTML)")
        return html

    def looks_like(self, other: "Chat") -> bool:
        """Whether both show the same messages, byte for byte, once their scripts have done all that they do."""
        for _ in range(1200):
            if self.articles() == other.articles():
                return True
            self.page.wait_for_timeout(50)
        assert self.articles() == other.articles()  # so that pytest shows the difference
        return True

    @property
    def images_to_send(self) -> Locator:
        """The list items of what is attached in the composer."""
        return self.page.locator("#composer").get_by_role("listitem")

    @property
    def requests_at_openrouter(self) -> list[Received]:
        """The chat requests with keys of this person so far."""
        keys = {f"Bearer {key.secret}" for key in self.standin.people.keys.values() if key.person.name == self.person}
        return [request for request in self.standin.chat_requests if request.headers["authorization"] in keys]


class Answer:
    def __init__(self, article: Locator) -> None:
        self.article = article
        self.problem = article.get_by_role("alert")

    def wait_for_state(self, state: str) -> None:
        expect(self.article).to_have_attribute("data-state", state)

    def wait_for_end(self) -> str:
        """Wait for the end; return the state."""
        expect(self.article).to_have_attribute("data-state", OVER)
        return self.state

    @property
    def state(self) -> str:
        return str(self.article.get_attribute("data-state"))

    def wait_for_text(self, text: str | re.Pattern[str]) -> None:
        expect(self.article).to_contain_text(text)

    @property
    def text(self) -> str:
        """The text of its finished blocks and of the open one, once all of the page is there."""
        self.article.page.wait_for_load_state()
        return "".join(self.article.locator("> .prose").all_inner_texts()).strip()

    def action(self, name: str) -> Locator:
        """The button or link of that name."""
        buttons = self.article.get_by_role("button", name=name, exact=True)
        return buttons.or_(self.article.get_by_role("link", name=name, exact=True))
