"""The kinds of parameters of a request: how each reads what a form sends, shows what is stored, and joins the request.

A value is `None` where nothing is set. `read` raises Invalid with a sentence for the person.
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chat.formats import number
from chat.openrouter.json_fields import problem_of_text

Words = str | Promise
Body = dict[str, Any]

LONGEST_INPUT = 100_000  # characters of one field
LONGEST_NUMBER = 40  # characters
LONGEST_DOMAIN = 253  # characters, by RFC 1035
ON, OFF = ("true", "1", "on", "yes"), ("false", "0", "off", "no")  # what a switch accepts
NO_WORDS = " "  # as `short`: the value says it all


class Invalid(Exception):
    """A value that cannot be used; `str()` is the sentence to show."""


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter of a request. `name` is the form field and the key of the stored value.

    `path` is where the value goes in the body of the request; without one, chat/parameters/request.py puts it there.
    `supported_by` are names in a model's `supported_parameters`, of which one is enough; without any, all take it.
    """

    name: str
    label: Words
    help: Words
    path: tuple[str, ...] = ()
    supported_by: tuple[str, ...] = ()
    short: Words = ""  # its name in the header of a chat, in the middle of a sentence

    @property
    def range(self) -> str:
        """What can be entered, in words; empty where the field shows that itself."""
        return ""

    def read(self, text: str) -> Any:
        """The value that `text` stands for; None if it is empty. Raises Invalid."""
        text = text.replace("\r\n", "\n").replace("\0", "")
        if not text.strip():
            return None
        if len(text) > LONGEST_INPUT:
            raise Invalid(_("This is too long."))
        return self.parse(text)

    def parse(self, text: str) -> Any:
        return text

    def show(self, value: Any) -> str:
        """The text that `read` makes this value from."""
        return str(value)

    def clean(self, value: Any) -> Any:
        """A value from a file, as `read` would have returned it. What is not one raises Invalid or another error."""
        found = self.read(self.show(value))
        if not is_of_same_kind(found, value):
            raise TypeError(self.name)
        return found

    def summarize(self, value: Any) -> str:
        """The value in a few words, for the header of a chat. `short` may say where in it the value belongs."""
        short = str(self.short or self.label)
        return short.replace("%s", self.show(value)) if "%s" in short else f"{short} {self.show(value)}".strip()


@dataclass(frozen=True, kw_only=True)
class Number(Parameter):
    """A number within limits, which are included. It is stored as int or float, or as text where `is_exact`."""

    least: int
    most: int
    is_whole: bool = False
    is_exact: bool = False  # a decimal, which goes out as it was written

    @property
    def range(self) -> str:
        return _("%(least)s to %(most)s.") % {"least": number(self.least), "most": number(self.most)}

    def parse(self, text: str) -> int | float | str:
        value = _decimal(text)
        if value is None or (self.is_whole and value % 1):
            raise Invalid(_("Enter a whole number.") if self.is_whole else _("Enter a number."))
        if not self.least <= value <= self.most:
            limits = {"least": number(self.least), "most": number(self.most)}
            raise Invalid(_("Enter a number from %(least)s to %(most)s.") % limits)
        if self.is_whole:
            return int(value)
        return f"{value.normalize():f}" if self.is_exact else float(value)

    def show(self, value: Any) -> str:
        return f"{Decimal(str(value)).normalize():f}"


@dataclass(frozen=True, kw_only=True)
class Text(Parameter):
    """Text in one or more lines."""

    longest: int  # characters

    def parse(self, text: str) -> str:
        if len(text) > self.longest:
            raise Invalid(_("This is too long. The limit is %(most)s characters.") % {"most": number(self.longest)})
        return text

    def summarize(self, value: Any) -> str:
        return str(self.short or self.label)


@dataclass(frozen=True, kw_only=True)
class Choice(Parameter):
    """One of several options. `options` pairs each value with its label."""

    options: tuple[tuple[str, Words], ...]

    def parse(self, text: str) -> str:
        value = text.strip()
        if value not in dict(self.options):
            raise Invalid(_("Choose one of the options."))
        return value

    def summarize(self, value: Any) -> str:
        return f"{self.short or self.label} {dict(self.options).get(value, value)}".strip()


