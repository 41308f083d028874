"""Previews of what a model wrote, in documents that can neither reach the network nor this site.

`frame` is the empty document of a preview on the page; the script there gives it the code (docs/decisions/0016).
`code` is the code itself, for readers without scripts.
"""

import re
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from chat.accounts.signed_in import SignedInRequest, signed_in
from chat.streaming.code_blocks import code_blocks_of
from chat.views.access import own_message

FRAME_SCRIPT = "js/code-views/frame.js"
MERMAID = "vendor/mermaid-12.3.0.min.js"
INLINE = "'unsafe-inline'"
# By kind of frame: the script files, and whether scripts in the page run.
SCRIPTS = {
    "page": ([FRAME_SCRIPT], False),
    "scripts": ([FRAME_SCRIPT], True),
    "diagram": ([MERMAID, FRAME_SCRIPT], False),
}
POLICY = {
    "default-src": ["'none'"],
    "style-src": [INLINE],
    "img-src": ["data:", "blob:"],
    "font-src": ["data:"],
    "media-src": ["data:", "blob:"],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'self'"],
}
# Links to other documents can load nothing, but a policy does not keep browsers from connecting to where they lead.
LINK = re.compile(r"<link(?=[\s/>])", re.IGNORECASE)


@require_safe
@xframe_options_sameorigin
def frame(request: HttpRequest, kind: str) -> HttpResponse:
    """An empty sandboxed document, whose script waits for what to show. The same for everybody: it contains nothing."""
    files, is_inline = SCRIPTS[kind]
    response = render(request, "preview/frame.html", {"kind": kind, "scripts": files})
    # With the address of the site: the document is of no origin, so that 'self' would not be the site.
    allowed = [*(settings.PUBLIC_URL + static(name) for name in files), *([INLINE] if is_inline else [])]
    return _sealed(response, sandbox=["allow-scripts"], scripts=allowed)


@require_safe
@signed_in
def code(request: SignedInRequest, message_id: UUID, position: int) -> HttpResponse:
    """A block of HTML or SVG of an answer, shown without its scripts."""
    blocks = code_blocks_of(own_message(request, message_id))
    source = next((each.source for each in blocks if each.position == position), None)
    if source is None:
        raise Http404
    return _sealed(HttpResponse(LINK.sub("<x-link", source)), sandbox=[], scripts=["'none'"])


def _sealed(response: HttpResponse, *, sandbox: list[str], scripts: list[str]) -> HttpResponse:
    directives = {"sandbox": sandbox, **POLICY, "script-src": scripts}
    response["Content-Security-Policy"] = "; ".join(" ".join([name, *values]) for name, values in directives.items())
    # Chromium also obeys this one, which includes WebRTC and connecting ahead of requests.
    response["Connection-Allowlist"] = "(response-origin)"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    return response
