"""Sign-in with an MCP server by OAuth, by the `mcp` package: discovery, registration, tokens and their renewal.

A person approves on a page of the authorization server, so the sign-in takes two processes. The first ends with
NeedsApproval and the address of that page; the second gets the code that came back. Both look up where to go by
themselves, so that nothing that a browser sent decides about it.
"""

import time
from collections.abc import Callable
from typing import Any, Literal

import httpx2
from mcp.client.auth import OAuthClientProvider, TokenStorage
from mcp.client.auth.oauth2 import PKCEParameters
from mcp.client.auth.utils import validate_authorization_response_iss
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthMetadata,
    OAuthToken,
    ProtectedResourceMetadata,
)
from pydantic import AnyUrl

EARLY_SECONDS = 30  # that tokens are renewed before they expire
EXPIRED = 1.0  # a time long ago; 0 would stand for one that is not known

Stored = dict[str, Any]  # "tokens", "expires_at", "client", "resource", "server": what one process leaves to the next


class NeedsApproval(Exception):
    """The person has to approve at `url`. `state` and `verifier` belong to the answer."""

    def __init__(self, url: str, state: str, verifier: str) -> None:
        super().__init__("A sign-in is needed.")
        self.url, self.state, self.verifier = url, state, verifier


class Storage(TokenStorage):
    """What is stored of a sign-in; `report` gets all of it whenever it changes."""

    def __init__(self, stored: Stored, report: Callable[[Stored], None]) -> None:
        self.stored, self._report = stored, report
        self.provider: SignIn | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return OAuthToken.model_validate(self.stored["tokens"]) if "tokens" in self.stored else None

    async def set_tokens(self, tokens: OAuthToken) -> None:
        expires_at = time.time() + tokens.expires_in - EARLY_SECONDS if tokens.expires_in else None
        self._store(tokens=tokens.model_dump(mode="json", exclude_none=True), expires_at=expires_at)

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return OAuthClientInformationFull.model_validate(self.stored["client"]) if "client" in self.stored else None

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.stored.pop("tokens", None)  # they were another client's
        self._store(client=client_info.model_dump(mode="json", exclude_none=True))

    def _store(self, **changes: Any) -> None:
        assert self.provider
        self.stored.update(changes, **self.provider.discovered())
        self._report(self.stored)


class SignIn(OAuthClientProvider):
    """Signs requests to one server. With `approval` (code, verifier, iss) it completes a sign-in."""

    def __init__(
        self, url: str, *, redirect_uri: str, client_name: str, storage: Storage, approval: dict[str, str] | None
    ) -> None:
        kind: Literal["native", "web"] = "native" if redirect_uri.startswith("http:") else "web"
        uris = [AnyUrl(redirect_uri)]
        metadata = OAuthClientMetadata(redirect_uris=uris, client_name=client_name, application_type=kind)
        super().__init__(url, metadata, storage, redirect_handler=self._ask, callback_handler=self._wait)
        self._approval = approval
        storage.provider = self
        self._remember(storage.stored)

    def discovered(self) -> dict[str, Any]:
        """What was found out about who signs in, for `_remember`."""
        found = {"resource": self.context.protected_resource_metadata, "server": self.context.oauth_metadata}
        return {name: each.model_dump(mode="json", exclude_none=True) for name, each in found.items() if each}

    def _remember(self, stored: Stored) -> None:
        """Without it the package would renew tokens at the MCP server itself, and believe that none expires."""
        context = self.context
        if server := stored.get("server"):
            context.oauth_metadata = OAuthMetadata.model_validate(server)
        if resource := stored.get("resource"):
            context.protected_resource_metadata = ProtectedResourceMetadata.model_validate(resource)
            context.auth_server_url = str(context.protected_resource_metadata.authorization_servers[0])
        context.token_expiry_time = stored.get("expires_at")

    async def _ask(self, url: str) -> None:
        """The package's address of the page to approve on, with a challenge whose verifier outlives this process."""
        pkce, address = PKCEParameters.generate(), httpx2.URL(url)
        address = address.copy_set_param("code_challenge", pkce.code_challenge)
        raise NeedsApproval(str(address), address.params["state"], pkce.code_verifier)

    async def _wait(self) -> AuthorizationCodeResult:
        raise NotImplementedError("What comes back is for another process.")

    async def _perform_authorization(self) -> httpx2.Request:
        if self._approval is None:
            return await super()._perform_authorization()
        approval, self._approval = self._approval, None
        validate_authorization_response_iss(approval.get("iss") or None, self.context.oauth_metadata)
        return await self._exchange_token_authorization_code(approval["code"], approval["verifier"])
