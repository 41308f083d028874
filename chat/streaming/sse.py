"""Formats the server-sent events of a reply's stream.

Unnamed events hold `<hx-partial>` elements, which htmx swaps into the places they name; `id:` is the number of
blocks that the page has once it has applied the event. Named events are signals: `state` (streaming), `quiet` and, as
the last one, `done` (the state that the reply ended in). Browsers ignore events without data, so all have some.
Source: HTML standard, "Server-sent events".
"""

from collections.abc import Iterable

PING = b": still here\n\n"


def partial(target: str, html: str, *, swap: str = "innerHTML") -> str:
    """An element that makes htmx put `html` into the elements with the id, or id and selector, `target`."""
    return f'<hx-partial hx-target="#{target}" hx-swap="{swap}">{html}</hx-partial>'


def message(partials: Iterable[str], *, blocks: int) -> bytes:
    """An event with partials; the page has that many blocks afterwards."""
    return _event(f"id: {blocks}", "".join(partials))


def named(name: str, data: str) -> bytes:
    return _event(f"event: {name}", data)


def quiet(content_idle_seconds: float, transport_idle_seconds: float | None) -> bytes:
    """For how long no content came and, if known, no byte from OpenRouter. It also shows that the stream is alive.

    Content is negative while the answer pauses: the seconds until it is requested again.
    """
    silence = "" if transport_idle_seconds is None else f" {transport_idle_seconds:.0f}"
    return named("quiet", f"{content_idle_seconds:.0f}{silence}")


def _event(head: str, data: str) -> bytes:
    # A carriage return would end the line of the event; in HTML its character reference means the same.
    lines = data.replace("\r", "&#13;").replace("\n", "\ndata: ")
    return f"{head}\ndata: {lines}\n\n".encode()
