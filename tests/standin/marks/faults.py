"""Marks for what is odd or wrong in an answer: errors in every place, and chunks of unusual shape."""

import json
from collections.abc import Iterator

from tests.standin.images import png_data_url
from tests.standin.marks.mark import Mark, interrupt, register
from tests.standin.plan import End, Moment, Plan
from tests.standin.refusal import Refused
from tests.standin.wire import DONE, Json, Usage, Wire, event, image_part


@register("midstream", "code=502 after=20")
def _midstream(plan: Plan, mark: Mark) -> None:
    """An error chunk in the middle, finish reason `error`, no `[DONE]`; `code` may be a word, `kind` is one below."""
    code = str(mark.values.get("code", 502))
    error: Json = {"code": int(code) if code.isdigit() else code, "message": "Provider disconnected"}
    if kind := mark.values.get("kind"):
        facts = {name: value for name, value in mark.values.items() if name not in ("code", "kind", "after")}
        error = Refused(int(code), str(kind), **facts).inner()
    interrupt(plan, mark, lambda wire, usage: (wire.error(error), End()))
    plan.refusal, plan.refusal_in_200 = Refused(502), True


@register("late-error")
def _late_error(plan: Plan, mark: Mark) -> None:
    """After a chunk that said `length`: an error beside `finish_reason: null` and the usage, `[DONE]`."""
    error = {"code": 400, "message": "Token limit reached"}
    plan.finish, plan.usage_shape = "length", "none"
    plan.after_finish = lambda wire, usage: (wire.error(error, None, usage=usage.as_json()),)


@register("error-after-stop")
def _error_after_stop(plan: Plan, mark: Mark) -> None:
    """A whole answer with finish reason `stop`, then an event that is only an error."""
    refused = Refused(502)
    plan.after_finish = lambda wire, usage: (event(refused.body()), End())


@register("sole-error", "502 provider")
def _sole_error(plan: Plan, mark: Mark) -> None:
    """Status 200, and all that comes is an error: one event, or the JSON body."""
    status = mark.values.get("status") or mark.word() or 502
    facts = {name: value for name, value in mark.values.items() if name != "status"}
    plan.refusal, plan.refusal_in_200 = Refused(int(str(status)), mark.word(1), **facts), True
    body = plan.refusal.body()
    plan.interlude, plan.interlude_after = (lambda wire, usage: (event(body), End())), 0


@register("enddata")
def _end_of_data(plan: Plan, mark: Mark) -> None:
    """The stream simply ends: no finish reason, no usage, no `[DONE]`."""
    plan.after_finish, plan.finish = (lambda wire, usage: (End(),)), ""


@register("nodone")
def _no_done(plan: Plan, mark: Mark) -> None:
    """Everything but `[DONE]`."""
    plan.sends_done = False


@register("usage", "now|empty|null|none")
def _usage(plan: Plan, mark: Mark) -> None:
    """The usage chunk as it is today, with empty `choices`, with a null finish reason, or missing."""
    plan.usage_shape = str(mark.values.get("shape") or mark.word() or "now")


@register("twofinishes")
def _two_finishes(plan: Plan, mark: Mark) -> None:
    """Says the finish reason twice before the usage says it again."""
    plan.finishes = 2


@register("garbage", "only")
def _garbage(plan: Plan, mark: Mark) -> None:
    """An event that is not JSON, between good ones; with `only` there are no others."""
    event_cut_short = b'data: {"id":"gen-0","choices":[{"delta":\n\n'
    if mark.word() == "only":
        plan.interlude, plan.interlude_after = (lambda wire, usage: (*[event_cut_short] * 3, DONE, End())), 0
    else:
        interrupt(plan, mark, lambda wire, usage: (event_cut_short,))


@register("halves")
def _halves(plan: Plan, mark: Mark) -> None:
    """An emoji, of which one chunk has the first half as an escape and the next the second."""

    def interlude(wire: Wire, usage: Usage) -> Iterator[Moment]:
        for half in ("\ud83c", "\udf89 "):
            yield b"data: " + json.dumps(wire.frame([wire.choice({"content": half})])).encode() + b"\n\n"

    interrupt(plan, mark, interlude)


@register("parts")
def _parts(plan: Plan, mark: Mark) -> None:
    """Content as a list of parts, between texts: words and an image."""
    parts = [{"type": "text", "text": "This came in parts. "}, image_part(png_data_url(7))]
    interrupt(plan, mark, lambda wire, usage: (wire.chunk({"content": parts}),))


@register("nulldelta")
def _null_delta(plan: Plan, mark: Mark) -> None:
    """A choice whose `delta` is null, between good ones."""
    interrupt(plan, mark, lambda wire, usage: (event(wire.frame([wire.choice({}) | {"delta": None}])),))


@register("nochoices")
def _no_choices(plan: Plan, mark: Mark) -> None:
    """A chunk without `choices`, between good ones."""

    def interlude(wire: Wire, usage: Usage) -> Iterator[Moment]:
        frame = wire.frame([])
        del frame["choices"]
        yield event(frame)

    interrupt(plan, mark, interlude)


@register("emptychoices")
def _empty_choices(plan: Plan, mark: Mark) -> None:
    """A chunk with empty `choices`, between good ones."""
    interrupt(plan, mark, lambda wire, usage: (event(wire.frame([])),))


@register("error", "402 afford afford=840")
def _error(plan: Plan, mark: Mark) -> None:
    """Any error of the table below, by status and kind, with its facts."""
    status = mark.values.get("status") or mark.word() or 500
    kind = str(mark.values.get("kind") or mark.word(1))
    facts = {name: value for name, value in mark.values.items() if name not in ("status", "kind")}
    plan.refusal = Refused(int(str(status)), kind, **facts)
