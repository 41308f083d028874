"""Signing in with an MCP server by OAuth: discovery, registration, approval, tokens and their renewal."""

import threading
import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from chat.models import McpServer, McpSignIn
from chat.tools.tool import ToolFailed
from tests.django_client import Page, path_of
from tests.mcp.conftest import called
from tests.mcp.oauth_server import protected_server as running_vault


@pytest.fixture
def protected_server(settings):
    with running_vault() as protected_server:
        settings.MCP_ALLOWED_HOSTS = [protected_server.server.host, protected_server.issuer.host]
        yield protected_server


@pytest.fixture
def server(owner, protected_server):
    owner.client.post("/account/tools/", {"url": protected_server.server.url, "name": "Vault"})
    return McpServer.objects.get()


def begins(person, server):
    """The address at the authorization server."""
    page = Page(person.client.post(f"/account/tools/{server.pk}/signin/"))
    assert page.status == 200, page.html
    return str(page.one("a.primary")["href"])


def signs_in(person, server, protected_server):
    return person.client.get(path_of(protected_server.approve(begins(person, server))))


def change_tokens(server, **changes):
    server.refresh_from_db()
    server.secrets = {**server.secrets, **changes}
    server.save()


def test_a_server_that_requires_a_sign_in_is_added_and_says_so(owner, protected_server, server):
    page = Page(owner.client.get(f"/account/tools/{server.pk}/"))

    assert (server.auth, server.status, server.tools.count()) == ("oauth", "sign_in", 0)
    assert "Sign in to this server to use its tools" in page.one(".notice").get_text()
    assert protected_server.authority.clients == {}, "nobody has pressed anything yet"


def test_after_signing_in_its_tools_are_listed_and_run(owner, protected_server, server):
    response = signs_in(owner, server, protected_server)

    assert (response.status_code, response.headers["Location"]) == (302, f"/account/tools/{server.pk}/")
    server.refresh_from_db()
    assert (server.status, [tool.name for tool in server.tools.all()]) == ("ready", ["open_door"])
    assert called(owner, "open_door").text == "It is open."
    (token,) = protected_server.authority.access
    assert token not in server.ciphertext
    assert server.secrets["tokens"]["access_token"] == token


def test_the_page_names_the_host_and_the_request_follows_oauth(owner, protected_server, server):
    response = owner.client.post(f"/account/tools/{server.pk}/signin/")
    address = str(Page(response).one("a.primary")["href"])
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}

    assert f"Continue to {protected_server.issuer.host}" in response.content.decode()
    assert asked["redirect_uri"] == "http://localhost:8000/account/tools/callback/"
    assert (asked["response_type"], asked["code_challenge_method"], asked["scope"]) == ("code", "S256", "read")
    assert asked["resource"] == protected_server.server.url
    assert asked["state"] == McpSignIn.objects.get().state
    (client,) = protected_server.authority.clients.values()
    assert client.client_name == "Potluck"


def test_a_second_sign_in_uses_the_same_client(owner, protected_server, server):
    signs_in(owner, server, protected_server)
    signs_in(owner, server, protected_server)

    assert len(protected_server.authority.clients) == 1
    assert called(owner, "open_door").text == "It is open."


