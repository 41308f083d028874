"""The list of chats in the sidebar: by day, a page of rows at a time, and what is new in each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import islice
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.accounts.signed_in import SignedInRequest
from chat.formats import month
from chat.input_values import uuid_or_none
from chat.models import Conversation, Reply, TitleBy, User
from chat.models.reply import RUNNING_SQL
from chat.pages.key_notice import with_key
from chat.pages.undo_notice import Deleted

PAGE_ROWS = 40
MOST_PAGES = 25  # of rows, for a page that refreshes its list
MOST_WATCHED = 20  # chats about whose answers a page may ask
TITLE_SECONDS = 20  # after an answer, for which the list goes on refreshing: a model may write a title


@dataclass(frozen=True)
class Place:
    """Where in the list a chat is: pinned ones first, then the latest. In an address: where the next page begins."""

    is_pinned: bool
    at: datetime
    id: UUID

    @classmethod
    def of(cls, chat: Conversation) -> "Place":
        return cls(chat.pinned_at is not None, chat.pinned_at or chat.updated_at, chat.id)

    @classmethod
    def parse(cls, text: str) -> "Place | None":
        """Read a place from an address; None for anything else: then the list starts at its top."""
        if not (match := re.fullmatch(r"([pu])(\d{1,17})-([0-9a-f]{32})", text, re.ASCII)):
            return None
        kind, microseconds, id_ = match.groups()
        return cls(kind == "p", datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(microseconds)), UUID(id_))

    def __str__(self) -> str:
        microseconds = (self.at - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
        return f"{'p' if self.is_pinned else 'u'}{microseconds}-{self.id.hex}"

    def following(self, when: str) -> Q:
        """The condition for chats further down, by the column `when`. Its first part is one that an index can check."""
        return Q(**{f"{when}__lte": self.at}) & (Q(**{f"{when}__lt": self.at}) | Q(id__lt=self.id))


@dataclass
class Day:
    """The rows under one heading; the heading is empty where the page before has it."""

    heading: str
    chats: list[Any] = field(default_factory=list)
    is_today: bool = False


def list_of_chats(
    request: SignedInRequest, current: Conversation | None, *, pages: int = 1, after: Place | None = None
) -> dict[str, Any]:
    """What sidebar/_chat_list.html needs: `pages` of rows, from the one that follows `after`."""
    rows = min(max(pages, 1), MOST_PAGES) * PAGE_ROWS
    found = _found(request.user, after, rows + 1)
    shown = found[:rows]
    return {
        "days": _by_day(shown, zone_of(request), after),
        "is_empty": not shown,
        "pages": range(-(-len(shown) // PAGE_ROWS)),
        "next_place": str(Place.of(shown[-1])) if len(found) > rows else "",
        "is_first_page": after is None,
        "looks_again": any(chat.running and chat != current for chat in shown)
        or (request.user.titles_by_model and any(_may_get_a_title(chat) for chat in shown)),
    }


def render_list_update(
    request: SignedInRequest, *, deleted: Deleted | None = None, is_restored: bool = False, is_too_late: bool = False
) -> HttpResponse:
    """What a page gets that refreshes its list: as many rows as it has, and which answers ended meanwhile.

    It offers to undo what was `deleted`. `is_restored` says that somebody undid it, or tried to when it `is_too_late`.
    """
    sent = request.POST if request.method == "POST" else request.GET
    current = open_chat(request)
    context = {
        "conversation": current,
        "ended": finished_replies(request.user, sent.getlist("was")),
        **with_key(list_of_chats(request, current, pages=len(sent.getlist("page"))), request.user, current),
        "deleted": deleted,
        "is_restored": is_restored,
        "is_too_late": is_too_late,
    }
    return render(request, "sidebar/_update.html", context)


def _found(user: User, after: Place | None, most: int) -> list[Any]:
    """Pinned ones, then the others: two queries in the order of an index each, which read only the rows they return."""
    chats = with_marks(user.conversations.filter(is_temporary=False))
    pinned = chats.filter(pinned_at__isnull=False).order_by("-pinned_at", "-id")
    others = chats.filter(pinned_at=None).order_by("-updated_at", "-id")
    if after and not after.is_pinned:
        return list(others.filter(after.following("updated_at"))[:most])
    found = list((pinned.filter(after.following("pinned_at")) if after else pinned)[:most])
    return found + list(others[: most - len(found)])


def with_marks(conversations: QuerySet[Conversation]) -> QuerySet[Any]:
    """The chats, each with `running` (an answer is being made) and `has_news` (one ended since the owner looked)."""
    running = Reply.objects.extra(where=[RUNNING_SQL]).values("message__conversation")  # noqa: S610
    ended = Reply.objects.filter(message__conversation=OuterRef("pk"), finished_at__gt=OuterRef("seen_at"))
    return conversations.annotate(
        running=ExpressionWrapper(Q(pk__in=running), BooleanField()),  # few are, in all chats of all people
        has_news=Exists(ended),
    )


def row_of_running(chat: Conversation) -> Any:
    """A chat as `with_marks` returns it, when a question has just been stored in it."""
    row: Any = chat
    row.running, row.has_news = True, False
    return row


def _may_get_a_title(chat: Conversation) -> bool:
    is_fresh = timezone.now() - chat.updated_at < timedelta(seconds=TITLE_SECONDS)
    return is_fresh and chat.title_by == TitleBy.RULE and chat.title_cost is None


def finished_replies(user: User, watched: list[str]) -> Iterator[Reply]:
    """The latest replies in the chats that a page saw being answered, where no answer is being made any more."""
    chats = [id_ for each in islice(watched, MOST_WATCHED) if (id_ := uuid_or_none(each))]
    replies = Reply.objects.of(user).filter(message__conversation__in=chats).order_by("message__created_at")
    found = replies.select_related("message__conversation").defer("blocks", "reasoning", "message__text")
    latest = {reply.message.conversation_id: reply for reply in found}
    return (reply for reply in latest.values() if not reply.is_running)


# --- Days ------------------------------------------------------------------------------------------


def zone_of(request: HttpRequest) -> tzinfo:
    """The reader's time zone as static/js/app.js says it in a cookie; UTC where there is none."""
    name = request.COOKIES.get(settings.ZONE_COOKIE_NAME, "")
    if not re.fullmatch(r"[A-Za-z0-9_+-]{1,30}(/[A-Za-z0-9_+-]{1,30}){0,2}", name, re.ASCII):
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found; not a zone; a folder
        return UTC


