"""Server-sent events from bytes that may be cut anywhere."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class EventParser:
    """Turns the bytes of a text/event-stream into the payloads of its events.

    Lines end in LF, CRLF or CR and in nothing else: U+2028, which str.splitlines also cuts at, is common
    inside JSON. Text is decoded only when an event is whole, so a character split over two reads survives.
    Comments and fields other than `data` carry nothing; that they came at all matters to the reader's clock.
    Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
    """

    def __init__(self) -> None:
        self._open_line: list[bytes] = []  # pieces, joined once: an image is one line of megabytes
        self._data: list[bytes] = []
        self._after_cr = False
        self._at_start = True

    def feed(self, received: bytes) -> list[str]:
        """Return the payloads of the events that `received` completes."""
        first, *others = self._split(received)
        self._open_line.append(first)
        if not others:
            return []
        lines = [b"".join(self._open_line), *others[:-1]]
        self._open_line = [others[-1]]
        return [payload for line in lines if (payload := self._take(line)) is not None]

    def close(self) -> list[str]:
        """Return the payload of an event that the end of the stream left without its blank line, if any."""
        return self.feed(b"\n\n")

    def _split(self, received: bytes) -> list[bytes]:
        if self._after_cr and received.startswith(b"\n"):
            received, self._after_cr = received[1:], False
        if received:
            self._after_cr = received.endswith(b"\r")
        if b"\r" in received:
            received = received.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return received.split(b"\n")

    def _take(self, line: bytes) -> str | None:
        """Take one whole line; return the payload when it ends an event."""
        if self._at_start:
            self._at_start, line = False, line.removeprefix(BYTE_ORDER_MARK)
        if line:
            name, _, value = line.partition(b":")
            if name == b"data":
                self._data.append(value.removeprefix(b" "))
            return None
        if not self._data:
            return None
        payload, self._data = b"\n".join(self._data), []
        return payload.decode(errors="replace")
