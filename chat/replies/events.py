"""What goes to the browser while a reply runs: server-sent events that carry finished HTML.

Unnamed events hold `<hx-partial>` elements, which htmx swaps into the places they name; `id:` is the number of
blocks that the page has once it has applied the event. Named events only tell: `state` (streaming) and, last
of all, `done` (the state it ended in). An event without data is no event to a browser, so all have some.
"""

from collections.abc import Iterable

PING = b": still here\n\n"


def partial(target: str, html: str, *, swap: str = "innerHTML") -> str:
    return f'<hx-partial hx-target="#{target}" hx-swap="{swap}">{html}</hx-partial>'


def message(partials: Iterable[str], *, blocks: int) -> bytes:
    return _event(f"id: {blocks}", "".join(partials))


def named(name: str, data: str) -> bytes:
    return _event(f"event: {name}", data)


def _event(head: str, data: str) -> bytes:
    # A bare carriage return would end the line for the browser; in HTML the reference means the same.
    lines = data.replace("\r", "&#13;").replace("\n", "\ndata: ")
    return f"{head}\ndata: {lines}\n\n".encode()