def _by_day(chats: list[Any], zone: tzinfo, after: Place | None) -> list[Day]:
    today = timezone.localdate(timezone=zone)
    days: dict[str, Day] = {}
    for chat in chats:
        heading = _heading(Place.of(chat), today, zone)
        days.setdefault(heading, Day(heading, is_today=heading == _("Today"))).chats.append(chat)
    if after is None:
        days.setdefault(_("Today"), Day(_("Today"), is_today=True))  # scripts put a new chat below it
        return sorted(days.values(), key=lambda day: not day.is_today and day.heading != _("Pinned"))
    if continued := days.get(_heading(after, today, zone)):
        continued.heading = ""
    return list(days.values())


def _heading(place: Place, today: date, zone: tzinfo) -> str:
    if place.is_pinned:
        return _("Pinned")
    day = timezone.localdate(place.at, zone)
    match (today - day).days:
        case days if days <= 0:
            return _("Today")
        case 1:
            return _("Yesterday")
        case days if days <= 7:
            return _("Previous 7 days")
        case days if days <= 30:
            return _("Previous 30 days")
    return month(day, with_year=day.year != today.year)


# --- Which chat is open ----------------------------------------------------------------------------


def open_chat(request: SignedInRequest) -> Conversation | None:
    """The chat on the page that sends a request with htmx."""
    try:
        match = resolve((request.htmx.current_url_abs_path or "").partition("?")[0])
    except (Resolver404, ValueError):  # "http://[" is no address
        return None
    id_ = match.kwargs.get("conversation_id")
    return request.user.conversations.filter(pk=id_).first() if id_ else None
