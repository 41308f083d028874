"""OpenRouter, as far as a chat site needs it."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import requests

from .account import Exchange, Generation, KeyInfo, read_balance, read_exchange, read_generation, read_key_info
from .api_key import ApiKey
from .call import Call
from .cancellable_connection import Cancellation
from .catalogue import Model, read_models
from .diagnosis import diagnose_answer
from .error_patterns import EXCHANGE_SIGNS, SIGNS, Sign
from .errors import NoEndpoint, OpenRouterError
from .json_fields import read_json
from .pkce import CODE_CHALLENGE_METHOD
from .request_upload import Upload
from .transport import Transport

QUICK_ANSWER_SECONDS = 30.0
BONUS_SECONDS = 5.0  # for what is nice to know


class OpenRouter:
    """A client for everybody at once: share one per process, made after any fork.

    It works alike on threads and on gevent's greenlets. `title` and `referer` tell OpenRouter which app asks.
    All methods raise subclasses of `OpenRouterError`, which carry nothing of the request.
    """

    def __init__(
        self,
        openrouter_url: str = "https://openrouter.ai",
        *,
        title: str,
        referer: str,
        connect_timeout_seconds: float = 10.0,
        transport_idle_seconds: float = 60.0,
        content_idle_seconds: float = 180.0,
    ) -> None:
        self.transport_idle_seconds = transport_idle_seconds
        self.content_idle_seconds = content_idle_seconds
        self._transport = Transport(
            f"{openrouter_url.rstrip('/')}/api/v1",
            headers={
                "HTTP-Referer": referer,
                "X-OpenRouter-Title": " ".join(title.split()).encode(),  # as text, http.client wants Latin-1
            },
            connect_timeout_seconds=connect_timeout_seconds,
        )

    def exchange_code(self, *, code: str, code_verifier: str) -> Exchange:
        """Turn the code of a sign-in, which works once and for 10 minutes, into a key.

        Raises `CodeRejected` or `CodeExpired`, or whatever else may happen.
        """
        proof = {
            "code": code,
            "code_verifier": code_verifier,
            "code_challenge_method": CODE_CHALLENGE_METHOD,
        }
        return read_exchange(self._ask("POST", "/auth/keys", json=proof, signs=EXCHANGE_SIGNS))

    def key_info(self, key: ApiKey) -> KeyInfo:
        return read_key_info(self._ask("GET", "/key", key=key))

    def balance(self, key: ApiKey) -> Decimal | None:
        """Return what is left of the account's credits in US dollars, below zero in debt; None where that is not told.

        The docs say that only management keys may ask; since autumn 2026 apps report answers to others.
        """
        try:
            return read_balance(self._ask("GET", "/credits", key=key, read_timeout_seconds=BONUS_SECONDS))
        except OpenRouterError:
            return None

    def models(self, *, output_modalities: str = "") -> list[Model]:
        """Return the catalogue: by default models that write text, with "all" also those that only draw."""
        return read_models(self.catalogue(output_modalities=output_modalities))

    def catalogue(self, *, output_modalities: str = "") -> dict[str, Any]:
        """Return the same as it is sent, `{"data": [...]}`: to be kept, and read later by `read_models`."""
        query = {"output_modalities": output_modalities} if output_modalities else {}
        return self._ask("GET", "/models", params=query)

    def generation(self, key: ApiKey, generation_id: str) -> Generation | None:
        """Return the record of an answer, or None: it is often some seconds late."""
        try:
            return read_generation(self._ask("GET", "/generation", key=key, params={"id": generation_id}))
        except NoEndpoint:
            return None

    def chat(self, key: ApiKey, body: Mapping[str, Any]) -> Call:
        """Return the call for one answer; iterating it sends `body`, which is that of /chat/completions.

        Where the URL of a picture belongs, it may hold a `ImageFile`.
        """

        def send(line: Cancellation) -> requests.Response:
            response = self._transport.send(
                "POST",
                "/chat/completions",
                key=key,
                # As a file it is sent piece by piece, with a timeout for each. As bytes it would have to be
                # through within the connect timeout, which a slow uplink fails with three pictures.
                data=Upload({**body, "stream": True}),
                headers={
                    "Accept": "text/event-stream",
                    "Accept-Encoding": "identity",
                    "Content-Type": "application/json",
                },
                stream=True,
                read_timeout_seconds=self.transport_idle_seconds,
                line=line,
            )
            response.request.body = None  # megabytes of pictures that would stay as long as the stream
            return response

        return Call(
            send,
            transport_idle_seconds=self.transport_idle_seconds,
            content_idle_seconds=self.content_idle_seconds,
        )

    def close(self) -> None:
        self._transport.close()

    def _ask(self, method: str, path: str, *, signs: Iterable[Sign] = SIGNS, **arguments: Any) -> dict[str, Any]:
        response = self._transport.send(method, path, **({"read_timeout_seconds": QUICK_ANSWER_SECONDS} | arguments))
        told = _json(response)
        if response.status_code == 200 and isinstance(told, dict) and "error" not in told:
            return told
        raise diagnose_answer(status=response.status_code, headers=response.headers, body=response.content, signs=signs)


def _json(response: requests.Response) -> object:
    try:
        return read_json(response.content)
    except ValueError:
        return None
