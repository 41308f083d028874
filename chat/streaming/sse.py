"""What goes to the browser while a reply runs: server-sent events that carry finished HTML.

Unnamed events hold `<hx-partial>` elements, which htmx swaps into the places they name; `id:` is the number of
blocks that the page has once it has applied the event. Named events only tell: `state` (streaming) and, last
of all, `done` (the state it ended in). `quiet` comes while nothing of the answer does: for how many seconds,
and for how many there was not even a byte from OpenRouter; to the page it also says that its own line is alive.
An event without data is no event to a browser, so all have some.
"""

from collections.abc import Iterable

PING = b": still here\n\n"


def partial(target: str, html: str, *, swap: str = "innerHTML") -> str:
    return f'<hx-partial hx-target="#{target}" hx-swap="{swap}">{html}</hx-partial>'


def message(partials: Iterable[str], *, blocks: int) -> bytes:
    return _event(f"id: {blocks}", "".join(partials))


def named(name: str, data: str) -> bytes:
    return _event(f"event: {name}", data)


def quiet(seconds: float, silent_seconds: float | None) -> bytes:
    return named("quiet", f"{seconds:.0f}" if silent_seconds is None else f"{seconds:.0f} {silent_seconds:.0f}")


def _event(head: str, data: str) -> bytes:
    # A bare carriage return would end the line for the browser; in HTML the reference means the same.
    lines = data.replace("\r", "&#13;").replace("\n", "\ndata: ")
    return f"{head}\ndata: {lines}\n\n".encode()
