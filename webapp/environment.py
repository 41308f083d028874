"""Reads settings from environment variables, each as a certain type.

An invalid value raises ImproperlyConfigured, with the name of the variable and the values that are allowed.
"""

import ipaddress
import os
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import SplitResult, urlsplit

import dj_database_url
import idna
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from dotenv import load_dotenv

BASE_DIR = Path(__file__).resolve().parent.parent

EMAIL = re.compile(r"[^\s@<>\"?&%:/]+@[^\s@<>\"?&%:/]+\.[^\s@<>\"?&%:/.]+")

T = TypeVar("T")

MIN_SECRET_LENGTH = 32  # characters
HOST_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")  # what Django accepts as one
MOST_DOLLARS = 100_000
USUAL_PORTS = {"http": 80, "https": 443}  # browsers omit them
ENGINES = {"django.db.backends.sqlite3", "django.db.backends.postgresql"}


def load_env_file() -> None:
    """Read `.env` beside manage.py, if there is one. Variables that are set already win."""
    file = BASE_DIR / ".env"
    try:
        load_dotenv(file, override=False)
    except (OSError, ValueError):
        raise ImproperlyConfigured(f"{file} must be a UTF-8 text file that this user can read.") from None


def text(name: str, default: str) -> str:
    return raw(name) or default


def items(name: str) -> list[str]:
    """Return a comma-separated list; empty if unset."""
    return [item.strip() for item in raw(name).split(",") if item.strip()]


def secret(name: str) -> str:
    """Return a secret of a minimum length; "" if unset."""
    value = raw(name)
    if value and len(value) < MIN_SECRET_LENGTH:
        raise ImproperlyConfigured(
            f"{name} must be at least {MIN_SECRET_LENGTH} random characters. Generate one with"
            " python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    return value


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
    return _read(name, default, lambda given: known[given.lower()], "1 or 0")


def number(name: str, default: int, *, least: int = 0, most: int = 2**31) -> int:
    def parse(given: str) -> int:
        value = int(given)
        if not least <= value <= most:
            raise ValueError
        return value

    return _read(name, default, parse, f"a whole number from {least} to {most}")


def dollars(name: str) -> Decimal | None:
    """Return an amount of US dollars, or None."""

    def parse(given: str) -> Decimal | None:
        try:
            amount = Decimal(given.removeprefix("$"))
        except InvalidOperation:
            raise ValueError from None
        if not (amount.is_finite() and 0 <= amount <= MOST_DOLLARS):
            raise ValueError
        return amount

    return _read(name, None, parse, f"US dollars from 0 to {MOST_DOLLARS}, like 2.50")


def folder(name: str, default: Path) -> Path:
    """Return a folder that exists and is writable. A missing one is created, for the owner only.

    A relative path is relative to manage.py, not to the working directory.
    """
    path = _read(name, default, lambda given: (BASE_DIR / Path(given).expanduser()).resolve(), "a folder")
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"{name} must be a folder. {path} cannot be created: {error.strerror}.") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(f"{name} must be a folder that this user can write to, but {path} is not.")
    return path


def origin(name: str, default: str) -> str:
    """Return an origin such as https://chat.example.org: scheme and host, without path and trailing slash.

    It is in the form that browsers send: without the default port of its scheme, non-ASCII letters encoded by IDNA.
    """

    def parse(given: str) -> str:
        parts = urlsplit(given.rstrip("/"))
        if parts.scheme not in USUAL_PORTS or parts.path or parts.query or parts.fragment or "@" in parts.netloc:
            raise ValueError
        port = f":{parts.port}" if parts.port not in (None, USUAL_PORTS[parts.scheme]) else ""
        return f"{parts.scheme}://{_host(parts)}{port}"

    return _read(name, default, parse, "an address like https://chat.example.org, without a path or user name")


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if ":" in host and "%" not in host:
        return f"[{ipaddress.IPv6Address(host)}]"
    name = host.removesuffix(".") if host.isascii() else idna.encode(host, uts46=True).decode()
    if not HOST_NAME.fullmatch(name) or parts.port == 0:
        raise ValueError
    return name


def hosts(name: str) -> list[str]:
    """Return a comma-separated list of hosts, each with a port or for all ports; empty if unset."""
    return _read(
        name, [], lambda given: [_host_and_port(item.strip()) for item in given.split(",")], "hosts like wiki.lan:8080"
    )


def _host_and_port(given: str) -> str:
    parts = urlsplit(f"//{given}")
    if parts.netloc != given or "@" in given:
        raise ValueError
    return _host(parts) + (f":{parts.port}" if parts.port else "")


def listen_on(name: str, default: str) -> str:
    """Return the host name or IP address to listen on; an IPv6 address without brackets."""
    return text(name, default).removeprefix("[").removesuffix("]")


def link(name: str) -> str:
    """Return an https URL, or ""."""
    return _read(name, "", _https_address, "an address that begins with https://")


def contact(name: str) -> str:
    """Return a `mailto:` or `https:` URL for an email address or a page, or ""."""

    def parse(raw: str) -> str:
        return f"mailto:{raw}" if EMAIL.fullmatch(raw) else _https_address(raw)

    return _read(name, "", parse, "an email address or an address that starts with https://")


def _https_address(raw: str) -> str:
    parts = urlsplit(raw)
    if parts.scheme != "https" or not parts.hostname or parts.username or re.search(r"[\s<>\"]", raw):
        raise ValueError
    return raw


def database(name: str, default: str) -> dict[str, Any]:
    """Return Django's settings for a database URL: PostgreSQL, or SQLite in a file."""

    def parse(given: str) -> dict[str, Any]:
        found = dict(dj_database_url.parse(given))
        # An in-memory database would be a different one for each connection.
        if found["ENGINE"] not in ENGINES or found["NAME"] in ("", ":memory:"):
            raise ValueError
        if "sqlite3" in found["ENGINE"]:
            found["NAME"] = str(BASE_DIR / str(found["NAME"]))
        return found

    allowed = "an address like postgres://user:password@host/name or sqlite:////folder/file"
    return _read(name, parse(default), parse, allowed)


def fernet_keys(name: str, keys: list[str]) -> list[str]:
    """Return `keys` if all are valid Fernet keys."""
    try:
        for key in keys:
            Fernet(key)
    except ValueError:
        raise ImproperlyConfigured(
            f"{name} must be Fernet keys (32 bytes, base64), separated by commas. Generate one with"
            " python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
        ) from None
    return keys


def raw(name: str) -> str:
    """Return the value without surrounding white space; "" if unset."""
    value = os.environ.get(name, "").strip()
    # Pages cannot contain control characters (Cc), nor surrogates (Cs), which Python puts in place of invalid UTF-8.
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in value):
        raise ImproperlyConfigured(f"{name} must be one line of UTF-8 text.")
    return value


def _read(name: str, default: T, parse: Callable[[str], T], allowed: str) -> T:
    given = raw(name)
    if not given:
        return default
    try:
        return parse(given)
    except (KeyError, ValueError, RuntimeError):
        # The message does not contain the value, which may be a secret in the wrong variable.
        raise ImproperlyConfigured(f"{name} must be {allowed}.") from None
