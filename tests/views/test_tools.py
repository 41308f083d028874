"""/account/tools/: MCP servers that a person adds, and what models may do with their tools."""

import json
import threading
import zipfile
from io import BytesIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command

from chat.forms.mcp import ServerForm
from chat.models import McpServer, McpSignIn, McpTool, User
from chat.views.tools import CONNECTIONS
from tests.archive.importing import import_file, page_text
from tests.django_client import Page
from tests.mcp.conftest import added, called, kitchen, owner, serve
from tests.mcp.servers import WantsHeader, error, redirects, shakes_hands, tool

__all__ = ["kitchen", "owner", "serve"]

INDEX = "/account/tools/"


@pytest.fixture(autouse=True)
def _often():
    CONNECTIONS.clear()


@pytest.fixture
def server(owner, kitchen, serve):
    return added(owner, serve(kitchen.app).url)


def page_of(server):
    return f"{INDEX}{server.pk}/"


def alert(page):
    return " ".join(page.one("[role=alert]").get_text().split())


class TestAdding:
    def test_lists_its_tools_and_asks_for_each(self, owner, kitchen, serve):
        url = serve(kitchen.app).url
        response = owner.client.post(INDEX, {"url": f" {url}#top ", "name": "My \n kitchen"})

        server = McpServer.objects.get()
        assert (response.status_code, response.headers["Location"]) == (302, page_of(server))
        assert (server.url, server.name, server.slug, server.auth) == (url, "My kitchen", "my-kitchen", "none")
        page = Page(owner.client.get(page_of(server)))
        assert page.soup.select(".tools label")[0].get_text() == "Say it again"
        assert {option["value"] for option in page.soup.select(".tools option[selected]")} == {"ask"}
        listed = Page(owner.client.get(INDEX))
        assert "7 tools" in listed.one(".presets li").get_text()

    def test_without_a_name_takes_that_of_the_host(self, owner, kitchen, serve):
        owner.client.post(INDEX, {"url": serve(kitchen.app).url})

        assert McpServer.objects.get().name == "127.0.0.1"

    @pytest.mark.parametrize(
        ("fields", "fault"),
        [
            ({"url": ""}, "Enter the address of an MCP server"),
            ({"url": "mcp.example.org"}, "Enter the address of an MCP server"),
            ({"url": "javascript:alert(1)"}, "Enter the address of an MCP server"),
            ({"url": "https://me:secret@mcp.example.org/"}, "Enter the address of an MCP server"),
            ({"url": "https://x.example/a b"}, "Enter the address of an MCP server"),
            ({"url": "https://x.example:port/"}, "Enter the address of an MCP server"),
            ({"url": "https://x.example/" + "x" * 2000}, "Enter the address of an MCP server"),
            ({"url": "http://mcp.example.org/"}, "has to start with https://"),
            ({"url": "https://127.0.0.1:9/mcp"}, "is on a private network"),
            ({"url": "https://169.254.169.254/latest/"}, "is on a private network"),
            ({"name": "x" * 61}, "up to 60 characters"),
            ({"header_name": "X Y", "header_value": "v"}, "Enter a header name"),
            ({"header_value": "v"}, "Enter a header name"),
            ({"header_name": "X-Key"}, "Enter a value for the header"),
            ({"header_name": "Host", "header_value": "v"}, "This header can't be used"),
            ({"header_name": "Mcp-Session-Id", "header_value": "v"}, "This header can't be used"),
            ({"header_name": "X-Key", "header_value": "a\nb"}, "on one line"),
            ({"header_name": "X-Key", "header_value": "\u00fc"}, "on one line"),
        ],
    )
    def test_what_cannot_be_added_gets_a_sentence_and_stays(self, owner, fields, fault):
        sent = {"url": "https://127.0.0.1:9/mcp", "name": "Mine", "header_name": "", "header_value": ""} | fields
        page = Page(owner.client.post(INDEX, sent))

        assert page.status == 422
        assert fault in " ".join(each.get_text() for each in page.soup.select(".fault"))
        for name, value in sent.items():
            assert page.one(f"[name={name}]")["value"] == value.replace("\n", "\n")
        assert not McpServer.objects.exists()

    def test_of_what_is_no_mcp_server_says_so(self, owner, serve):
        page = Page(owner.client.post(INDEX, {"url": serve(shakes_hands(lambda sent: "?")).url}))

        assert (page.status, McpServer.objects.count()) == (422, 0)
        assert "There is no MCP server at this address" in page.one(".fault").get_text()

    def test_of_one_that_redirects_into_a_private_network_goes_nowhere(self, owner, kitchen, serve):
        inside = serve(kitchen.app, is_allowed=False)
        page = Page(owner.client.post(INDEX, {"url": serve(redirects(inside.url)).url}))

        assert page.status == 422
        assert f"The server redirects to another address: {inside.url}" in page.one(".fault").get_text()
        assert kitchen.requests == []

    def test_what_a_server_says_is_never_html(self, owner, serve):
        from tests.mcp.servers import lists, tool

        hostile = "<script>alert(1)</script><b>bold</b>"
        owner.client.post(INDEX, {"url": serve(lists(tool("x", hostile, title=hostile))).url, "name": hostile})
        page = Page(owner.client.get(page_of(McpServer.objects.get())))

        assert page.soup.select("script:not([src]), main b") == []
        assert page.one(".description").get_text() == hostile

    def test_has_a_limit(self, owner, server):
        others = [McpServer(user=owner.user, name=f"{n}", slug=f"{n}", url=server.url) for n in range(9)]
        McpServer.objects.bulk_create(others)
        page = Page(owner.client.post(INDEX, {"url": server.url}))

        assert (page.status, McpServer.objects.count()) == (422, 10)
        assert alert(page) == "You have 10 servers. Delete one to add another."

    def test_too_often_has_to_wait(self, owner, monkeypatch):
        monkeypatch.setattr(CONNECTIONS, "wait_seconds", lambda key: 5.0)
        page = Page(owner.client.post(INDEX, {"url": "https://127.0.0.1:9/"}))

        assert (page.status, alert(page)) == (422, "Too many attempts. Wait a minute, then try again.")


