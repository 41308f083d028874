"""Settings come from the environment; a bad value stops the start by name; .env.example lists them all."""

import os
import re
import runpy
import stat
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from tests.settings import SITE_VARIABLES

ROOT = Path(__file__).parent.parent.parent


def start(tmp_path: Path, expression: str = "''", **environment: str) -> subprocess.CompletedProcess[str]:
    """Load the settings in a process of their own and print an expression of theirs."""
    clean = {name: value for name, value in os.environ.items() if name not in SITE_VARIABLES}
    return subprocess.run(
        [sys.executable, "-c", f"from webapp import settings; print({expression})"],
        env=clean | {"DATA_DIR": str(tmp_path / "data")} | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


# Of every setting, each kind of value that it cannot have.
BAD = {
    "PUBLIC_URL": [
        *("potluck.example", "https://chat.example.org/chat", "https://x.example?y", "https://x.example#y", "https://"),
        *("https://somebody@x.example", "https://somebody:password@x.example", "https://x.example:port"),
        *("https://x.example:0", "https://x.example:70000", "https://x y.example", "https://*.example", "https://.x"),
        *("https://[::1", "https://[fe80::1%eth0]", "https://b\u00fccher..example", "https://\u2603\ufffd.example"),
    ],
    "HOST": ["\udcff"],  # what is none of this machine is told when it is tried (test_start.py)
    "PORT": ["eighty", "0", "70000", "-1", "8000.5", "9" * 5000],
    "DATA_DIR": [
        str(ROOT / "manage.py"),
        str(ROOT / "manage.py" / "data"),
        "~nobody-here/data",
        "/proc/data",
        "a" * 300,
    ],
    "SECRET_KEY": ["short", "x" * 31],
    "ENCRYPTION_KEYS": ["not-a-fernet-key", "\u00fc" * 44, "A" * 43 + "=,x", "A" * 44 + "A"],
    "DATABASE_URL": [
        *("nonsense", "mongodb://localhost/x", "mysql://a:b@c/d", "postgis://a/b", "postgres://a:b@c:port/d"),
        *("sqlite://", "sqlite://:memory:", "postgres:"),
    ],
    "WEB_CONCURRENCY": ["x", "0", "-2", "65", "1.5"],
    "GRACE_SECONDS": ["-1", "3601", "soon"],
    "DEFAULT_MODEL": ["a\nb", "\udcff"],
    "LIMIT_PER_MESSAGE": ["a dollar", "-1", "nan", "inf"],
    "LIMIT_PER_DAY": ["1e9", "1,50", "100001"],
    "LIMIT_PER_MONTH": ["$", "-$1", "1 2"],
    "MCP_ALLOWED_HOSTS": ["http://wiki.lan", "wiki.lan/mcp", "a b", "me@wiki.lan", "wiki.lan:0", "wiki.lan,", "*"],
    "SITE_NAME": ["a\tb", "\udcff"],
    "CONTACT": ["me", "javascript:alert(1)", "http://example.org/contact", "me@example.org?subject=x"],
    "SOURCE_URL": ["example.org/potluck", "javascript:alert(1)", "https:///potluck"],
    "OPENROUTER_URL": [
        "ftp://openrouter.ai",
        "openrouter.ai",
        "https://a:b@openrouter.ai",
        "https://openrouter.ai/api",
    ],
    "DEBUG": ["maybe", "2"],
}


def read_settings() -> dict[str, Any]:
    """What `python -m webapp` reads, in the environment of this process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return runpy.run_path(str(ROOT / "webapp/settings.py")) | runpy.run_path(str(ROOT / "webapp/gunicorn.py"))


@pytest.fixture
def clean(monkeypatch, tmp_path):
    for name in SITE_VARIABLES:
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    return monkeypatch


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_a_bad_value_stops_the_start_by_name(clean, name, value):
    clean.setenv(name, value)
    with pytest.raises(ImproperlyConfigured) as raised:
        read_settings()

    sentence = str(raised.value)
    assert sentence.startswith(f"{name} must be ")
    assert "\n" not in sentence
    assert name == "DATA_DIR" or len(value) < 12 or value not in sentence, "it may be a secret in the wrong place"


def test_the_table_has_every_setting():
    assert set(BAD) == set(SITE_VARIABLES)


@pytest.mark.parametrize(
    ("given", "public_url"),
    [
        ("https://Chat.Example.org/", "https://chat.example.org"),
        ("https://b\u00fccher.example", "https://xn--bcher-kva.example"),
        ("https://\u4f8b\u3048.example:8443", "https://xn--r8jz45g.example:8443"),
        ("https://x.example:443", "https://x.example"),
        ("https://x.example.:", "https://x.example"),
        ("http://localhost:80", "http://localhost"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://[2001:DB8:0::1]", "https://[2001:db8::1]"),
    ],
)
def test_the_public_address_is_what_browsers_say(clean, given, public_url):
    clean.setenv("PUBLIC_URL", given)
    settings = read_settings()

    assert settings["PUBLIC_URL"] == public_url
    assert settings["CSRF_TRUSTED_ORIGINS"] == [public_url]


@pytest.mark.parametrize(
    ("host", "bind"),
    [("", "127.0.0.1:8000"), ("::1", "[::1]:8000"), ("[::]", "[::]:8000"), ("localhost", "localhost:8000")],
)
def test_it_listens_on_either_kind_of_address(clean, host, bind):
    clean.setenv("HOST", host)

    assert read_settings()["bind"] == bind


@pytest.mark.parametrize(
    ("name", "value"), [("DATA_DIR", "build/check"), ("DATABASE_URL", "sqlite:///build/check/a.db")]
)
def test_relative_folders_begin_where_manage_py_is(clean, tmp_path, name, value):
    clean.chdir(tmp_path)
    clean.setenv(name, value)

    assert read_settings()["DATABASES"]["default"]["NAME"].startswith(f"{ROOT}/build/check/")


@pytest.mark.parametrize("given", ["SECRET_KEY", ""])
def test_a_folder_that_is_not_there_is_made_for_the_owner_alone(clean, tmp_path, given):
    if given:
        clean.setenv("SECRET_KEY", "s" * 50)
        clean.setenv("ENCRYPTION_KEYS", Fernet.generate_key().decode())
    clean.setenv("DATA_DIR", str(tmp_path / "far" / "away"))
    read_settings()

    assert stat.S_IMODE((tmp_path / "far" / "away").stat().st_mode) == 0o700
    assert (tmp_path / "far" / "away" / "secrets.json").exists() == (not given)


def test_the_public_address_decides_about_https(tmp_path):
    what = "settings.SESSION_COOKIE_SECURE, settings.SECURE_HSTS_SECONDS > 0, settings.ALLOWED_HOSTS[0]"

    assert start(tmp_path, what).stdout == "False False localhost\n"
    secure = start(tmp_path, what, PUBLIC_URL="https://Chat.Example.org/")
    assert secure.stdout == "True True chat.example.org\n"


@pytest.mark.parametrize(
    ("contact", "leads_to"),
    [
        ("me+chat@mail.example.org", "mailto:me+chat@mail.example.org"),
        ("https://social.example/@me", "https://social.example/@me"),
        ("", ""),
    ],
)
def test_a_contact_is_an_email_address_or_a_page(tmp_path, contact, leads_to):
    assert start(tmp_path, "settings.CONTACT", CONTACT=contact).stdout == f"{leads_to}\n"


@pytest.mark.parametrize(
    ("address", "by_code", "host"),
    [
        ("http://192.168.1.5:8000", True, "192.168.1.5"),
        ("http://potluck.lan", True, "potluck.lan"),
        ("http://[fd00::5]:8000", True, "[fd00::5]"),
        ("http://[::1]:8000", True, "[::1]"),
        ("http://localhost.example:8000", True, "localhost.example"),
        ("http://localhost:9000", False, "localhost"),
        ("http://127.0.0.1:8000", False, "127.0.0.1"),
        ("https://192.168.1.5:8443", False, "192.168.1.5"),
        ("https://chat.example.org", False, "chat.example.org"),
    ],
)
def test_where_openrouter_sends_nobody_back_to_people_bring_a_code(tmp_path, address, by_code, host):
    what = "settings.SIGN_IN_BY_CODE, settings.ALLOWED_HOSTS[0], settings.CSRF_TRUSTED_ORIGINS[0]"

    assert start(tmp_path, what, PUBLIC_URL=address).stdout == f"{by_code} {host} {address}\n"


def test_in_a_local_network_a_deployment_has_nothing_to_complain_of(tmp_path):
    ours = {"DATA_DIR": str(tmp_path), "PUBLIC_URL": "http://192.168.1.5:8000", "PATH": os.environ["PATH"]}
    check = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    result = subprocess.run(check, env=ours, cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stderr


def test_missing_secrets_are_made_once_and_for_the_owner_alone(tmp_path):
    first = start(tmp_path, "settings.SECRET_KEY, settings.ENCRYPTION_KEYS")
    second = start(tmp_path, "settings.SECRET_KEY, settings.ENCRYPTION_KEYS")

    assert first.stdout == second.stdout
    assert stat.S_IMODE((tmp_path / "data" / "secrets.json").stat().st_mode) == 0o600


def test_given_secrets_win_and_nothing_is_made(tmp_path):
    one, two = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    result = start(tmp_path, "settings.ENCRYPTION_KEYS", SECRET_KEY="s" * 50, ENCRYPTION_KEYS=f"{one}, {two}")

    assert result.stdout == f"['{one}', '{two}']\n"
    assert not list((tmp_path / "data").iterdir())


@pytest.mark.parametrize("content", ["{}", "", "[]", "null", '{"SECRET_KEY": 1, "ENCRYPTION_KEYS": []}', "\ufffd"])
def test_a_damaged_file_of_secrets_is_named_and_not_replaced(clean, tmp_path, content):
    file = tmp_path / "data" / "secrets.json"
    file.parent.mkdir()
    file.write_text(content)
    with pytest.raises(ImproperlyConfigured, match=r"secrets\.json is damaged"):
        read_settings()

    assert file.read_text() == content


def test_env_example_and_the_readme_list_what_is_read():
    modules = [ROOT / "webapp" / name for name in ("settings.py", "gunicorn.py")]
    pattern = r"""environment\.\w+\(\s*["']([A-Z_]+)["']"""
    read = {name for module in modules for name in re.findall(pattern, module.read_text())}

    assert set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M)) == read
    table = (ROOT / "README.md").read_text().partition("## Settings")[2]
    assert set(re.findall(r"`([A-Z_]{4,})`", table.partition("\n## ")[0])) == read
    assert set(SITE_VARIABLES) == read
    assert len(read) <= 19
