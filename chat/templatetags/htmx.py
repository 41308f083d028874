"""Attributes of elements that are plain links, forms and buttons, and that htmx takes over where scripts run."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

CHAT_LIST = {
    "hx-target": "#chat-list",
    "hx-swap": "outerMorph",
    "hx-include": "#chat-list [name]",
    "hx-sync": "#chats:queue all",
}


@register.simple_tag
def hx_get(*, href: str) -> SafeString:
    """The address of a link, for the browser and for htmx: `<a {% hx_get href=url %}>`."""
    return format_html('href="{0}" hx-get="{0}"', href)


@register.simple_tag
def hx_post(*, action: str) -> SafeString:
    """The address of a form, for the browser and for htmx: `<form method="post" {% hx_post action=url %}>`."""
    return format_html('action="{0}" hx-post="{0}"', action)


@register.simple_tag
def hx_button(*, form: str, formaction: str, **field: str) -> SafeString:
    """A button that posts through the form with this id: `<button {% hx_button form="action" formaction=url %}>`.

    One field may follow, `along="yes"`: a short word of ours, as it stands in JSON, too.
    """
    posts = format_html('form="{}" formaction="{}"', form, formaction)
    for name, value in field.items():
        posts = format_html('{} name="{}" value="{}"', posts, name, value)
    posts = format_html('{} hx-post="{}"', posts, formaction)
    for name, value in field.items():
        posts = format_html("""{} hx-vals='{{"{}": "{}"}}'""", posts, name, value)
    return posts


@register.simple_tag
def hx_updates_chat_list() -> SafeString:
    """The answer takes the place of the list of chats, in turn with whatever else asks for it."""
    return format_html_join(" ", '{}="{}"', CHAT_LIST.items())
