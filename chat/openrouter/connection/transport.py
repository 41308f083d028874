"""Sends HTTP requests to OpenRouter over one `requests.Session`, which all users share and which stores nothing."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from time import monotonic
from typing import Any

import requests
from requests.auth import AuthBase
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from chat.openrouter.api_key import ApiKey
from chat.openrouter.connection.cancellation import CancellableAdapter, Cancellation, current_cancellation
from chat.openrouter.errors.kinds import (
    AnswerTooLarge,
    Interrupted,
    LineSilent,
    NoProgress,
    OpenRouterError,
    Unreachable,
)

MAX_IDLE_CONNECTIONS = 1000

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class WholeAnswer:
    status: int
    headers: Mapping[str, str]
    content: bytes


class Transport:
    """Sends requests. Its errors contain nothing of the request, not even stack frames with its headers."""

    def __init__(self, base_url: str, *, headers: dict[str, str | bytes], connect_timeout_seconds: float) -> None:
        self._base_url = base_url
        self._connect_timeout_seconds = connect_timeout_seconds
        self._session = requests.Session()
        self._session.headers.update(headers)
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._use_environment()
        adapter = CancellableAdapter(pool_maxsize=MAX_IDLE_CONNECTIONS)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def _use_environment(self) -> None:
        """Take proxies and certificates from the environment, which `requests` would search for each request."""
        found = self._session.merge_environment_settings(self._base_url, {}, None, None, None)
        self._session.proxies, self._session.verify = found["proxies"], found["verify"]
        self._session.trust_env = False

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every request, without keys."""
        values = {str(name): value for name, value in self._session.headers.items()}
        return {name: value.decode() if isinstance(value, bytes) else value for name, value in values.items()}

    def url_of(self, path: str) -> str:
        return self._base_url + path

    def send(
        self,
        method: str,
        path: str,
        *,
        key: ApiKey | None = None,
        read_timeout_seconds: float,
        cancellation: Cancellation | None = None,
        **arguments: Any,
    ) -> requests.Response:
        """Return the response, whatever its status; redirects are not followed.

        Raises `Unreachable`, `LineSilent` or `Interrupted`.
        """
        token = current_cancellation.set(cancellation)
        try:
            return self._session.request(
                method,
                self.url_of(path),
                auth=_Bearer(key),
                timeout=(self._connect_timeout_seconds, read_timeout_seconds),
                allow_redirects=False,
                **arguments,
            )
        except Exception as failure:  # any exception, because its stack frames contain the Authorization header
            error = _as_openrouter_error(failure, Unreachable, read_timeout_seconds)
        finally:
            current_cancellation.reset(token)
        raise error  # outside the `except` block, so that it has no __context__ that an error report would print

    def receive(
        self,
        method: str,
        path: str,
        *,
        read_timeout_seconds: float,
        most_bytes: int,
        most_seconds: float,
        **arguments: Any,
    ) -> WholeAnswer:
        """Send a request and return its answer, of at most so many bytes and received within so many seconds.

        Raises `Unreachable`, and `Interrupted` or one of its kinds, then with the `generation_id` if there is one.
        """
        with self.send(method, path, stream=True, read_timeout_seconds=read_timeout_seconds, **arguments) as response:
            try:
                content = b"".join(_pieces(response, read_timeout_seconds, most_bytes, most_seconds))
            except OpenRouterError as error:
                error.generation_id = response.headers.get("X-Generation-Id")
                raise
        return WholeAnswer(response.status_code, response.headers, content)

    def close(self) -> None:
        self._session.close()


def read_available(response: requests.Response, *, read_timeout_seconds: float) -> bytes:
    """Wait for bytes and return all that have arrived; b"" at the end.

    Raises `LineSilent` or `Interrupted`.
    """
    try:
        # Without a size: urllib3 would not return bytes beyond the given size until more arrive.
        return response.raw.read1(decode_content=True) or b""
    except Exception as failure:  # any exception, as above; urllib3 also raises various ones for a closed connection
        error = _as_openrouter_error(failure, Interrupted, read_timeout_seconds)
    raise error


def _pieces(
    response: requests.Response, read_timeout_seconds: float, most_bytes: int, most_seconds: float
) -> Iterator[bytes]:
    size_bytes, give_up_at = 0, monotonic() + most_seconds
    while piece := read_available(response, read_timeout_seconds=read_timeout_seconds):
        size_bytes += len(piece)
        if size_bytes > most_bytes:
            raise AnswerTooLarge
        if monotonic() > give_up_at:
            raise NoProgress(details={"after_seconds": most_seconds})
        yield piece


class _Bearer(AuthBase):
    """Sets the Authorization header if there is a key. Without one it still keeps `requests` from reading .netrc."""

    def __init__(self, key: ApiKey | None) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._key is not None:
            request.headers["Authorization"] = f"Bearer {self._key.reveal()}"
        return request


def _as_openrouter_error(
    failure: Exception, default: type[OpenRouterError], read_timeout_seconds: float
) -> OpenRouterError:
    first = failure.args[0] if failure.args else None
    error = first if isinstance(first, Exception) else failure  # requests wraps urllib3's errors
    cause = type(getattr(error, "reason", None) or failure).__name__
    logger.info("No answer from OpenRouter: %s", cause)
    if isinstance(error, ReadTimeoutError):
        return LineSilent(details={"after_seconds": read_timeout_seconds})
    if isinstance(error, ProtocolError):
        return Interrupted(details={"cause": cause})
    return default(details={"cause": cause})
