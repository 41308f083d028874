"""Django's upload handler for images: limits their number and size while they are received.

`FILE_UPLOAD_HANDLERS` names `ImageUploads` and nothing else. It must be set for the whole site, because the
CSRF check reads the form, and with it the files, before any view runs.
"""

from tempfile import SpooledTemporaryFile
from typing import Any, NamedTuple

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest
from django.utils.translation import gettext as _

from chat.images.checks import MAX_IMAGE_BYTES

FIELD = "images"
MAX_IMAGES = 8
MAX_TOTAL_BYTES = 60_000_000


class Received(NamedTuple):
    files: list["UploadedFile[bytes]"]
    refusals: list[str]


def received_images(request: HttpRequest) -> Received:
    """Return the images in a form, in its order, and a sentence for each that was not accepted."""
    files = request.FILES.getlist(FIELD)
    refusals = [
        sentence
        for handler in request.upload_handlers
        if isinstance(handler, ImageUploads)
        for sentence in handler.refusals
    ]
    return Received(files, refusals)


class ImageUploads(FileUploadHandler):
    """Accepts up to `MAX_IMAGES` files of the field `FIELD`; skips what exceeds the limits, with a sentence.

    Bytes are counted as they arrive; `Content-Length` is not trusted. Small files stay in memory, larger ones
    move to a temporary file; all together they take as much memory as Django allows one request.

    It is the only handler and never raises `SkipFile`: after that Django also closes the file before the skipped one,
    and asks each of several handlers for a file that another has dropped.
    """

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.refusals: list[str] = []
        self._file_count = self._total_bytes = 0
        self._file: SpooledTemporaryFile[bytes] | None = None

    def new_file(self, field_name: str, file_name: str, *args: Any, **kwargs: Any) -> None:
        super().new_file(field_name, file_name, *args, **kwargs)
        self._file = None
        if field_name != FIELD:
            return
        if self._file_count == MAX_IMAGES:
            sentence = _("“%(name)s” wasn't attached: a message can have up to %(most)d images.")
            self.refusals.append(sentence % {"name": file_name, "most": MAX_IMAGES})
            return
        self._file = SpooledTemporaryFile(  # noqa: SIM115 (the request closes it)
            settings.FILE_UPLOAD_MAX_MEMORY_SIZE // MAX_IMAGES, dir=settings.FILE_UPLOAD_TEMP_DIR
        )

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._file is None:
            return
        size_bytes = start + len(raw_data)
        if size_bytes > MAX_IMAGE_BYTES:
            self._drop(_("“%(name)s” is larger than %(most)d MB."), MAX_IMAGE_BYTES)
        elif self._total_bytes + size_bytes > MAX_TOTAL_BYTES:
            self._drop(
                _("“%(name)s” wasn't attached: a message can have up to %(most)d MB of images."), MAX_TOTAL_BYTES
            )
        else:
            self._file.write(raw_data)

    def file_complete(self, file_size: int) -> "UploadedFile[bytes] | None":
        if self._file is None:
            return None
        self._file_count += 1
        self._total_bytes += file_size
        self._file.seek(0)
        return UploadedFile(self._file, self.file_name, self.content_type, file_size, self.charset)

    def upload_interrupted(self) -> None:
        if self._file is not None:
            self._file.close()

    def _drop(self, sentence: str, max_bytes: int) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        self.refusals.append(sentence % {"name": self.file_name, "most": max_bytes // 1_000_000})
