"""Completes the stored HTML of a reply for one reader: links to footnotes and sources, descriptions of images."""

from collections.abc import Mapping
from uuid import UUID

from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.utils.html import escape
from django.utils.translation import gettext

from chat.models import Message
from chat.rendering.citations import Target, cited
from chat.rendering.footnotes import linked

EMPTY_ALT = ' alt="">'  # in messages/_generated_image.html
MAX_DESCRIPTION_CHARS = 150  # of an image: screen readers read all of it

NO_SOURCES: Mapping[int, Target] = {}


def footnote_scope(reply_id: UUID) -> str:
    """A prefix for the ids of the footnotes in one answer, unique on a page; short, since it is in each of them."""
    return reply_id.hex[:12]


def html_for_reader(
    html: str, reply_id: UUID, sources: Mapping[int, Target] = NO_SOURCES, *, question: str | None = None
) -> str:
    """HTML of stored blocks, completed for a reader: with links, and image descriptions in the active language.

    The links lead to footnotes and back, and from numbers like "[1]" to `sources`, which are known at the end.
    Images are described by the text of the `question`, which is looked up where it is not given.
    Replacing EMPTY_ALT is safe: no other element has an `alt` (chat/rendering/allow_list.py), and `">` is escaped in
    text and attributes.
    """
    completed = cited(linked(html, footnote_scope(reply_id)), sources)
    if EMPTY_ALT not in completed:
        return completed
    alt = escape(image_description(_question_of(reply_id) if question is None else question))
    return completed.replace(EMPTY_ALT, f' alt="{alt}">')


def image_description(question: str) -> str:
    """What an image shows, as far as that is known: what somebody asked for."""
    words = " ".join(question[: 2 * MAX_DESCRIPTION_CHARS].split())
    if not words:
        return gettext("Image made by the model")
    asked = words if len(words) <= MAX_DESCRIPTION_CHARS else f"{words[:MAX_DESCRIPTION_CHARS].rstrip()}…"
    return gettext("Image made by the model: %(question)s") % {"question": asked}


def _question_of(reply_id: UUID) -> str:
    """For streams, which go on while the database is away, and hold no connection to it."""
    try:
        return Message.objects.filter(children__reply=reply_id).values_list("text", flat=True).first() or ""
    except (OperationalError, InterfaceError):
        connection.close()
        return ""
    finally:
        close_old_connections()
