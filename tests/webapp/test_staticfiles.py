"""A page asks for few stylesheets, however many files they are written in."""

from itertools import pairwise
from pathlib import Path
from shutil import copytree

import pytest
from django.core.files.storage import FileSystemStorage

from webapp.environment import BASE_DIR
from webapp.staticfiles import JOINED, Storage

CSS = BASE_DIR / "static" / "css"


@pytest.fixture
def collected(tmp_path: Path) -> Storage:
    """The stylesheets, collected twice: the second time over what the first has left."""
    copytree(CSS, tmp_path / "css")
    source = FileSystemStorage(BASE_DIR / "static")
    names = [str(path.relative_to(CSS.parent)) for path in CSS.rglob("*.css")]
    storage = Storage(location=tmp_path, base_url="/static/")
    for _ in range(2):
        assert all(processed for _, _, processed in storage.post_process({name: (source, name) for name in names}))
    return storage


@pytest.mark.parametrize("name", JOINED)
def test_a_stylesheet_holds_what_it_imports_in_order(collected, name):
    parts = (CSS / name.removeprefix("css/")).with_suffix("")
    text = Path(collected.path(collected.stored_name(name))).read_text()
    order = [line.split('"')[1] for line in (CSS.parent / name).read_text().splitlines() if line.startswith("@import")]
    places = [text.index((CSS / part).read_text()) for part in order]

    assert "@import" not in text
    assert all(first < second for first, second in pairwise(places))
    assert {CSS / part for part in order} == set(parts.iterdir()), "a file is not imported"
