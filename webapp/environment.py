"""Typed readers for the settings that come from the environment.

A value that cannot be understood stops the start with the name of the variable and what it may be.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import dj_database_url
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from dotenv import load_dotenv

BASE_DIR = Path(__file__).resolve().parent.parent

EMAIL = r"[^\s@<>\"?&%:/]+@[^\s@<>\"?&%:/]+\.[^\s@<>\"?&%:/.]+"

T = TypeVar("T")


def load_env_file() -> None:
    """Read `.env` beside manage.py, if there is one; what the environment already has wins."""
    load_dotenv(BASE_DIR / ".env", override=False)


def text(name: str, default: str) -> str:
    return os.environ.get(name, "").strip() or default


def items(name: str) -> list[str]:
    """A comma-separated list; empty when unset."""
    return [item.strip() for item in os.environ.get(name, "").split(",") if item.strip()]


def flag(name: str, *, default: bool) -> bool:
    known = {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
    }
    return _read(name, default, lambda raw: known[raw.lower()], "1 or 0")


def number(name: str, default: int, *, least: int = 0, most: int = 2**31) -> int:
    def parse(raw: str) -> int:
        value = int(raw)
        if not least <= value <= most:
            raise ValueError
        return value

    return _read(name, default, parse, f"a whole number from {least} to {most}")


def path(name: str, default: Path) -> Path:
    return _read(name, default, lambda raw: Path(raw).expanduser().resolve(), "a folder")


def origin(name: str, default: str) -> str:
    """An address such as https://chat.example.org: scheme and host, no path; without a slash at its end."""

    def parse(raw: str) -> str:
        parts = urlsplit(raw.rstrip("/"))
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or parts.fragment:
            raise ValueError
        _ = parts.port  # raises when it is no number
        return f"{parts.scheme}://{parts.netloc.lower()}"

    return _read(name, default, parse, "an address like https://chat.example.org, without a path")


def link(name: str) -> str:
    """An https address, or empty."""
    return _read(name, "", _https_address, "an address that begins with https://")


def contact(name: str) -> str:
    """What leads to somebody, `mailto:` or `https:`, or empty."""

    def parse(raw: str) -> str:
        return f"mailto:{raw}" if re.fullmatch(EMAIL, raw) else _https_address(raw)

    return _read(name, "", parse, "an email address, or an address that begins with https://")


def _https_address(raw: str) -> str:
    parts = urlsplit(raw)
    if parts.scheme != "https" or not parts.hostname or parts.username or re.search(r"[\s<>\"]", raw):
        raise ValueError
    return raw


def database(name: str, default: str) -> dict[str, Any]:
    def parse(raw: str) -> dict[str, Any]:
        return dict(dj_database_url.parse(raw))

    return _read(name, parse(default), parse, "an address like postgres://user:password@host/name")


def fernet_keys(name: str, keys: list[str]) -> list[str]:
    """`keys`, each of which has been tried."""
    try:
        for key in keys:
            Fernet(key)
    except ValueError:
        raise ImproperlyConfigured(
            f"{name} must be Fernet keys (32 bytes, base64), separated by commas; make one with"
            " python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
        ) from None
    return keys


def _read(name: str, default: T, parse: Callable[[str], T], allowed: str) -> T:
    raw = os.environ.get(name, "").strip()
    if not raw:
        return default
    try:
        return parse(raw)
    except (KeyError, ValueError):
        # The value itself stays out of the message: it may be a secret in the wrong place.
        raise ImproperlyConfigured(f"{name} must be {allowed}.") from None
