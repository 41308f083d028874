"""The forms that add and change MCP servers."""

import re
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.utils.translation import gettext as _

from chat.forms.fields import TextField
from chat.mcp.ask import allowed_hosts
from chat.mcp.problem_sentences import sentence
from chat.mcp.process.addresses import is_allowed
from chat.mcp.process.problems import Kind
from chat.models import McpServer, McpTool

HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, "token"
OURS = {"connection", "cookie", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}  # of HTTP
OUR_PREFIXES = ("accept", "content-", "mcp-", "proxy-")


class HeaderFields(forms.Form):
    """The name of a server, and the header that is sent with each request to it."""

    name = TextField(required=False)
    header_name = TextField(required=False)
    header_value = TextField(required=False)
    is_header_needed = False

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if len(name) > McpServer.LONGEST_NAME:
            limit = {"most": McpServer.LONGEST_NAME}
            raise forms.ValidationError(_("A server's name can have up to %(most)s characters.") % limit)
        return name

    def clean_header_name(self) -> str:
        name: str = self.cleaned_data["header_name"]
        if not name and not self.is_header_needed:
            return ""
        if not HEADER_NAME.fullmatch(name) or len(name) > McpServer.LONGEST_HEADER_NAME:
            raise forms.ValidationError(_("Enter a header name, such as Authorization."))
        if name.lower() in OURS or name.lower().startswith(OUR_PREFIXES):
            raise forms.ValidationError(_("This header can't be used. Choose another one."))
        return name

    def clean_header_value(self) -> str:
        value: str = self.cleaned_data["header_value"]
        if not value.isascii() or (value and not value.isprintable()) or len(value) > McpServer.LONGEST_HEADER_VALUE:
            limit = {"most": McpServer.LONGEST_HEADER_VALUE}
            raise forms.ValidationError(
                _("Use up to %(most)s unaccented letters, digits and symbols, all on one line.") % limit
            )
        return value


class NewServerForm(HeaderFields):
    """A server to add. Without a name it gets that of its host."""

    url = TextField(required=False)

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            parts = urlsplit(url)
            port = parts.port or (80 if parts.scheme == "http" else 443)
        except ValueError:
            raise forms.ValidationError(_address_wanted()) from None
        host = parts.hostname or ""
        is_web = parts.scheme in ("http", "https") and host and "@" not in parts.netloc
        if not is_web or not url.isascii() or not url.isprintable() or " " in url or len(url) > McpServer.LONGEST_URL:
            raise forms.ValidationError(_address_wanted())
        if parts.scheme == "http" and not is_allowed(host, port, allowed_hosts()):
            raise forms.ValidationError(sentence(Kind.NOT_HTTPS))
        return url.partition("#")[0]

    def clean(self) -> dict[str, Any]:
        sent = self.cleaned_data
        if sent.get("header_value") and not sent.get("header_name") and "header_name" not in self.errors:
            self.add_error("header_name", _("Enter a header name, such as Authorization."))
        if sent.get("header_name") and not sent.get("header_value") and "header_value" not in self.errors:
            self.add_error("header_value", _("Enter a value for the header."))
        return sent

    def server(self, **fields: Any) -> McpServer:
        """The server, which is not stored yet."""
        sent = self.cleaned_data
        name = sent["name"] or str(urlsplit(sent["url"]).hostname)[: McpServer.LONGEST_NAME]
        server = McpServer(name=name, url=sent["url"], header_name=sent["header_name"], **fields)
        if server.header_name:
            server.auth, server.secrets = McpServer.Auth.HEADER, {"header": sent["header_value"]}
        return server


class ServerForm(HeaderFields):
    """An existing server, with the permissions of its tools (`permission-<id>`)."""

    def __init__(self, *args: Any, server: McpServer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.server, self.tools = server, list(server.tools.all())
        self.is_header_needed = server.auth == McpServer.Auth.HEADER
        for tool in self.tools:
            tool.chosen = self._chosen(tool)  # type: ignore[attr-defined]

    def _chosen(self, tool: McpTool) -> str:
        sent = self.data.get(f"permission-{tool.pk}")
        return sent if sent in McpTool.Permission.values else tool.permission

    def clean_name(self) -> str:
        if not (name := super().clean_name()):
            raise forms.ValidationError(_("Enter a name for the server."))
        return name

    def save(self) -> None:
        """An empty value of the header leaves it as it was. Raises McpServer.DoesNotExist."""
        server, sent, changed = self.server, self.cleaned_data, ["name"]
        server.name = sent["name"]
        if self.is_header_needed:
            server.header_name = sent["header_name"]
            changed += ["header_name"]
            if sent["header_value"]:
                server.secrets = {"header": sent["header_value"]}
                changed += ["ciphertext"]  # only then: tokens may have been renewed since it was read
        server.store(*changed)
        for tool in self.tools:
            seen = McpTool.objects.filter(pk=tool.pk, fingerprint=self.data.get(f"fingerprint-{tool.pk}"))
            seen.update(permission=self._chosen(tool), is_changed=False)


def _address_wanted() -> str:
    return _("Enter the address of an MCP server, such as https://example.org/mcp.")
