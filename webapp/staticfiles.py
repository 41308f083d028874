"""The storage for static files: hashed names, compressed copies, and stylesheets joined with those they import."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage as FileStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

JOINED = ("css/site.css", "css/chat.css")  # to save requests (tests/browser/test_weight.py)
IMPORT = '@import "'


class Storage(CompressedManifestStaticFilesStorage):
    """Hashes file names, also in the imports of ES modules, so that no build is needed.

    A stylesheet in `JOINED` gets the content of the files it imports, in their order. With DEBUG nothing is collected:
    the browser follows the imports itself.
    """

    support_js_module_import_aggregation = True

    def post_process(
        self, paths: dict[str, tuple[FileStorage, str]], dry_run: bool = False, **options: Any
    ) -> Iterator[tuple[str, str, bool]]:
        if not dry_run:
            for name in JOINED:
                text = _with_imports(*paths[name])
                self.delete(name)
                self.save(name, ContentFile(text.encode()))
                paths[name] = (self, name)
        yield from super().post_process(paths, dry_run, **options)  # type: ignore[no-untyped-call]


def _with_imports(storage: FileStorage, name: str) -> str:
    folder = PurePosixPath(name).parent
    with storage.open(name) as file:
        lines = file.read().decode().splitlines(keepends=True)
    return "".join(
        _with_imports(storage, str(folder / line.split('"')[1])) if line.startswith(IMPORT) else line for line in lines
    )
