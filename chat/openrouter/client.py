"""The `OpenRouter` client: one method for each API call that a chat site needs."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import requests

from .account.code_exchange import Exchange, read_exchange
from .account.generation import Generation, read_generation
from .account.key_info import KeyInfo, read_balance, read_key_info, select_key_fields
from .account.pkce import CODE_CHALLENGE_METHOD
from .account.presets import MAX_PRESETS, read_preset_slugs
from .answers.api import CHAT_COMPLETIONS, AnswerApi
from .answers.call import Call
from .api_key import ApiKey
from .catalogue.endpoints import MAX_ENDPOINTS, read_zero_retention
from .catalogue.image_options import read_image_options
from .catalogue.models import Model, read_models
from .catalogue.server_tools import select_server_tools
from .connection.cancellation import Cancellation
from .connection.transport import Transport, WholeAnswer
from .connection.upload import EncodedFile, Upload
from .errors.diagnosis import diagnose_answer
from .errors.kinds import NoEndpoint, OpenRouterError, UnknownModel
from .errors.patterns import ERROR_PATTERNS, EXCHANGE_PATTERNS, ErrorPattern
from .json_fields import as_list, as_object, problem_of_text, read_json
from .voice.audio_format import format_of
from .voice.speech import Speech, read_speech
from .voice.transcription import Transcription, read_transcription

CHAT_HEADERS = {
    "Accept": "text/event-stream",
    "Accept-Encoding": "identity",
    "Content-Type": "application/json",
}
QUICK_ANSWER_SECONDS = 30.0
OPTIONAL_ANSWER_SECONDS = 5.0  # for what a page can do without
MAX_JSON_BYTES = 32 * 1024 * 1024  # the list of all models is about one
MAX_SPEECH_BYTES = 8 * 1024 * 1024  # almost three minutes of bare samples


class OpenRouter:
    """A client for OpenRouter's API. Create one per process, after any fork, and share it among all users.

    It works on threads and on gevent's greenlets. `title` and `referer` tell OpenRouter which app is calling.
    All methods raise subclasses of `OpenRouterError`, which contain nothing of the request.
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
                "X-OpenRouter-Title": " ".join(title.split()).encode(),  # http.client takes only Latin-1 as str
            },
            connect_timeout_seconds=connect_timeout_seconds,
        )

    def exchange_code(self, *, code: str, code_verifier: str) -> Exchange:
        """Exchange the code of a sign-in for a key. A code works once, and expires after 10 minutes.

        Raises `CodeRejected`, `CodeExpired` or any other `OpenRouterError`.
        """
        proof = {
            "code": code,
            "code_verifier": code_verifier,
            "code_challenge_method": CODE_CHALLENGE_METHOD,
        }
        return read_exchange(self._request("POST", "/auth/keys", json=proof, patterns=EXCHANGE_PATTERNS))

    def key_info(self, key: ApiKey) -> KeyInfo:
        return read_key_info(self._request("GET", "/key", key=key))

    def key_fields(self, key: ApiKey) -> dict[str, Any]:
        """Return what /key says of the key's limits and spending, as sent, for `read_key_info` to read later."""
        return select_key_fields(self._request("GET", "/key", key=key))

    def balance(self, key: ApiKey) -> Decimal | None:
        """Return the account's remaining credits in US dollars, below zero in debt; None if OpenRouter does not say.

        The docs allow this to management keys only; since autumn 2026 apps report answers to other keys, too.
        """
        try:
            return read_balance(self._request("GET", "/credits", key=key, read_timeout_seconds=OPTIONAL_ANSWER_SECONDS))
        except OpenRouterError:
            return None

    def models(self, *, output_modalities: str = "") -> list[Model]:
        """Return the catalogue: by default models that write text, with "all" also those that only make images."""
        return read_models(self.catalogue(output_modalities=output_modalities))

    def catalogue(self, *, output_modalities: str = "") -> dict[str, Any]:
        """Return the catalogue as OpenRouter sends it, `{"data": [...]}`, for `read_models` to read later."""
        query = {"output_modalities": output_modalities} if output_modalities else {}
        return self._request("GET", "/models", params=query)

    def models_of_user(self, key: ApiKey) -> list[Model] | None:
        """Return the models that the settings of the key's owner allow; None when the list is empty or not whole."""
        body = self._request("GET", "/models/user", key=key, params={"output_modalities": "all"})
        is_whole = not as_object(body.get("links")).get("next")
        return (read_models(body) or None) if is_whole else None

    def presets_of_user(self, key: ApiKey) -> list[str] | None:
        """Return the slugs of the presets of the key's owner, the latest first; none where the key may not list them.

        None when OpenRouter could not say.
        """
        try:
            query, patience = {"limit": MAX_PRESETS}, OPTIONAL_ANSWER_SECONDS
            body = self._request("GET", "/presets", key=key, params=query, read_timeout_seconds=patience)
        except OpenRouterError as error:
            return [] if error.status in (401, 403, 404) else None
        return read_preset_slugs(body)

    def zero_retention(self) -> dict[str, list[str]]:
        """Return, by model, the tags of the providers that keep nothing of what they are sent."""
        return read_zero_retention(self._request("GET", "/endpoints/zdr", read_timeout_seconds=OPTIONAL_ANSWER_SECONDS))

    def image_options(self) -> dict[str, dict[str, list[str]]]:
        """Return the options of models that make images, and the values of each, by model."""
        body = self._request("GET", "/images/models", read_timeout_seconds=OPTIONAL_ANSWER_SECONDS)
        return read_image_options(body)

    def server_tools(self, key: ApiKey | None = None) -> list[dict[str, Any]]:
        """Return the tools that OpenRouter itself runs, for `read_server_tools` to read later.

        OpenRouter's SDK sends a key along; its docs do not say whether one is needed. Raises `KeyRejected` if it is.
        """
        answer = self._receive("GET", "/tools", key=key, read_timeout_seconds=OPTIONAL_ANSWER_SECONDS)
        listed = _parse_json(answer)
        return select_server_tools(listed if answer.status == 200 and isinstance(listed, list) else _content(answer))

    def endpoints(self, key: ApiKey | None, model_id: str) -> list[Any]:
        """Return the first providers of a model as OpenRouter sends them, for `read_endpoints` to read later.

        Raises `UnknownModel` for an id that is not of the form "author/slug".
        """
        author, slash, slug = model_id.partition("/")
        if not slash or not author.strip(".") or not slug.strip("."):
            raise UnknownModel
        path = f"/models/{quote(author, safe='~')}/{quote(slug, safe=':')}/endpoints"
        body = self._request("GET", path, key=key, read_timeout_seconds=OPTIONAL_ANSWER_SECONDS)
        items = as_list(as_object(body.get("data")).get("endpoints"))
        return [item for item in items[:MAX_ENDPOINTS] if not problem_of_text(item)]

    def generation(self, key: ApiKey, generation_id: str) -> Generation | None:
        """Return the record of an answer, or None while there is none: it is often some seconds late."""
        try:
            return read_generation(self._request("GET", "/generation", key=key, params={"id": generation_id}))
        except NoEndpoint:
            return None

    def chat(self, key: ApiKey, body: Mapping[str, Any], *, api: AnswerApi = CHAT_COMPLETIONS) -> Call:
        """Return the call for one answer; iterating it sends `body`, in the form that `api` wants.

        `body` is that of a chat completion, except for COMPLETIONS. It may contain an `EncodedFile` in place of a URL.
        """
        # `requests` sends a file piece by piece, with a timeout for each. Bytes would all have to be sent within the
        # connect timeout, and a slow uplink does not manage that with three images.
        upload = Upload(api.body({**body, "stream": True}))

        def send(cancellation: Cancellation) -> requests.Response:
            response = self._transport.send(
                "POST",
                api.path,
                key=key,
                data=upload,
                headers=CHAT_HEADERS,
                stream=True,
                read_timeout_seconds=self.transport_idle_seconds,
                cancellation=cancellation,
            )
            response.request.body = None  # megabytes of images that would stay in memory as long as the stream
            return response

        return Call(
            send,
            reader=api.reader(),
            request_bytes=upload.len,
            transport_idle_seconds=self.transport_idle_seconds,
            content_idle_seconds=self.content_idle_seconds,
        )

    def transcribe(self, key: ApiKey, *, model: str, audio: EncodedFile, audio_format: str) -> Transcription:
        """Return what is said in a recording; `audio_format` is its `format_of`.

        The providers give up after a minute, says OpenRouter. What breaks off may have cost something: its
        `Interrupted` has the `generation_id`.
        """
        body = Upload({"model": model, "input_audio": {"data": audio, "format": audio_format}})
        answer = self._receive(
            "POST",
            "/audio/transcriptions",
            key=key,
            data=body,
            headers={"Content-Type": "application/json"},
            read_timeout_seconds=self.transport_idle_seconds,
        )
        return read_transcription(_content(answer), answer.headers.get("X-Generation-Id") or "")

    def speak(self, key: ApiKey, *, model: str, text: str, voice: str, audio_format: str = "mp3") -> Speech:
        """Return a text read aloud; without a `voice` by the one that the provider takes.

        `audio_format` is mp3 or pcm, of which some models know only one. What breaks off may have cost something: its
        `Interrupted` has the `generation_id`.
        """
        body = {"model": model, "input": text, "response_format": audio_format} | ({"voice": voice} if voice else {})
        answer = self._receive(
            "POST",
            "/audio/speech",
            key=key,
            json=body,
            read_timeout_seconds=self.transport_idle_seconds,
            most_bytes=MAX_SPEECH_BYTES,
        )
        is_audio = answer.headers.get("Content-Type", "").startswith("audio/") or format_of(answer.content)
        if answer.status != 200 or not is_audio:
            raise diagnose_answer(status=answer.status, headers=answer.headers, body=answer.content)
        return read_speech(answer.content, answer.headers)

    def chat_head(self, *, body_bytes: int, key: str, api: AnswerApi = CHAT_COMPLETIONS) -> str:
        """Return how a request of `chat` begins: its address and headers, with `key` in place of the key."""
        own = {"Authorization": f"Bearer {key}", "Content-Length": str(body_bytes)}
        headers = self._transport.headers | CHAT_HEADERS | own
        return "\n".join([f"POST {self._transport.url_of(api.path)}", *map(": ".join, headers.items())])

    def close(self) -> None:
        self._transport.close()

    def _request(
        self, method: str, path: str, *, patterns: Iterable[ErrorPattern] = ERROR_PATTERNS, **arguments: Any
    ) -> dict[str, Any]:
        return _content(self._receive(method, path, **arguments), patterns)

    def _receive(
        self,
        method: str,
        path: str,
        *,
        read_timeout_seconds: float = QUICK_ANSWER_SECONDS,
        most_bytes: int = MAX_JSON_BYTES,
        **arguments: Any,
    ) -> WholeAnswer:
        return self._transport.receive(
            method,
            path,
            read_timeout_seconds=read_timeout_seconds,
            most_bytes=most_bytes,
            most_seconds=self.content_idle_seconds,
            **arguments,
        )


def _content(answer: WholeAnswer, patterns: Iterable[ErrorPattern] = ERROR_PATTERNS) -> dict[str, Any]:
    body = _parse_json(answer)
    if answer.status == 200 and isinstance(body, dict) and not body.get("error"):
        return body
    raise diagnose_answer(status=answer.status, headers=answer.headers, body=answer.content, patterns=patterns)


def _parse_json(answer: WholeAnswer) -> object:
    try:
        return read_json(answer.content)
    except ValueError:
        return None
