"""HTTP to OpenRouter: one session for all people, which keeps nothing of any of them."""

import logging
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.auth import AuthBase
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from .api_key import ApiKey
from .cancellable_connection import CancellableAdapter, Cancellation, cancellation_in_use
from .errors import Interrupted, LineSilent, OpenRouterError, Unreachable

MAX_IDLE_CONNECTIONS = 1000

logger = logging.getLogger(__name__)


class Transport:
    """Sends requests. Its errors carry nothing of the request, not even frames that its headers were in."""

    def __init__(self, base_url: str, *, headers: dict[str, str | bytes], connect_timeout_seconds: float) -> None:
        self._base_url = base_url
        self._connect_timeout_seconds = connect_timeout_seconds
        self._session = requests.Session()
        self._session.headers.update(headers)
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = CancellableAdapter(pool_maxsize=MAX_IDLE_CONNECTIONS)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def send(
        self,
        method: str,
        path: str,
        *,
        key: ApiKey | None = None,
        read_timeout_seconds: float,
        line: Cancellation | None = None,
        **arguments: Any,
    ) -> requests.Response:
        """Return the answer, whatever its status; redirects are not followed.

        Raises `Unreachable`, `LineSilent` or `Interrupted`.
        """
        token = cancellation_in_use.set(line)
        try:
            return self._session.request(
                method,
                self._base_url + path,
                auth=_Bearer(key),
                timeout=(self._connect_timeout_seconds, read_timeout_seconds),
                allow_redirects=False,
                **arguments,
            )
        except Exception as failure:  # of whatever kind: its frames hold the Authorization header
            error = _in_our_words(failure, Unreachable, read_timeout_seconds)
        finally:
            cancellation_in_use.reset(token)
        raise error  # out here, where it has no __context__ that an error report would print

    def close(self) -> None:
        self._session.close()


def read_some(response: requests.Response, *, read_timeout_seconds: float) -> bytes:
    """Wait for bytes and return what has come; b"" at the end.

    Raises `LineSilent` or `Interrupted`.
    """
    try:
        # All of it: without a content encoding urllib3 would forget what is beyond a given size until more comes.
        return response.raw.read1(decode_content=True) or b""
    except Exception as failure:  # as above; also what urllib3 makes of a line that is cut under its hands
        error = _in_our_words(failure, Interrupted, read_timeout_seconds)
    raise error


class _Bearer(AuthBase):
    """Writes the key, or nothing. Even nothing keeps a .netrc of the machine from filling in."""

    def __init__(self, key: ApiKey | None) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._key is not None:
            request.headers["Authorization"] = f"Bearer {self._key.reveal()}"
        return request


def _in_our_words(failure: Exception, otherwise: type[OpenRouterError], read_timeout_seconds: float) -> OpenRouterError:
    first = failure.args[0] if failure.args else None
    told = first if isinstance(first, Exception) else failure  # requests wraps urllib3's
    cause = type(getattr(told, "reason", None) or failure).__name__
    logger.info("No answer from OpenRouter: %s", cause)
    if isinstance(told, ReadTimeoutError):
        return LineSilent(details={"after_seconds": read_timeout_seconds})
    if isinstance(told, ProtocolError):
        return Interrupted(details={"cause": cause})
    return otherwise(details={"cause": cause})
