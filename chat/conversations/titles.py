"""A conversation's title, made from its first message: no model is asked, so it costs nothing."""

from django.utils.translation import gettext

LONGEST = 60  # characters


def title_from(text: str) -> str:
    """The first line with words in it, cut between words; "Picture" when there are none."""
    for line in text.split("\n"):
        words = line.strip(" #>*-_`\t\r").split()
        if words:
            return _cut(" ".join(words))
    return gettext("Picture")


def _cut(line: str) -> str:
    if len(line) <= LONGEST:
        return line
    whole_words, _, _ = line[: LONGEST - 1].rpartition(" ")
    return (whole_words or line[: LONGEST - 1]).rstrip(" ,;:.–-") + "…"
