"""`POST /completions`: goes on with a text. OpenRouter's description leaves it out; its form is OpenAI's legacy one."""

from collections.abc import Sequence
from typing import Any

from tests.standin.chat import answer
from tests.standin.refusal import Refused
from tests.standin.web import Request, Response
from tests.standin.wire import Json, Usage, Wire
from tests.standin.world import World


def go_on(world: World, request: Request) -> Response:
    return answer(world, request, read=as_chat, wire=CompletionsWire)


def as_chat(body: Any) -> Json:
    """The request as one for `/chat/completions`: the text is the question, so that marks in it work."""
    if not isinstance(body, dict) or not isinstance(body.get("prompt"), str) or "messages" in body:
        raise Refused(400, "bad-request")
    return {**body, "messages": [{"role": "user", "content": body["prompt"]}]}


class CompletionsWire(Wire):
    """Chunks with a text in place of a message."""

    def frame(self, choices: Sequence[Json], **more: Any) -> Json:
        return {**super().frame(choices, **more), "object": "text_completion"}

    def choice(self, delta: Json, finish_reason: str | None = None) -> Json:
        return {"index": 0, "text": delta.get("content") or "", "finish_reason": finish_reason, "logprobs": None}

    def completion(self, message: Json, finish_reason: str, usage: Usage | None) -> Json:
        choice = self.choice(message, finish_reason)
        spent = {} if usage is None else {"usage": usage.as_json()}
        return {**self.frame([choice]), **spent}