@dataclass(frozen=True, kw_only=True)
class OpenChoice(Choice):
    """One of the options, or a further name that OpenRouter lists."""

    def parse(self, text: str) -> str:
        value = text.strip()
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", value):
            raise Invalid(_("Choose one of the options."))
        return value


@dataclass(frozen=True, kw_only=True)
class Switch(Parameter):
    """On or off. What applies while nothing is set is `default`."""

    default: bool = False

    def parse(self, text: str) -> bool:
        word = text.strip().lower()
        if word not in (*ON, *OFF):
            raise Invalid(_("Choose on or off."))
        return word in ON

    def show(self, value: Any) -> str:
        return "true" if value else "false"

    def summarize(self, value: Any) -> str:
        name = str(self.short or self.label)
        return name if value else _("no %(name)s") % {"name": name}


@dataclass(frozen=True, kw_only=True)
class Names(Parameter):
    """A list of names, separated by commas or lines. `allowed` are the only ones possible, if that is known."""

    most: int
    longest: int = 200  # characters of one name
    separator: str = ", "
    allowed: tuple[str, ...] = ()

    @property
    def range(self) -> str:
        return _("Possible values: %(names)s.") % {"names": ", ".join(self.allowed)} if self.allowed else ""

    def parse(self, text: str) -> list[str] | None:
        names = list(dict.fromkeys(filter(None, (name.strip() for name in re.split(r"[,\n]", text)))))
        if len(names) > self.most:
            raise Invalid(_("Enter up to %(most)s.") % {"most": self.most})
        for name in names:
            self.check(name)
        return names or None

    def check(self, name: str) -> None:
        """Raise Invalid for a name that cannot be used."""
        if self.allowed and name not in self.allowed:
            raise Invalid(_("“%(name)s” isn't one of the possible values.") % {"name": _shortened(name)})
        if len(name) > self.longest or not re.fullmatch(r"[A-Za-z0-9~@._:/ ()-]+", name):
            raise Invalid(_("“%(name)s” can't be used here. Check the spelling.") % {"name": _shortened(name)})

    def show(self, value: Any) -> str:
        return self.separator.join(value)


@dataclass(frozen=True, kw_only=True)
class RankedNames(Names):
    """Names that are tried in their order. A file may have more than possible, of which the first ones are taken."""

    def clean(self, value: Any) -> Any:
        return super().clean(value[: self.most])


@dataclass(frozen=True, kw_only=True)
class ToolNames(Names):
    """Tools, by the names under which models call them. Which there are depends on the person."""

    def check(self, name: str) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
            raise Invalid(_("“%(name)s” isn't the name of a tool.") % {"name": _shortened(name)})

    def summarize(self, value: Any) -> str:
        return ngettext("%(count)d tool", "%(count)d tools", len(value)) % {"count": len(value)}


@dataclass(frozen=True, kw_only=True)
class ToolChoice(OpenChoice):
    """How a model chooses a tool: one of the options, or the name of the one that it has to call."""


@dataclass(frozen=True, kw_only=True)
class Domains(Names):
    """Websites by their domains, like example.org; what is pasted of an address beside the domain is left out."""

    def parse(self, text: str) -> list[str] | None:
        return super().parse("\n".join(map(_domain, re.split(r"[,\s]", text))))

    def check(self, name: str) -> None:
        labels = name.split(".")
        if len(labels) < 2 or len(name) > LONGEST_DOMAIN or not all(map(_is_label, labels)):
            raise Invalid(_("“%(name)s” isn't a domain like example.org.") % {"name": _shortened(name)})


