"""Characters that JSON writes as two escapes, `\\ud83c\\udf89`, one in each of two chunks."""


class Halves:
    """Keeps the first half of a pair until the second comes, for one text that comes in pieces."""

    def __init__(self) -> None:
        self._kept = ""

    def joined(self, text: str) -> str:
        """Return the text with what was kept before it, and without what is kept now."""
        if self._kept:
            both = (self._kept + text).encode("utf-16-le", "surrogatepass")
            text, self._kept = both.decode("utf-16-le", "surrogatepass"), ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._kept = text[:-1], text[-1]
        return text
