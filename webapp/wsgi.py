"""The WSGI application that gunicorn serves."""

import os
from collections.abc import Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.template.loader import get_template
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")

_django = get_wsgi_application()

from webapp.request_body import with_received_bodies  # noqa: E402 (not before Django is set up)

UTF8 = ("utf-8", "utf8", "us-ascii", "ascii")  # not codecs.lookup(), which caches every unknown name

_site = with_received_bodies(_django)


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Serve requests in UTF-8; others get a 400.

    Django accepts any of Python's codecs as a charset, and fails on those that are not text encodings ("rot13") before
    it can answer.
    """
    if "\\" in (cookies := environ.get("HTTP_COOKIE", "")):
        environ["HTTP_COOKIE"] = _without_escapes(cookies)
    if _is_utf8(environ.get("CONTENT_TYPE", "")):
        return _site(environ, start_response)
    start_response("400 Bad Request", [("Content-Type", "text/html; charset=utf-8")])
    return [get_template("400.html").render().encode()]


def _without_escapes(cookies: str) -> str:
    """Drop cookies with backslashes, none of which are this site's.

    Python before 3.11.10 parses them in quadratic time: a minute for the longest possible header.
    """
    return ";".join(cookie for cookie in cookies.split(";") if "\\" not in cookie)


def _is_utf8(content_type: str) -> bool:
    try:
        charset = parse_header_parameters(content_type)[1].get("charset", UTF8[0])
    except (LookupError, ValueError):
        return False
    return charset.lower() in UTF8
