"""Where OpenRouter cannot send people back (http in a local network), it shows a code, and they paste it themselves."""

import logging
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from chat.accounts.errors import SignInProblem
from chat.accounts.pasted_code import extract_code
from chat.models import SignInAttempt
from tests.django_client import HTMX, Page, Person
from tests.standin.signin import Habits


@pytest.fixture(autouse=True)
def no_way_back(settings):
    settings.SIGN_IN_BY_CODE = True


class CodePage:
    """The page with the field, as it stands in one tab of a person."""

    def __init__(self, person: Person, *, destination: str = "/") -> None:
        self.person = person
        response = person.client.post("/signin/", {"next": destination})
        self.address = response.headers["Location"]
        self.page = Page(person.client.get(self.address))

    @property
    def link(self) -> str:
        return str(self.page.one('a[target="_blank"]')["href"])

    def gets_code(self) -> str:
        return self.person.standin.shows_code(self.link, self.person.name)

    def pastes(self, text: str):
        form = self.page.one("form.code-entry")
        return self.person.client.post(str(form["action"]), {"code": text})


def is_signed_in(person: Person) -> bool:
    return "_auth_user_id" in person.client.session


def test_it_asks_openrouter_for_a_code_with_an_s256_challenge(alice):
    tab = CodePage(alice)

    query = parse_qs(urlsplit(tab.link).query)
    assert tab.link.startswith(f"{alice.standin.url}/auth?")
    assert "callback_url" not in query
    assert query["code_challenge_method"] == ["S256"]
    assert len(query["code_challenge"][0]) == 43


def test_the_page_stays_while_openrouter_opens_beside_it(alice):
    tab = CodePage(alice)

    assert tab.page.one('a[target="_blank"]')["rel"] == ["noopener", "noreferrer"]
    assert tab.page.soup.select("script") == []
    assert "Paste the code that OpenRouter shows you" in tab.page.html
    assert "not private" in tab.page.html


def test_the_code_signs_in_at_the_place_where_the_person_wanted_to_be(alice):
    tab = CodePage(alice, destination="/account/")
    response = tab.pastes(tab.gets_code())

    assert response.headers["Location"] == "/account/"
    assert alice.user.openrouter_id == alice.standin.people.user_id("alice")


@pytest.mark.parametrize(
    "pasted",
    [
        "  {code}\n",
        "\u200b{code}\u00a0\r\n",
        "`{code}`",
        "“{code}”",
        "https://openrouter.ai/auth/done?code={code}",
        "http://localhost:3000/?x=1&code={code}&state=s#end",
        "localhost:3000/callback#code={code}",
        "Code: {code}",
    ],
)
def test_extra_text_that_was_copied_does_no_harm(alice, pasted):
    tab = CodePage(alice)
    tab.pastes(pasted.format(code=tab.gets_code()))

    assert is_signed_in(alice)


def test_a_code_broken_into_lines_is_one(alice):
    tab = CodePage(alice)
    code = tab.gets_code()
    tab.pastes(f"{code[:9]}\n {code[9:]}")

    assert is_signed_in(alice)


@pytest.mark.parametrize("status", [400, 403])
@pytest.mark.parametrize(
    ("pasted", "sentence"),
    [
        ("", "Paste the code first"),
        (" \n", "Paste the code first"),
        ("x" * 2000, "too long"),
        ("made-up", "didn't accept the sign-in code"),
        ("код", "Paste the code first"),
        ("sk-or-v1-" + "0" * 64, "That's a key"),
        ("https://openrouter.ai/settings/keys", "has no code in it"),
        ("http://localhost/?error=access_denied", "didn't approve"),
    ],
)
def test_a_wrong_code_is_reported_and_the_right_one_accepted(alice, pasted, sentence, status):
    alice.standin.signin_habits = Habits(refused_code=status)
    tab = CodePage(alice)
    response = tab.pastes(pasted)

    page = Page(response)
    assert response.status_code == 400
    assert sentence in page.one('[role="alert"]').get_text()
    assert page.one("#code")["aria-describedby"] == "code-error"
    assert not page.one("#code").get("value")
    assert "no-store" in response.headers["Cache-Control"]
    tab.page = page
    tab.pastes(tab.gets_code())
    assert is_signed_in(alice)