class TestHeader:
    @pytest.fixture
    def keyed(self, owner, kitchen, serve):
        url = serve(WantsHeader(kitchen.app, "X-Key", "sesame")).url
        owner.client.post(INDEX, {"url": url, "name": "Kitchen", "header_name": "X-Key", "header_value": "sesame"})
        return McpServer.objects.get()

    def test_is_sent_and_never_shown_again(self, owner, keyed):
        response = owner.client.get(page_of(keyed))

        assert b"sesame" not in response.content
        assert called(owner, "echo", text="Hello").text == "Hello"

    def test_stays_unless_another_is_sent(self, owner, keyed):
        owner.client.post(page_of(keyed), {"name": "Kitchen", "header_name": "X-Key", "header_value": ""})
        assert called(owner, "echo", text="Hello").text == "Hello"
        owner.client.post(page_of(keyed), {"name": "Kitchen", "header_name": "X-Key", "header_value": "other"})
        page = Page(owner.client.post(f"{page_of(keyed)}listing/"))

        assert page.status == 422
        assert alert(page) == "The server didn't accept your key or sign-in."

    def test_cannot_be_emptied(self, owner, keyed):
        page = Page(owner.client.post(page_of(keyed), {"name": "Kitchen", "header_name": ""}))

        assert page.status == 422
        assert McpServer.objects.get().header_name == "X-Key"

    def test_and_tokens_that_were_renewed_meanwhile_stay_when_a_name_is_saved(self, owner, server):
        form = ServerForm({"name": "Kitchen"}, server=McpServer.objects.get())
        server.secrets = {"tokens": "new"}
        server.save()
        assert form.is_valid()
        form.save()

        assert (McpServer.objects.get().name, McpServer.objects.get().secrets) == ("Kitchen", {"tokens": "new"})

    def test_is_encrypted_again_by_rotate_keys(self, owner, keyed, settings, capsys):
        new = Fernet.generate_key().decode()
        settings.ENCRYPTION_KEYS = [new, *settings.ENCRYPTION_KEYS]
        call_command("rotate_keys")
        settings.ENCRYPTION_KEYS = [new]

        assert "The secrets of 1 MCP servers re-encrypted." in capsys.readouterr().out
        assert McpServer.objects.get().secrets == {"header": "sesame"}

    def test_that_nothing_decrypts_is_missing(self, owner, keyed, settings, capsys):
        settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
        call_command("rotate_keys")

        assert "Those of 1 MCP servers cannot be decrypted." in capsys.readouterr().err
        assert McpServer.objects.get().secrets == {}


