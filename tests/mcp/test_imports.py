"""The `mcp` package, which takes 55 MB, is loaded in processes of its own only, and these load nothing of the site."""

import subprocess
import sys
from pathlib import Path

from tests.test_imports import imports_of, is_within

ROOT = Path(__file__).parent.parent.parent
PACKAGES = {"mcp", "mcp_types", "httpx2", "httpcore2", "anyio", "pydantic", "starlette"}

SITE = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import webapp.wsgi, chat.urls, chat.mcp.tools, chat.mcp.signin
print(sorted(set(sys.modules) & {packages}))
"""

PROCESS = """
import os, sys
import chat.mcp.process.__main__
print(sorted({name.partition(".")[0] for name in sys.modules} & {"django", "webapp", "gevent", "requests"}))
print("mcp" in sys.modules)
"""


def test_the_site_does_not_load_the_package():
    result = subprocess.run(
        [sys.executable, "-c", SITE.replace("{packages}", repr(PACKAGES))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert result.stdout == "[]\n"


def test_the_process_does_not_load_the_site():
    result = subprocess.run([sys.executable, "-c", PROCESS], cwd=ROOT, capture_output=True, text=True, check=True)

    assert result.stdout == "[]\nTrue\n"


def test_no_module_of_the_site_imports_the_package():
    process = ROOT / "chat" / "mcp" / "process"
    modules = [path for folder in ("chat", "webapp") for path in (ROOT / folder).rglob("*.py")]
    outside = [path for path in modules if process not in path.parents]

    assert outside
    assert [path for path in outside if any(is_within(name, PACKAGES) for name in imports_of(path))] == []
