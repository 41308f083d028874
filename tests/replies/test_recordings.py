"""Real answers of OpenRouter, replayed through the whole relay, against a second reading of what was recorded."""

import json
import os
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chat.models import Conversation, Reply
from chat.reply_content.rounds import from_log, steps_of

FOLDER = Path(os.environ.get("OPENROUTER_RECORDINGS", "/nowhere"))
NAMES = sorted(file.stem for file in FOLDER.glob("chat-*.json") if "stream" in file.stem or "error-in-200" in file.stem)
DETAILED = sorted(file.stem for file in FOLDER.glob("chat-*-reasoning*.json"))
WITH_TOOLS = sorted(file.stem for file in FOLDER.glob("chat-stream-*tools*.json"))
ROUTER = "openrouter/auto"  # gets the reasoning of whoever answered
pytestmark = pytest.mark.skipif(not NAMES, reason="OPENROUTER_RECORDINGS names no folder with recordings")


@dataclass
class Recording:
    body: bytes
    content_type: str
    lengths: list[int] | None

    @classmethod
    def read(cls, name: str) -> "Recording":
        response = json.loads((FOLDER / f"{name}.json").read_text())["response"]
        body = (FOLDER / response["body_file"]).read_bytes()
        content_type = "application/json" if body.lstrip().startswith(b"{") else "text/event-stream"
        return cls(body, content_type, response.get("network_chunk_lengths"))

    @property
    def payloads(self) -> list[Any]:
        """The JSON of each event, or of the one body."""
        if self.content_type == "application/json":
            return [json.loads(self.body)]
        lines = self.body.decode().replace("\r\n", "\n").split("\n")
        data = [line.removeprefix("data:").strip() for line in lines if line.startswith("data:")]
        return [json.loads(each) for each in data if each != "[DONE]"]

    @property
    def choices(self) -> list[Any]:
        return [payload["choices"][0] for payload in self.payloads if payload.get("choices")]

    @property
    def text(self) -> str:
        deltas = [choice["delta"] for choice in self.choices]
        return "".join((delta.get("content") or "") + (delta.get("refusal") or "") for delta in deltas)

    @property
    def reasoning(self) -> str:
        return "".join(choice["delta"].get("reasoning") or "" for choice in self.choices)

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [choice.get("delta") or choice.get("message") for choice in self.choices]

    @property
    def reasoning_details(self) -> list[dict[str, Any]]:
        """Those of a whole answer as they are; of a stream, put together by type and index."""
        found: dict[Any, dict[str, Any]] = {}
        for detail in (detail for message in self.messages for detail in message.get("reasoning_details") or []):
            whole = found.setdefault((detail["type"], detail["index"]), dict.fromkeys(detail, ""))
            for key, value in detail.items():
                is_joined = key in ("text", "summary", "data")
                whole[key] = whole.get(key, "") + value if is_joined else whole.get(key) if value == "" else value
        return list(found.values())

    @property
    def tool_calls(self) -> list[tuple[str, str, str]]:
        """Id, name and arguments of each, put together by index."""
        found: dict[int, list[str]] = {}
        for fragment in (each for message in self.messages for each in message.get("tool_calls") or []):
            whole = found.setdefault(fragment["index"], ["", "", ""])
            function = fragment.get("function") or {}
            whole[0], whole[1] = whole[0] or fragment.get("id") or "", whole[1] or function.get("name") or ""
            whole[2] += function.get("arguments") or ""
        return [(id_, name, arguments) for id_, name, arguments in found.values()]

    @property
    def finish_reason(self) -> str:
        return next((choice["finish_reason"] for choice in self.choices if choice["finish_reason"]), "")

    @property
    def usage(self) -> dict[str, Any]:
        return next((payload["usage"] for payload in self.payloads if payload.get("usage")), {})

    @property
    def error(self) -> dict[str, Any] | None:
        return next((payload["error"] for payload in self.payloads if payload.get("error")), None)


@pytest.mark.parametrize("name", NAMES)
def test_what_was_recorded_is_what_is_stored(alice, name):
    recording = Recording.read(name)
    alice.standin.answers_raw(recording.body, content_type=recording.content_type, lengths=recording.lengths)
    page = alice.asks("Hello?")

    reply = alice.latest_reply()
    usage = recording.usage
    assert reply.message.text == recording.text
    assert reply.reasoning == recording.reasoning
    assert reply.finish_reason == recording.finish_reason
    if usage:
        assert reply.prompt_tokens == usage["prompt_tokens"]
        assert reply.completion_tokens == usage["completion_tokens"]
        assert (reply.cost is None) == ("cost" not in usage)
    else:
        assert (reply.prompt_tokens, reply.completion_tokens, reply.cost) == (None, None, None)
    if "cost" in usage:
        assert abs(reply.cost - Decimal(str(usage["cost"]))) <= Decimal("1e-10")
    assert page.state == reply.state == expected_state(recording)
    assert reply.error_message == (recording.error or {}).get("message", "")


@pytest.mark.parametrize("name", WITH_TOOLS)
def test_the_calls_that_were_recorded_are_made_and_answered(alice, name):
    recording = Recording.read(name)
    alice.asks("[[say Hello]]", model=ROUTER)
    chat = alice.latest_reply().message.conversation
    Conversation.objects.update(settings={"tools": ["calculator"]})
    alice.standin.answers_raw(recording.body, content_type=recording.content_type, lengths=recording.lengths)
    alice.asks("[[say Done]]", chat=chat, model=ROUTER)

    reply = alice.latest_reply()
    steps = steps_of(from_log(Reply.objects.values_list("rounds", flat=True).get(pk=reply.pk)))
    made = [] if recording.finish_reason == "length" else recording.tool_calls
    assert [(step.call_id, step.tool, step.arguments) for step in steps] == made
    if made:
        *_, called = [each for each in alice.standin.chat_requests[-1].body["messages"] if each.get("tool_calls")]
        assert [(each["id"], *each["function"].values()) for each in called["tool_calls"]] == made
        assert called.get("reasoning_details", []) == recording.reasoning_details
        assert reply.message.text == "\n\n".join(filter(None, [recording.text.strip("\n"), "Done"]))


@pytest.mark.parametrize("name", DETAILED)
def test_the_reasoning_that_was_recorded_goes_back_to_the_byte(alice, name):
    recording = Recording.read(name)
    alice.standin.answers_raw(recording.body, content_type=recording.content_type, lengths=recording.lengths)
    alice.asks("Hello?", model=ROUTER)
    alice.asks("And now?", chat=alice.latest_reply().message.conversation, model=ROUTER)

    _, *answers, _ = alice.standin.chat_requests[-1].body["messages"]
    sent = [json.dumps(answer["reasoning_details"]) for answer in answers]
    assert sent == ([json.dumps(recording.reasoning_details)] if answers else [])
    assert bool(answers) == any(message.get("content") for message in recording.messages)


def expected_state(recording: Recording) -> str:
    return "complete" if recording.text and not recording.error else "failed"


def test_there_are_as_many_as_there_were():
    """A folder that lost its files must not look like a suite that passes."""
    assert len(NAMES) >= 45
    assert len(DETAILED) >= 15
