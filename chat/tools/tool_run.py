"""Runs one tool call, in a thread of its own: its time limit, its result, and the images that it returned."""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from chat.images.processing import ImageRefused
from chat.images.storage import store_data_url
from chat.reply_content.steps import MAX_RESULT_CHARS, Step, StepState
from chat.sanitize import storable
from chat.tools.tool import Cancellation, Tool, ToolFailed, ToolResult

MAX_IMAGES = 4  # of one call
TOOL_SECONDS = 60.0  # for one call


@dataclass(eq=False)
class ToolRun:
    """A call that runs in a thread of its own. One that does not end in time is given up, whatever its thread does."""

    step: Step
    notify: Callable[[], None]
    has_ended: bool = False
    is_reported: bool = False
    seconds: float = 0.0
    _result: ToolResult | None = None
    _problem: str = ""
    _images: list[dict[str, Any]] = field(default_factory=list)
    _is_cancelled: bool = False
    _is_given_up: bool = False
    _cancel_functions: list[Callable[[], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._began_at = time.monotonic()
        self.ends_at = self._began_at + TOOL_SECONDS

    def run(self, tool: Tool, store_images: Callable[[Iterable[str]], tuple[list[dict[str, Any]], list[str]]]) -> None:
        """Run the tool; in the thread of the call."""
        try:
            result = tool.run(
                arguments_of(self.step.arguments), Cancellation(lambda: self._is_cancelled, self._on_cancel)
            )
            images, refused = store_images(result.images)
            self._end(ToolResult("\n".join([result.text, *refused])), images)
        except ToolFailed as failure:
            self.fail(str(failure))
        except Exception:
            self.fail("The tool failed.")
            raise

    def cancel(self) -> None:
        """End the call early; from any thread."""
        self._is_cancelled = True
        for function in self._cancel_functions:
            function()

    def fail(self, problem: str) -> None:
        self._end(None, [], problem)

    def check_time(self) -> None:
        if not self.has_ended and time.monotonic() >= self.ends_at:
            self._is_given_up = True
            self.fail(f"It took longer than {TOOL_SECONDS:.0f} seconds.")
            self.cancel()

    def ended(self) -> Step | None:
        """The step as it ended, once; None before that, and if it was cancelled: nobody knows then what it did."""
        was_cancelled = self._is_cancelled and not self._is_given_up
        if not self.has_ended or self.is_reported or was_cancelled:
            return None
        self.is_reported = True
        state = StepState.FAILED if self._result is None else StepState.DONE
        text = self._problem if self._result is None else self._result.text
        return self.step.changed(
            state, result=shortened(storable(text)), seconds=round(self.seconds, 2), images=self._images
        )

    def _end(self, result: ToolResult | None, images: list[dict[str, Any]], problem: str = "") -> None:
        if self.has_ended:
            return  # it was given up
        self._result, self._images, self._problem = result, images, problem
        self.seconds = time.monotonic() - self._began_at
        self.has_ended = True
        self.notify()

    def _on_cancel(self, function: Callable[[], None]) -> None:
        self._cancel_functions.append(function)
        if self._is_cancelled:
            function()


def arguments_of(text: str) -> dict[str, Any]:
    """What the model wrote as the arguments of a call; none count as an empty object. Raises ToolFailed."""
    try:
        arguments = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise ToolFailed(f"The arguments are not valid JSON: {str(error)[:200]}") from None
    if arguments is None:
        return {}
    if not isinstance(arguments, dict):
        raise ToolFailed("The arguments are not a JSON object.")
    return arguments


def shortened(text: str) -> str:
    """What the model gets of a result, which may be megabytes."""
    if len(text) <= MAX_RESULT_CHARS:
        return text
    return f"{text[:MAX_RESULT_CHARS]}\n[{len(text) - MAX_RESULT_CHARS} more characters were left out]"


def store_images(urls: Iterable[str], *, owner: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """Store what a tool returned; also say which images could not be."""
    stored, refused = [], []
    for url in list(urls)[:MAX_IMAGES]:
        try:
            image = store_data_url(url, owner=owner)
        except (ImageRefused, OSError) as refusal:
            refused.append(f"[an image that could not be stored: {refusal}]")
            continue
        size = {"width": image.width, "height": image.height}
        stored.append({"id": str(image.id), "url": image.url, "name": str(image.file.name), **size})
    return stored, refused
