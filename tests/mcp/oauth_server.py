"""An MCP server that requires a sign-in, and the authorization server that it trusts, at another address."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from mcp.server.auth.provider import (
    AccessToken,
    AuthorizationCode,
    AuthorizationParams,
    OAuthAuthorizationServerProvider,
    RefreshToken,
    construct_redirect_uri,
)
from mcp.server.auth.routes import create_auth_routes
from mcp.server.auth.settings import AuthSettings, ClientRegistrationOptions
from mcp.server.mcpserver import MCPServer
from mcp.shared.auth import OAuthClientInformationFull, OAuthToken
from pydantic import AnyHttpUrl
from starlette.applications import Starlette

from tests.mcp.servers import Recorder
from tests.mcp_server import Running
from tests.site import free_port


class AuthorizationServer(OAuthAuthorizationServerProvider[AuthorizationCode, RefreshToken, AccessToken]):
    """Approves whatever comes. Each refresh token works once. Tokens last for `lifetime` seconds."""

    def __init__(self) -> None:
        self.lifetime = 3600
        self.clients: dict[str, OAuthClientInformationFull] = {}
        self.codes: dict[str, AuthorizationCode] = {}
        self.access: dict[str, AccessToken] = {}
        self.refresh: dict[str, RefreshToken] = {}
        self.renewals = 0

    async def get_client(self, client_id: str) -> OAuthClientInformationFull | None:
        return self.clients.get(client_id)

    async def register_client(self, client_info: OAuthClientInformationFull) -> None:
        self.clients[client_info.client_id] = client_info

    async def authorize(self, client: OAuthClientInformationFull, params: AuthorizationParams) -> str:
        code = AuthorizationCode(
            code=secrets.token_urlsafe(24),
            scopes=params.scopes or [],
            expires_at=time.time() + 60,
            client_id=client.client_id,
            code_challenge=params.code_challenge,
            redirect_uri=params.redirect_uri,
            redirect_uri_provided_explicitly=True,
            resource=params.resource,
        )
        self.codes[code.code] = code
        return construct_redirect_uri(str(params.redirect_uri), code=code.code, state=params.state)

    async def load_authorization_code(
        self, client: OAuthClientInformationFull, authorization_code: str
    ) -> AuthorizationCode | None:
        return self.codes.get(authorization_code)

    async def exchange_authorization_code(
        self, client: OAuthClientInformationFull, authorization_code: AuthorizationCode
    ) -> OAuthToken:
        del self.codes[authorization_code.code]
        return self._issue(authorization_code.client_id, authorization_code.scopes, authorization_code.resource)

    async def load_refresh_token(self, client: OAuthClientInformationFull, refresh_token: str) -> RefreshToken | None:
        return self.refresh.get(refresh_token)

    async def exchange_refresh_token(
        self, client: OAuthClientInformationFull, refresh_token: RefreshToken, scopes: list[str]
    ) -> OAuthToken:
        self.renewals += 1
        del self.refresh[refresh_token.token]
        return self._issue(refresh_token.client_id, scopes, refresh_token.resource)

    async def load_access_token(self, token: str) -> AccessToken | None:
        return await self.verify_token(token)

    async def verify_token(self, token: str) -> AccessToken | None:
        return self.access.get(token)

    async def revoke_token(self, token: AccessToken | RefreshToken) -> None:
        self.access.pop(token.token, None)

    def _issue(self, client_id: str, scopes: list[str], resource: str | None) -> OAuthToken:
        access, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        common: dict[str, Any] = {"client_id": client_id, "scopes": scopes, "resource": resource}
        self.access[access] = AccessToken(token=access, **common)
        self.refresh[refresh] = RefreshToken(token=refresh, **common)
        return OAuthToken(access_token=access, refresh_token=refresh, expires_in=self.lifetime, scope=" ".join(scopes))


class ProtectedServer:
    """The server whose tools need a sign-in, and the authorization server that it trusts, while both run."""

    def __init__(self, authority: AuthorizationServer, server: Running, issuer_server: Running) -> None:
        self.authority, self.server, self.issuer = authority, server, issuer_server
        self.requests: list[dict[str, str]] = []
        self.token_requests: list[dict[str, str]] = []

    def approve(self, address: str) -> str:
        """Approve at this address; return the address that the browser is sent to."""
        answer = requests.get(address, allow_redirects=False, timeout=60)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]


@contextmanager
def protected_server() -> Iterator[ProtectedServer]:
    authority, port, own_port = AuthorizationServer(), free_port(), free_port()
    issuer, url = AnyHttpUrl(f"http://127.0.0.1:{port}"), AnyHttpUrl(f"http://127.0.0.1:{own_port}/mcp")
    registration = ClientRegistrationOptions(enabled=True, valid_scopes=["read"], default_scopes=["read"])
    routes = create_auth_routes(authority, issuer, client_registration_options=registration)
    auth = AuthSettings(
        issuer_url=issuer, resource_server_url=url, required_scopes=["read"], validate_token_resource=True
    )
    server: MCPServer[Any] = MCPServer("Vault", log_level="CRITICAL", token_verifier=authority, auth=auth)

    @server.tool()
    def open_door() -> str:
        """Open the door."""
        return "It is open."

    asked: list[dict[str, str]] = []
    signed: list[dict[str, str]] = []
    with (
        Running(Recorder(Starlette(routes=routes), signed), port=port) as issuer_server,
        Running(Recorder(server.streamable_http_app(), asked), port=own_port) as running,
    ):
        both = ProtectedServer(authority, running, issuer_server)
        both.requests, both.token_requests = asked, signed
        yield both