@dataclass(frozen=True, kw_only=True)
class Lines(Parameter):
    """A few short texts, one in each line, with \\n for a line break, \\t for a tab, \\\\ for a backslash."""

    most: int
    longest: int  # characters of one

    def parse(self, text: str) -> list[str]:
        lines = [_unescaped(line) for line in text.split("\n") if line]
        if len(lines) > self.most:
            raise Invalid(_("Enter up to %(most)s lines.") % {"most": self.most})
        if any(len(line) > self.longest for line in lines):
            raise Invalid(_("A line can have up to %(most)s characters.") % {"most": self.longest})
        return lines

    def show(self, value: Any) -> str:
        return "\n".join(_escaped(line) for line in value)

    def summarize(self, value: Any) -> str:
        return str(self.short or self.label)


@dataclass(frozen=True, kw_only=True)
class JsonObject(Parameter):
    """A JSON object, which `check` may refuse or change; `check_shape` is a quick check of what was checked before."""

    longest: int  # characters, without indentation: the form shows it indented
    check: Callable[[dict[str, Any]], dict[str, Any]] = field(default=lambda value: value)
    check_shape: Callable[[dict[str, Any]], dict[str, Any]] | None = None

    def parse(self, text: str) -> dict[str, Any]:
        return self.check(self._load(text))

    def clean(self, value: Any) -> dict[str, Any]:
        return (self.check_shape or self.check)(self._load(json.dumps(value, ensure_ascii=False)))

    def _load(self, text: str) -> dict[str, Any]:
        try:
            value = json.loads(text, parse_constant=_refuse_constant)
            is_storable = not problem_of_text(value)
        except json.JSONDecodeError as error:
            place = {"line": error.lineno, "column": error.colno}
            raise Invalid(_("This isn't JSON: see line %(line)s, character %(column)s.") % place) from None
        except (ValueError, RecursionError):  # NaN, numbers of thousands of digits, nesting
            is_storable = False
        if not is_storable:  # also half of a surrogate pair, and NUL, which PostgreSQL refuses
            raise Invalid(
                _("This JSON can't be used. It has invalid characters, very long numbers or too many levels.")
            )
        if not isinstance(value, dict):
            raise Invalid(_("Enter a JSON object in curly brackets."))
        if len(json.dumps(value, ensure_ascii=False, separators=(",", ":"))) > self.longest:
            raise Invalid(_("This is too long. The limit is %(most)s characters.") % {"most": number(self.longest)})
        return value

    def show(self, value: Any) -> str:
        return json.dumps(value, indent=2, ensure_ascii=False)

    def summarize(self, value: Any) -> str:
        return str(self.short or self.label)


@dataclass(frozen=True)
class Group:
    """Parameters under one heading."""

    name: str
    label: Words
    parameters: tuple[Parameter, ...]


def put(body: Body, path: Iterable[str], value: Any) -> None:
    """Set a value in a nested object, whose parts are made where they are missing."""
    *parents, last = path
    for name in parents:
        body = body.setdefault(name, {})
    body[last] = value


def is_of_same_kind(one: object, other: object) -> bool:
    """Whether both have the same type, or are numbers."""
    return type(one) is type(other) or ({type(one), type(other)} == {int, float})


def _decimal(text: str) -> Decimal | None:
    if len(text.strip()) > LONGEST_NUMBER:
        return None
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value.adjusted()) < LONGEST_NUMBER else None


def _refuse_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity, which are not JSON


def _domain(address: str) -> str:
    """The domain of an address, in ASCII; what has none comes back as it is."""
    address = address.strip()
    try:
        host = urlsplit(address if "://" in address else f"//{address}").hostname or ""
        return host.removeprefix("*.").strip(".").encode("idna").decode() or address
    except ValueError:  # half of a pair of brackets, a label that is too long
        return address


def _is_label(text: str) -> bool:
    """Whether it can be a part of a domain, by RFC 1123."""
    return bool(re.fullmatch(r"[a-z0-9-]{1,63}", text)) and not text.startswith("-") and not text.endswith("-")


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def _unescaped(line: str) -> str:
    return re.sub(r"\\([nt\\])", lambda found: {"n": "\n", "t": "\t", "\\": "\\"}[found[1]], line)


def _escaped(line: str) -> str:
    return line.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
