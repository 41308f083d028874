"""The pages for errors that no view handles. Making them does not read what was sent."""

import errno
import sys

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.template.loader import get_template
from django.views.defaults import server_error

RETRY_AFTER_SECONDS = "10"
NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def broken(request: HttpRequest) -> HttpResponse:
    """The page for an exception: 503 when the database is away or locked or the disk is full, else 500."""
    if not _is_temporary(sys.exception()):
        return server_error(request)
    page = get_template("503.html").render()
    return HttpResponse(page, status=503, headers={"Retry-After": RETRY_AFTER_SECONDS})


def misdirected(request: HttpRequest) -> HttpResponse:
    """The page for a request to a host name that is not the site's."""
    context = {"public_url": settings.PUBLIC_URL, "site_name": settings.SITE_NAME}
    return HttpResponseBadRequest(get_template("misdirected.html").render(context))


def _is_temporary(error: BaseException | None) -> bool:
    is_full = isinstance(error, OSError) and error.errno in NO_SPACE
    return is_full or isinstance(error, OperationalError | InterfaceError)
