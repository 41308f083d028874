"""Django's upload handler for an import: writes the file to disk while it arrives, up to the maximum size."""

from tempfile import TemporaryFile
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

from chat.archive.zip_reader import MAX_BYTES

FIELD = "archive"


class ArchiveUpload(FileUploadHandler):
    """Accepts the first file of the field `FIELD` and skips any other. `Content-Length` is not trusted.

    Set it as the only handler of a request, before anything reads the form.
    """

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.is_too_large = False
        self._has_one = False
        self._file: BinaryIO | None = None

    def new_file(self, field_name: str, file_name: str, *args: Any, **kwargs: Any) -> None:
        super().new_file(field_name, file_name, *args, **kwargs)
        self._file = None
        if field_name == FIELD and not self._has_one:
            self._has_one = True
            self._file = TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115 (the request closes it)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._file is None:
            return
        if start + len(raw_data) > MAX_BYTES:
            self.is_too_large = True
            self._close()
        else:
            self._file.write(raw_data)

    def file_complete(self, file_size: int) -> "UploadedFile[bytes] | None":
        if self._file is None:
            return None
        self._file.seek(0)
        return UploadedFile(self._file, self.file_name, self.content_type, file_size, self.charset)

    def upload_interrupted(self) -> None:
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