class TestPermissions:
    def test_are_stored(self, owner, server):
        echo, fail = server.tools.all()[:2]
        sent = {
            "name": "Renamed",
            f"permission-{echo.pk}": "allowed",
            f"fingerprint-{echo.pk}": echo.fingerprint,
            f"permission-{fail.pk}": "never",
            f"fingerprint-{fail.pk}": fail.fingerprint,
        }
        assert owner.client.post(page_of(server), sent).status_code == 302

        assert dict(server.tools.values_list("name", "permission")[:3]) == {
            "echo": "allowed",
            "fail": "never",
            "refuse": "ask",
        }
        server.refresh_from_db()
        assert (server.name, server.slug) == ("Renamed", "kitchen")

    def test_of_a_tool_that_has_changed_since_the_page_was_opened_are_not(self, owner, server):
        echo = server.tools.first()
        sent = {"name": "Kitchen", f"permission-{echo.pk}": "allowed", f"fingerprint-{echo.pk}": "that of before"}
        owner.client.post(page_of(server), sent)

        assert server.tools.first().permission == "ask"

    def test_fall_back_when_a_tool_changes_and_the_page_says_so(self, owner, server, kitchen):
        McpTool.objects.update(permission="allowed")
        kitchen.describe("echo", "Something else.")
        assert owner.client.post(f"{page_of(server)}listing/").status_code == 302
        page = Page(owner.client.get(page_of(server)))

        changed = page.one('[data-tool="echo"]')
        assert "Changed since you last saved" in changed.get_text()
        assert [option["value"] for option in changed.select("option[selected]")] == ["ask"]
        assert len(page.soup.select(".changed")) == 1
        echo = server.tools.get(name="echo")
        owner.client.post(page_of(server), {"name": "Kitchen", f"fingerprint-{echo.pk}": echo.fingerprint})
        assert "Changed since" not in Page(owner.client.get(page_of(server))).html

    def test_that_were_chosen_are_kept_when_something_else_is_wrong(self, owner, server):
        echo = server.tools.first()
        page = Page(owner.client.post(page_of(server), {"name": "", f"permission-{echo.pk}": "never"}))

        assert page.status == 422
        assert page.one('[data-tool="echo"] option[selected]')["value"] == "never"
        assert server.tools.first().permission == "ask"

    def test_that_are_none_change_nothing(self, owner, server):
        echo = server.tools.first()
        sent = {"name": "x", f"permission-{echo.pk}": "root", f"fingerprint-{echo.pk}": echo.fingerprint}
        owner.client.post(page_of(server), sent)

        assert server.tools.first().permission == "ask"


def test_a_server_that_is_gone_says_so_and_stays(owner, server, settings):
    settings.MCP_ALLOWED_HOSTS = []
    page = Page(owner.client.post(f"{page_of(server)}listing/"))

    assert (page.status, alert(page)) == (422, "The address has to start with https://.")
    assert "Its tools couldn't be listed." in Page(owner.client.get(INDEX)).one(".presets").get_text()
    assert server.tools.count() == 7


