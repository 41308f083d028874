"""What every template may use without loading it: icons, money, numbers, and how a message stands."""

from datetime import datetime
from functools import cache

from django import template
from django.template.loader import get_template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe

from chat import formats
from chat.conversations.transcript import fingerprint

register = template.Library()
register.filter("money", formats.money)
register.filter("price", formats.price)
register.filter("per_million", formats.price_per_million)
register.filter("cost", formats.cost)
register.filter("number", formats.number)
register.filter("size", formats.size)
register.filter("decimal", formats.decimal)
register.filter("day_and_time", formats.day_and_time)
register.filter("date_and_time", formats.date_and_time)
register.filter("version", fingerprint)
register.simple_tag(formats.plural_samples)


@register.simple_tag
def icon(name: str) -> str:
    """Draw an icon inline, in the colour of the text around it. What it sits in has the name."""
    return get_template(f"icons/{name}.svg").render()


@register.simple_tag
def icon_shapes(*names: str) -> SafeString:
    """The shapes of icons that stand on a page many times: `{% icon_again %}` refers to them."""
    shapes = [get_template(f"icons/{name}.svg").render().partition(">")[2] for name in names]
    return format_html_join(
        "", '<symbol id="icon-{}" viewBox="0 0 24 24">{}</symbol>', zip(names, map(_without_end, shapes), strict=True)
    )


def _without_end(shape: str) -> SafeString:
    return mark_safe(shape.rpartition("</svg>")[0])  # noqa: S308  our own files


@register.simple_tag
@cache
def icon_again(name: str) -> SafeString:
    """Like `icon`, a few bytes each time; the page holds its shape once."""
    return format_html('<svg class="icon line" aria-hidden="true"><use href="#icon-{}"/></svg>', name)


@register.simple_tag
def time(moment: datetime) -> SafeString:
    """Day and time in the reader's time zone, with the year in a tooltip."""
    local = timezone.localtime(moment)
    words = formats.date_and_time(local), formats.day_and_time(local)
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), *words)


@register.simple_tag
def with_query(url: str, **query: object) -> str:
    """The address with those parameters that have a value: `{% with_query url branch=branch as address %}`."""
    given = urlencode({name: str(value) for name, value in query.items() if value not in (None, "")})
    return f"{url}?{given}" if given else url
