"""Settings come from the environment; a bad value stops the start by name; .env.example lists them all."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

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


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("PUBLIC_URL", "potluck.example"),
        ("PUBLIC_URL", "https://chat.example.org/chat"),
        ("OPENROUTER_URL", "ftp://openrouter.ai"),
        ("DEBUG", "maybe"),
        ("GRACE_SECONDS", "-1"),
        ("CONTACT", "me"),
        ("CONTACT", "javascript:alert(1)"),
        ("CONTACT", "http://example.org/contact"),
        ("CONTACT", "me@example.org?subject=x"),
        ("SOURCE_URL", "example.org/potluck"),
        ("SOURCE_URL", "javascript:alert(1)"),
        ("SOURCE_URL", "https:///potluck"),
        ("ENCRYPTION_KEYS", "not-a-fernet-key"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "mongodb://localhost/x"),
    ],
)
def test_a_bad_value_stops_the_start_by_name(tmp_path, name, value):
    result = start(tmp_path, **{name: value})

    assert result.returncode != 0
    assert f"{name} must b" in result.stderr.splitlines()[-1]
    assert value not in result.stderr.splitlines()[-1], "it may be a secret in the wrong place"


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
    assert not (tmp_path / "data").exists()


def test_a_damaged_file_of_secrets_is_named_and_not_replaced(tmp_path):
    file = tmp_path / "data" / "secrets.json"
    file.parent.mkdir()
    file.write_text("{}")
    result = start(tmp_path)

    assert "secrets.json is damaged" in result.stderr
    assert file.read_text() == "{}"


def test_env_example_and_the_readme_list_what_is_read():
    modules = [ROOT / "webapp" / name for name in ("settings.py", "gunicorn.py")]
    pattern = r"""environment\.\w+\(\s*["']([A-Z_]+)["']"""
    read = {name for module in modules for name in re.findall(pattern, module.read_text())}

    assert set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M)) == read
    table = (ROOT / "README.md").read_text().partition("## Settings")[2]
    assert set(re.findall(r"`([A-Z_]{4,})`", table.partition("\n## ")[0])) == read
    assert set(SITE_VARIABLES) == read
    assert len(read) <= 15
