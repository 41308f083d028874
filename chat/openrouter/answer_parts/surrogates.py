"""Joins characters that JSON escapes as a surrogate pair, `\\ud83c\\udf89`, when the halves arrive in two chunks."""


class SurrogateJoiner:
    """Buffers the first half of a pair at the end of a chunk until the next chunk arrives."""

    def __init__(self) -> None:
        self._first_half = ""

    def feed(self, text: str) -> str:
        """Return the text, after the half that was buffered before it and without one at its own end."""
        if self._first_half:
            both = (self._first_half + text).encode("utf-16-le", "surrogatepass")
            text, self._first_half = both.decode("utf-16-le", "surrogatepass"), ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._first_half = text[:-1], text[-1]
        return text
