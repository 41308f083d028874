"""Shows the tool calls of an answer, in the language of the reader."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from io import StringIO
from itertools import groupby
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.formats import decimal, number
from chat.rendering.citations import Target
from chat.rendering.forbidden_characters import presentable, with_escapes
from chat.reply_content.deltas import STEP
from chat.reply_content.reader_html import NO_SOURCES, html_for_reader
from chat.reply_content.render import Block, Snapshot
from chat.reply_content.sources import StoredSources, add_source, sources_to_show
from chat.reply_content.steps import Step, StepState

SHOWN_CHARS = 4_000  # of results, and of arguments that were allowed; the request that the page can show has all
SHORT_CHARS = 80
INDENTING = json.JSONEncoder(indent=2, ensure_ascii=False)

Words = str | Promise

# Tools whose words are this site's: what they are called, and while they run.
TITLES: dict[str, tuple[Words, Words]] = {
    "calculator": (gettext_lazy("Calculated"), gettext_lazy("Calculating…")),
    "current_time": (gettext_lazy("Checked the time"), gettext_lazy("Checking the time…")),
    "openrouter:web_search": (gettext_lazy("Searched the web"), gettext_lazy("Searching the web…")),
    "openrouter:web_fetch": (gettext_lazy("Opened a page"), gettext_lazy("Opening a page…")),
    "openrouter:datetime": (gettext_lazy("Checked the time"), gettext_lazy("Checking the time…")),
}
STATES: dict[StepState, Words] = {
    StepState.ASKED: gettext_lazy("Waiting for you"),
    StepState.RUNNING: gettext_lazy("Running"),
    StepState.FAILED: gettext_lazy("Failed"),
    StepState.REFUSED: gettext_lazy("Not allowed"),
}
# What says most about a call, by the names of arguments.
TELLING = ("expression", "query", "search_query", "url", "timezone")


@dataclass(frozen=True)
class ShownStep:
    """A step for templates/messages/_step.html."""

    step: Step
    reply_id: UUID

    @property
    def title(self) -> Words:
        over, running = TITLES.get(self.step.tool, (self._name, self._name))
        return running if self.step.state == StepState.RUNNING else over

    @property
    def _name(self) -> str:
        return _one_line(self.step.title or self.step.tool) or "?"

    @property
    def source(self) -> str:
        return _one_line(self.step.source)

    @property
    def gist(self) -> str:
        """The argument that says most, in a few words."""
        found = [self._arguments[name] for name in TELLING if isinstance(self._arguments.get(name), str)]
        return _one_line(found[0]) if found else ""

    @property
    def arguments(self) -> str:
        return _shortened(self.all_arguments)

    @cached_property
    def all_arguments(self) -> str:
        """What the tool gets; a person who is asked to allow it has to see the end, too, and what is invisible."""
        text = _indented(self._arguments, len(self.step.arguments)) or self.step.arguments
        text = "" if text == "{}" else text
        return with_escapes(text) if self.is_asked else presentable(text)

    @property
    def result(self) -> str:
        return _shortened(presentable(self.step.result))

    @property
    def outcome(self) -> Words:
        """The state of the call in a word or two; once it is done, how long it took."""
        step = self.step
        if step.is_cut_off and not self.is_asked:
            return _("Interrupted")
        if step.state != StepState.DONE:
            return STATES[StepState(step.state)]
        if step.count > 1:
            return _("%(count)s times") % {"count": number(step.count)}
        if step.seconds is None:
            return _("Done")
        seconds = Decimal(str(step.seconds))
        return _("%(seconds)s s") % {"seconds": decimal(seconds if seconds < 1 else round(seconds, 1))}

    @cached_property
    def links(self) -> list[tuple[str, str]]:
        """The addresses and names of web pages that a search found."""
        try:
            found = json.loads(self.step.result) if self.step.is_server_side else {}
        except (ValueError, RecursionError):  # it may have been shortened
            return []
        pages = found.get("results") if isinstance(found, dict) else found
        sources: StoredSources = []
        for each in pages if isinstance(pages, list) else []:
            if isinstance(each, dict) and isinstance(each.get("url"), str):
                sources = add_source(sources, each["url"], str(each.get("title") or ""), position=len(sources))
        return [(source.url, source.name) for source in sources_to_show(sources)]

    @property
    def place(self) -> str:
        """What the ids of its parts end with."""
        return f"{self.reply_id}-{self.step.number}"

    @property
    def is_asked(self) -> bool:
        return self.step.state == StepState.ASKED

    @cached_property
    def _arguments(self) -> dict[str, Any]:
        try:
            arguments = json.loads(self.step.arguments or "{}")
        except (ValueError, RecursionError):
            return {}
        return arguments if isinstance(arguments, dict) else {}


def answer_html(
    blocks: Iterable[Block], reply_id: UUID, sources: Mapping[int, Target] = NO_SOURCES, *, question: str | None = None
) -> str:
    """The finished blocks of an answer for a reader, tool calls included; `question` as in `html_for_reader`."""
    return "".join(
        "".join(step_html(each.html, reply_id) for each in run)
        if kind == STEP
        else html_for_reader("".join(each.html for each in run), reply_id, sources, question=question)
        for kind, run in groupby(blocks, key=lambda block: block.kind)
    )


def tail_html(snapshot: Snapshot, reply_id: UUID) -> str:
    """What is still open of an answer: its last block, or tool calls that have not ended."""
    return snapshot.answer_tail + "".join(step_html(content, reply_id) for content in snapshot.open_steps)


def is_asking(snapshot: Snapshot) -> bool:
    """Whether a tool call waits for the person."""
    return any(Step.from_json(content).state == StepState.ASKED for content in snapshot.open_steps)


def step_html(content: str, reply_id: UUID) -> str:
    """A tool call from its JSON (chat/reply_content/steps.py)."""
    shown = ShownStep(Step.from_json(content), reply_id)
    return render_to_string("messages/_step.html", {"shown": shown, "step": shown.step}).strip()


def _one_line(text: str) -> str:
    line = " ".join(presentable(text).split())
    return line if len(line) <= SHORT_CHARS else f"{line[: SHORT_CHARS - 1]}…"


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}…"


def _indented(arguments: dict[str, Any], plain_chars: int) -> str:
    """As JSON with a line for each value; "" if there is none, or if deep nesting would fill pages with spaces."""
    text = StringIO()
    try:
        for piece in INDENTING.iterencode(arguments) if arguments else ():
            text.write(piece)
            if text.tell() > SHOWN_CHARS + 2 * plain_chars:
                return ""
    except RecursionError:
        return ""
    return text.getvalue()
