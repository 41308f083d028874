"""What people see when something breaks that no view foresaw."""

import errno
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.views.defaults import server_error

RETRY_AFTER_SECONDS = "10"
NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def broken(request: HttpRequest) -> HttpResponse:
    """The page for an exception: 503 when the database is away or locked or the disk is full, else 500."""
    if not _may_pass(sys.exception()):
        return server_error(request)
    page = get_template("503.html").render()
    return HttpResponse(page, status=503, headers={"Retry-After": RETRY_AFTER_SECONDS})


def _may_pass(error: BaseException | None) -> bool:
    is_full = isinstance(error, OSError) and error.errno in NO_SPACE
    return is_full or isinstance(error, OperationalError | InterfaceError)
