"""Templates can be read: no line is too long, and each one is used."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "templates"
TEMPLATES = sorted(FOLDER.rglob("*.html"))
LONGEST_LINE = 160  # characters; the icons are left as their makers wrote them
BY_DJANGO = {"400.html", "403.html", "403_csrf.html", "404.html", "500.html"}  # it looks for them by name


def name_of(path: Path) -> str:
    return str(path.relative_to(FOLDER))


def too_long(path: Path) -> list[int]:
    lines = enumerate(path.read_text().splitlines(), start=1)
    return [number for number, line in lines if len(line) > LONGEST_LINE]


def used(source: str) -> set[str]:
    return set(re.findall(r"\"((?:\w+/)?\w+\.html)\"", source))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_no_line_is_too_long(path):
    assert too_long(path) == []


def test_each_template_exists_and_is_used():
    modules = [path for folder in ("chat", "webapp") for path in (ROOT / folder).rglob("*.py")]
    names = {name for path in [*TEMPLATES, *modules] for name in used(path.read_text())}

    assert names | BY_DJANGO == {name_of(path) for path in TEMPLATES}


def test_the_check_would_notice(tmp_path):
    path = tmp_path / "page.html"
    path.write_text(f"<p>\n{'é' * LONGEST_LINE}\n{'é' * (LONGEST_LINE + 1)}\n</p>\n")

    assert too_long(path) == [3]
