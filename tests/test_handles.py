"""docs/architecture.md, "Handles": the names that others rely on, compared with the code."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

import chat.urls
from tests.settings import SITE_VARIABLES
from webapp import cookies

DOCUMENT = (Path(__file__).parent.parent / "docs" / "architecture.md").read_text()
HANDLES = DOCUMENT.partition("\n## Handles\n")[2]
NAMED = re.compile(r"`([^`]+)`")
RELATIVE = re.compile(r"[a-z]+(?:/(?:<\w+>/)?|\.(?:md|json|zip))")  # `edit/`, `files/<position>/`, `export.md`


def entry(name: str) -> str:
    """What stands behind the name in bold, up to the next."""
    (found,) = re.findall(rf"^- \*\*{name}\*\*(.*?)(?=^- \*\*|\Z)", HANDLES, re.M | re.S)
    return found


def documented_addresses() -> Iterator[str]:
    for item in entry("Addresses").split("\n  - ")[1:]:
        item, _, inner = item.partition("below ")
        base = ""
        if inner:
            base, *names = NAMED.findall(inner)
            yield from (f"{base}{name}" for name in names if RELATIVE.fullmatch(name))
        yield from (name.partition("?")[0] for name in NAMED.findall(item) if re.match(r"/(?!\?)", name))


def as_one_writes_it(address: str) -> str:
    return re.sub(r"<[^>]+>", "<id>", address)


def test_all_settings_are_listed():
    names = Counter(re.findall(r"`([A-Z_]+)`", entry("Settings")))

    assert names == Counter(SITE_VARIABLES)


def test_all_addresses_are_listed_once():
    documented = Counter(map(as_one_writes_it, documented_addresses()))

    assert documented == Counter(as_one_writes_it(f"/{each.pattern}") for each in chat.urls.urlpatterns)


def test_all_cookies_are_listed():
    ours = {getattr(settings, name) for name in dir(settings) if name.endswith("_COOKIE_NAME")}
    prefix = cookies.prefix(settings.PUBLIC_URL)
    named = NAMED.findall(entry("Cookies").partition("each prefixed")[0])

    assert {f"{prefix}{name}" for name in named} == {name for name in ours if name.startswith(prefix)}
