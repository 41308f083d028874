"""The list of keyboard shortcuts, as a page of its own or in a dialog."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from chat.accounts.signed_in import SignedInRequest, signed_in

CTRL = "Ctrl"  # a script writes ⌘ on a Mac

# What each does, and its keys. static/js/app.js listens for them, static/js/lib/shortcuts.js has the functions.
SHORTCUTS = [
    (gettext_lazy("Search your chats"), [CTRL, "K"]),
    (gettext_lazy("New chat"), [CTRL, "Shift", "O"]),
    (gettext_lazy("Choose a model"), [CTRL, "Shift", "M"]),
    (gettext_lazy("Star a model (while choosing)"), [CTRL, "D"]),
    (gettext_lazy("Show or hide sidebar"), [CTRL, "B"]),
    (gettext_lazy("Write a message"), ["Shift", "Esc"]),
    (gettext_lazy("Edit your last message (when the field is empty)"), ["↑"]),
    (gettext_lazy("Copy the last code block"), [CTRL, "Shift", ";"]),
    (gettext_lazy("Stop the answer"), ["Esc", "Esc"]),
    (gettext_lazy("Show shortcuts"), [CTRL, "/"]),
]


@require_safe
@signed_in
def shortcuts(request: SignedInRequest) -> HttpResponse:
    template = "shortcuts/_list.html" if request.htmx else "shortcuts/shortcuts.html"
    return render(request, template, {"shortcuts": SHORTCUTS})
