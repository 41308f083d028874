"""A bare client for the stand-in's own tests: it shows bytes, events and HTTP chunks as they came."""

import json
from dataclasses import dataclass
from typing import Any

import requests

from tests.standin import StandIn

SEES = "anthropic/claude-haiku-4.5"
BLIND = "meta-llama/llama-3.3-70b-instruct"


@dataclass
class Client:
    standin: StandIn
    key: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def get(self, path: str) -> requests.Response:
        return requests.get(f"{self.standin.url}/api/v1/{path}", headers=self.headers, timeout=60)

    def ask(
        self, content: Any, *, stream: bool = True, model: str = SEES, timeout: float = 60, **more: Any
    ) -> requests.Response:
        """The answer with its body unread. `content` is the question, or the whole list of messages."""
        is_whole = isinstance(content, list) and content and "role" in content[0]
        messages = content if is_whole else [{"role": "user", "content": content}]
        return requests.post(
            f"{self.standin.url}/api/v1/chat/completions",
            headers=self.headers,
            json={"model": model, "messages": messages, "stream": stream, **more},
            stream=True,
            timeout=timeout,
        )

    def events(self, content: Any, **more: Any) -> list[Any]:
        return events(self.ask(content, **more).content)

    def text(self, content: Any, **more: Any) -> str:
        return text_of(self.events(content, **more))


def events(body: bytes) -> list[Any]:
    """The JSON of every `data:` event but `[DONE]`."""
    lines = (line.removeprefix(b"data: ") for line in body.split(b"\n") if line.startswith(b"data: "))
    return [json.loads(line) for line in lines if line != b"[DONE]"]


def text_of(chunks: list[Any]) -> str:
    return "".join(choice["delta"]["content"] for chunk in chunks for choice in chunk["choices"])


def http_chunks(response: requests.Response) -> list[bytes]:
    """The body in the pieces in which the server sent it."""
    return list(response.raw.read_chunked(decode_content=False))