@pytest.mark.parametrize(("answer", "sentence"), [(500, "couldn't complete"), ("drop", "can't be reached")])
def test_when_openrouter_fails_the_same_code_can_be_sent_again(alice, answer, sentence):
    tab = CodePage(alice)
    code = tab.gets_code()
    alice.standin.exchange_answers(answer)
    response = tab.pastes(code)

    assert response.status_code == 502
    assert sentence in Page(response).one('[role="alert"]').get_text()
    tab.pastes(code)
    assert is_signed_in(alice)


def test_an_expired_code_is_reported(alice):
    tab = CodePage(alice)
    code = tab.gets_code()
    alice.standin.later(601)

    assert "ten minutes" in Page(tab.pastes(code)).one('[role="alert"]').get_text()


def test_each_tab_takes_the_code_of_its_own_link(alice):
    first, second = CodePage(alice, destination="/account/"), CodePage(alice, destination="/?q=x")
    codes = first.gets_code(), second.gets_code()

    assert first.pastes(codes[1]).status_code == 400
    assert second.pastes(codes[1]).headers["Location"] == "/?q=x"
    assert first.pastes(codes[0]).headers["Location"] == "/account/"


def test_a_link_that_was_opened_twice_gives_codes_that_both_fit(alice):
    tab = CodePage(alice)
    tab.gets_code()
    tab.pastes(tab.gets_code())

    assert is_signed_in(alice)


def test_somebody_elses_code_signs_nobody_in(alice, bob):
    """Login CSRF: the code fits only the verifier of the tab that it was asked for in."""
    tab, of_bob = CodePage(alice), CodePage(bob)
    code = of_bob.gets_code()

    assert tab.pastes(code).status_code == 400
    assert not is_signed_in(alice)
    of_bob.pastes(code)
    assert is_signed_in(bob)


def test_somebody_elses_page_is_refused(alice, bob):
    of_bob = CodePage(bob)
    response = alice.client.post(of_bob.address, {"code": of_bob.gets_code()})

    assert response.status_code == 400
    assert "started in another browser" in response.content.decode()
    assert not is_signed_in(alice)
    assert alice.client.get(of_bob.address).status_code == 400
    assert alice.client.get("/signin/code/").status_code == 400


def test_the_form_wants_the_csrf_token(alice):
    tab = CodePage(alice)
    strict = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    strict.cookies = alice.client.cookies

    assert strict.post(tab.address, {"code": tab.gets_code()}).status_code == 403
    assert strict.post(tab.address, {"code": tab.gets_code()}, headers=HTMX).status_code == 403
    assert not is_signed_in(alice)


def test_after_15_minutes_it_is_too_late(alice):
    tab = CodePage(alice)
    code = tab.gets_code()
    SignInAttempt.objects.update(started_at=timezone.now() - timedelta(minutes=15, seconds=1))
    response = tab.pastes(code)

    assert response.status_code == 400
    assert "15 minutes" in response.content.decode()
    assert Page(response).soup.select('form[action="/signin/"] button')
    assert not is_signed_in(alice)


def test_it_works_once(alice):
    tab = CodePage(alice, destination="/account/")
    tab.pastes(tab.gets_code())

    assert tab.pastes(tab.gets_code()).headers["Location"] == "/account/"
    exchanges = [each for each in alice.standin.requests if each.path.endswith("/auth/keys")]
    assert len(exchanges) == 1
    alice.client.post("/signout/")
    assert tab.pastes(tab.gets_code()).status_code == 400
    assert not is_signed_in(alice)


def test_no_log_line_holds_the_code(alice, caplog):
    caplog.set_level(logging.DEBUG)
    tab = CodePage(alice)
    code = tab.gets_code()
    tab.pastes(code[:-1])
    tab.pastes(code)

    said = [message for message in caplog.messages if message.startswith("Sign-in")]
    assert said == ["Sign-in with a pasted code: code_rejected", "Sign-in with a pasted code: accepted"]
    assert code[:-1] not in caplog.text


def test_elsewhere_there_is_no_such_page(alice, settings):
    tab = CodePage(alice)
    settings.SIGN_IN_BY_CODE = False

    assert alice.client.get(tab.address).status_code == 404


@pytest.mark.parametrize("nothing", ["https://openrouter.ai/", "sk-or-v1-0"])
def test_what_is_no_code_is_never_sent(nothing):
    with pytest.raises(SignInProblem):
        extract_code(nothing)
