"""How large the body of a request to a view may be; the rest of the project reads it (webapp/request_body.py)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpResponseBase

from chat.accounts.signed_in import VisitorRequest

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

DEFAULT_BYTES = 5 * 1024 * 1024  # more than the longest text of a message


@dataclass(frozen=True)
class BodyLimit:
    """`upload_handler` replaces the site's own; `for_strangers` answers visitors, who may not send a large body."""

    most_bytes: int = DEFAULT_BYTES
    upload_handler: type[FileUploadHandler] | None = None
    for_strangers: Callable[[VisitorRequest], HttpResponseBase] | None = None


def limit_body(
    most_bytes: int,
    *,
    upload_handler: type[FileUploadHandler] | None = None,
    for_strangers: Callable[[VisitorRequest], HttpResponseBase] | None = None,
) -> Callable[[View], View]:
    """For a view that takes more than `DEFAULT_BYTES`. Must be the outermost decorator."""

    def marked(view: View) -> View:
        view.body_limit = BodyLimit(most_bytes, upload_handler, for_strangers)  # type: ignore[attr-defined]
        return view

    return marked


def limit_of(view: Callable[..., Any]) -> BodyLimit:
    found = getattr(view, "body_limit", None)
    return found if isinstance(found, BodyLimit) else BodyLimit()