@pytest.fixture
def slow(owner, serve):
    """A server that is added, and then lists its tools only after `may_list`; `is_asked` says that it was."""

    class Slow:
        def __init__(self):
            self.is_asked, self.may_list = threading.Event(), threading.Event()
            self.may_list.set()
            self.answer = {"tools": [tool("x")]}
            self.server = added(owner, serve(shakes_hands(self.lists)).url)
            self.may_list.clear()
            self.is_asked.clear()

        def lists(self, sent):
            self.is_asked.set()
            assert self.may_list.wait(60)
            return self.answer or error(sent, -32603, "broken")

    return Slow()


@pytest.mark.database
@pytest.mark.parametrize("answer", [{"tools": [tool("x"), tool("y")]}, None], ids=["tools", "problem"])
def test_one_that_is_deleted_while_its_tools_are_listed_is_not_found(owner, slow, answer):
    slow.answer, pages = answer, []
    listing = threading.Thread(target=lambda: pages.append(owner.client.post(f"{page_of(slow.server)}listing/")))
    listing.start()
    assert slow.is_asked.wait(60)
    slow.server.delete()
    slow.may_list.set()
    listing.join()

    assert [page.status_code for page in pages] == [404]
    assert not McpTool.objects.exists()


def test_one_is_deleted_with_its_tools(owner, server):
    assert owner.client.post(f"{page_of(server)}deletion/").headers["Location"] == INDEX
    assert not McpServer.objects.exists()
    assert not McpTool.objects.exists()


def test_an_account_is_deleted_with_its_servers(owner, server):
    McpSignIn.objects.create(server=server, browser="x", state="x", verifier="x")
    assert owner.client.post("/account/deletion/", {"sure": "yes"}).status_code == 200

    assert not User.objects.exists()
    assert not any(model.objects.exists() for model in (McpServer, McpTool, McpSignIn))


def test_the_list_takes_as_many_queries_for_ten_as_for_one(owner, server, django_assert_num_queries):
    with django_assert_num_queries(2):
        owner.client.get(INDEX)
    others = [McpServer(user=owner.user, name=f"{n}", slug=f"{n}", url=server.url) for n in range(9)]
    McpServer.objects.bulk_create(others)
    with django_assert_num_queries(2):
        owner.client.get(INDEX)


def test_the_account_page_leads_there(owner):
    assert Page(owner.client.get("/account/")).one(f'a[href="{INDEX}"]').get_text() == "Tools from MCP servers"


def test_the_export_lists_servers_without_secrets(owner, server):
    McpTool.objects.filter(name="echo").update(permission="allowed")
    server.secrets = {"header": "sesame"}
    server.save()
    content = b"".join(owner.client.get("/account/export.zip"))
    with zipfile.ZipFile(BytesIO(content)) as archive:
        exported = json.loads(archive.read("tools.json"))

    assert (exported["format"], exported["version"]) == ("potluck-tools", 1)
    (only,) = exported["servers"]
    assert (only["name"], only["url"], only["auth"]) == ("Kitchen", server.url, "none")
    assert only["tools"][0] == {"name": "echo", "permission": "allowed"}
    assert "sesame" not in json.dumps(exported)
    assert server.ciphertext not in json.dumps(exported)


def test_an_import_passes_the_servers_over(owner, bob, server):
    owner.user.prompts.create(name="Sum up", text="Sum up.")
    bob.signs_in()
    page = import_file(bob, b"".join(owner.client.get("/account/export.zip")))

    assert "couldn't be imported" not in page_text(page)
    assert bob.user.prompts.count() == 1
    assert bob.user.mcp_servers.count() == 0


def test_an_export_without_servers_has_no_such_file(owner):
    content = b"".join(owner.client.get("/account/export.zip"))

    assert "tools.json" not in zipfile.ZipFile(BytesIO(content)).namelist()