class TestCallback:
    def refused(self, person, address):
        response = person.client.get(path_of(address))
        assert response.status_code == 400
        assert "Sign-in didn't work" in response.content.decode().replace("&#x27;", "'")
        assert McpServer.objects.get().status == "sign_in"

    def test_works_once(self, owner, protected_server, server):
        address = protected_server.approve(begins(owner, server))
        owner.client.get(path_of(address))
        McpServer.objects.update(status="sign_in")

        self.refused(owner, address)

    def test_of_another_browser_is_refused(self, owner, protected_server, server):
        from tests.django_client import Person

        address = protected_server.approve(begins(owner, server))
        other_browser = Person("alice", owner.standin)
        other_browser.signs_in()

        self.refused(other_browser, address)
        assert owner.client.get(path_of(address)).status_code == 302

    def test_of_another_person_is_refused(self, owner, bob, protected_server, server):
        bob.signs_in()

        self.refused(bob, protected_server.approve(begins(owner, server)))

    def test_with_another_state_is_refused(self, owner, protected_server, server):
        address = protected_server.approve(begins(owner, server))
        state = McpSignIn.objects.get().state

        self.refused(owner, address.replace(state, "x" * len(state)))
        self.refused(owner, address.replace(state, ""))

    def test_that_is_late_is_refused(self, owner, protected_server, server):
        address = protected_server.approve(begins(owner, server))
        started = McpSignIn.objects.get().started_at
        McpSignIn.objects.update(started_at=started - timedelta(minutes=16))

        self.refused(owner, address)

    def test_a_denial_is_reported(self, owner, protected_server, server):
        begins(owner, server)
        state = McpSignIn.objects.get().state
        page = Page(owner.client.get(f"/account/tools/callback/?error=access_denied&state={state}"))

        assert page.status == 422
        assert "The sign-in wasn't approved." in page.one("[role=alert]").get_text()

    def test_a_wrong_code_is_reported(self, owner, protected_server, server):
        begins(owner, server)
        state = McpSignIn.objects.get().state
        page = Page(owner.client.get(f"/account/tools/callback/?code=wrong&state={state}"))

        assert page.status == 422
        assert "This site can't sign in to the server." in page.one("[role=alert]").get_text()
        assert "tokens" not in McpServer.objects.get().secrets


class TestTokens:
    @pytest.fixture(autouse=True)
    def _signed_in(self, owner, protected_server, server):
        signs_in(owner, server, protected_server)

    def test_are_renewed_when_they_have_expired_at_the_server_that_issued_them(self, owner, protected_server, server):
        change_tokens(server, expires_at=time.time() - 1)

        assert called(owner, "open_door").text == "It is open."
        assert protected_server.authority.renewals == 1
        assert "/token" not in [request[":path"] for request in protected_server.requests]
        assert called(owner, "open_door").text == "It is open."
        assert protected_server.authority.renewals == 1

    def test_are_renewed_when_they_are_refused_before_their_time(self, owner, protected_server, server):
        protected_server.authority.access.clear()

        assert called(owner, "open_door").text == "It is open."
        assert protected_server.authority.renewals == 1

    def test_are_renewed_once_for_all_calls_that_need_them(self, owner, protected_server, server):
        change_tokens(server, expires_at=time.time() - 1)
        said = []
        threads = [threading.Thread(target=lambda: said.append(call_in_thread(owner))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

        assert said == ["It is open."] * 3
        assert protected_server.authority.renewals == 1

    def test_that_cannot_be_renewed_require_a_new_sign_in(self, owner, protected_server, server):
        protected_server.authority.access.clear()
        protected_server.authority.refresh.clear()
        with pytest.raises(ToolFailed, match=r"^The server didn't accept your key or sign-in\.$"):
            called(owner, "open_door")

        server.refresh_from_db()
        assert server.status == "sign_in"
        signs_in(owner, server, protected_server)
        assert called(owner, "open_door").text == "It is open."

    def test_are_useless_in_another_row(self, owner, protected_server, server):
        other = McpServer.objects.create(
            user=owner.user, name="x", slug="x", url=server.url, ciphertext=McpServer.objects.get().ciphertext
        )
        assert other.secrets == {}


def call_in_thread(person):
    from django.db import connection

    try:
        return called(person, "open_door").text
    finally:
        connection.close()


class TestDiscovery:
    def test_does_not_lead_into_a_private_network(self, owner, protected_server, server, settings):
        """The server may name any address as its authorization server."""
        settings.MCP_ALLOWED_HOSTS = [protected_server.server.host]
        protected_server.token_requests.clear()
        page = Page(owner.client.post(f"/account/tools/{server.pk}/signin/"))

        assert page.status == 422
        assert "The address has to start with https://." in page.one("[role=alert]").get_text()
        assert protected_server.token_requests == []
