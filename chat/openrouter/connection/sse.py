"""Parses server-sent events from bytes that arrive in pieces of any size."""

from chat.openrouter.errors.kinds import AnswerTooLarge

MAX_EVENT_BYTES = 64_000_000  # images come in one line, as base64
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class EventParser:
    """Turns the bytes of a text/event-stream into the payloads of its events.

    Lines end in LF, CRLF or CR and in nothing else: U+2028, which str.splitlines also splits at, is common
    inside JSON. Text is decoded only when an event is complete, so a character split over two reads survives.
    Comments and fields other than `data` are ignored. An event of more than MAX_EVENT_BYTES raises AnswerTooLarge.
    Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
    """

    def __init__(self) -> None:
        self._partial_line: list[bytes] = []  # pieces, joined once: an image is one line of megabytes
        self._data: list[bytes] = []
        self._line_bytes, self._data_bytes = 0, 0
        self._after_cr = False
        self._at_start = True

    def feed(self, received: bytes) -> list[str]:
        """Return the payloads of the events that `received` completes."""
        first, *others = self._split(received)
        self._partial_line.append(first)
        self._line_bytes += len(first)
        if not others:
            self._check_size()
            return []
        lines = [b"".join(self._partial_line), *others[:-1]]
        self._partial_line = [others[-1]]
        self._line_bytes = len(others[-1])
        payloads = [payload for line in lines if (payload := self._read_line(line)) is not None]
        self._check_size()
        return payloads

    def close(self) -> list[str]:
        """Return the payload of a last event without the blank line that should end it, if there is one."""
        return self.feed(b"\n\n")

    def _check_size(self) -> None:
        if self._line_bytes + self._data_bytes > MAX_EVENT_BYTES:
            raise AnswerTooLarge

    def _split(self, received: bytes) -> list[bytes]:
        if self._after_cr and received.startswith(b"\n"):
            received, self._after_cr = received[1:], False
        if received:
            self._after_cr = received.endswith(b"\r")
        if b"\r" in received:
            received = received.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return received.split(b"\n")

    def _read_line(self, line: bytes) -> str | None:
        """Read one complete line; return the payload if the line ends an event."""
        if self._at_start:
            self._at_start, line = False, line.removeprefix(BYTE_ORDER_MARK)
        if line:
            name, _, value = line.partition(b":")
            if name == b"data":
                self._data.append(value.removeprefix(b" "))
                self._data_bytes += len(value)
            return None
        if not self._data:
            return None
        payload, self._data, self._data_bytes = b"\n".join(self._data), [], 0
        return payload.decode(errors="replace")
