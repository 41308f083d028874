"""The process that colours code. highlighter.py starts it with `python -I`, and it imports nothing of the project.

It is a process of its own because Pygments' expressions hold the interpreter's lock, and many take quadratic or cubic
time for a text made to that end. Here a clock interrupts them; should it not, the process can be killed alone.

Each request is a socket of its own that comes over CONTROL. It says the language in a line, then the code, up to the
end. The answer is BEGUN at once, then COLOURED and the HTML, PLAIN (nothing to colour it by), or TOO_SLOW.
"""

import os
import resource
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from html import escape
from itertools import groupby
from typing import Any, NoReturn

from pygments.lexer import Lexer, RegexLexerMeta
from pygments.lexers import get_all_lexers, get_lexer_by_name
from pygments.token import STANDARD_TYPES, _TokenType

CONTROL = 3  # a descriptor
BEGUN, COLOURED, PLAIN, TOO_SLOW = b"b", b"c", b"p", b"s"

# Of CPU time, which does not see how busy the machine is. Honest code needs 2 to 6 us a character.
SECONDS_FOR_ANY = 0.02
SECONDS_A_CHAR = 15e-6
SECONDS_BETWEEN_BELLS = 0.01  # a lexer may have caught the first

SECONDS_TO_TALK = 10  # with one who asks, by the clock on the wall
IDLE_SECONDS = 300  # then it ends; the next code begins another
MAX_LEXERS = 40  # a quarter of a megabyte each; then, too
MAX_MEMORY_BYTES = 1 << 29

# The classes of Pygments that static/css/chat/code.css draws; other words need no element around them.
DRAWN = frozenset({
    "c", "ch", "cm", "cpf", "c1", "cs", "go", "gp", "sd", "k", "kc", "kd", "kn", "kp", "kr", "ow", "cp", "nt", "nf",
    "fm", "nd", "na", "py", "nl", "gh", "gu", "kt", "nc", "nn", "ne", "nb", "bp", "no", "s", "sa", "sb", "sc", "dl",
    "s2", "se", "sh", "si", "sx", "sr", "s1", "ss", "ld", "l", "gi", "m", "mb", "mf", "mh", "mi", "il", "mo", "gd",
    "gr", "gt", "gs", "ge",
})  # fmt: skip


class TooSlow(BaseException):
    """Colouring a text took too long. Not an Exception, because lexers may catch those."""


def serve(control: socket.socket) -> None:
    """Answer one request after the other: until the other end is closed, nothing has come for long, or it has grown."""
    control.settimeout(IDLE_SECONDS)
    while new_lexer.cache_info().currsize <= MAX_LEXERS:
        try:
            _, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        except TimeoutError:
            return
        if not descriptors:
            return
        with socket.socket(fileno=descriptors[0]) as asker, suppress(OSError):  # who asked may have left
            answer(asker)


def answer(asker: socket.socket) -> None:
    asker.settimeout(SECONDS_TO_TALK)
    asker.sendall(BEGUN)
    with asker.makefile("rb") as request:
        language, _, source = request.read().decode().partition("\n")
    asker.sendall(answer_to(source, language))


def answer_to(source: str, language: str) -> bytes:
    if language not in known_languages():
        return PLAIN
    try:
        lexer = new_lexer(language)
        with in_time(SECONDS_FOR_ANY + SECONDS_A_CHAR * len(source)):
            lexemes = list(lexer.get_tokens(source))
    except TooSlow:
        return TOO_SLOW
    except Exception:  # a bug of a lexer's may not cost the answer
        return PLAIN
    is_whole = "".join(text for _, text in lexemes) == source
    return COLOURED + html_of(lexemes).encode() if is_whole else PLAIN


def html_of(lexemes: list[tuple[_TokenType, str]]) -> str:
    return "".join(
        element(name, "".join(text for _, text in run))
        for name, run in groupby(lexemes, key=lambda lexeme: class_of(lexeme[0]))
    )


def element(name: str, text: str) -> str:
    return f'<span class="{name}">{escape(text)}</span>' if name else escape(text)


@cache
def class_of(kind: _TokenType) -> str:
    name = next(STANDARD_TYPES[each] for each in reversed(kind.split()) if each in STANDARD_TYPES)
    return name if name in DRAWN else ""


@cache
def new_lexer(language: str) -> Lexer:
    return get_lexer_by_name(language, stripnl=False, ensurenl=False)


@cache
def known_languages() -> frozenset[str]:
    """The names of languages. Pygments itself would search installed packages for plugins for each unknown name."""
    return frozenset(alias for _, aliases, _, _ in get_all_lexers(plugins=False) for alias in aliases)


# --- the clock ---


@contextmanager
def in_time(seconds: float) -> Iterator[None]:
    """Raise TooSlow if the block takes too long. Python's expressions look for signals every few thousand steps."""
    signal.setitimer(signal.ITIMER_PROF, seconds, SECONDS_BETWEEN_BELLS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def ring(*of_signal: object) -> NoReturn:
    raise TooSlow


def uncounted(load: Callable[..., Any]) -> Callable[..., Any]:
    """Stop the clock while a lexer is compiled: that may happen in the midst of a text, whose fault it is not."""

    def loaded(lexer_class: type[Lexer], *arguments: Any, **options: Any) -> Any:
        if "_tokens" in vars(lexer_class):
            return load(lexer_class, *arguments, **options)
        rest = signal.setitimer(signal.ITIMER_PROF, 0)
        lexer = load(lexer_class, *arguments, **options)
        signal.setitimer(signal.ITIMER_PROF, *rest)
        return lexer

    return loaded


def main() -> None:
    os.closerange(CONTROL + 1, 1 << 16)  # what was inherited by mistake, such as a port that others listen on
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the site, and its end is ours
    signal.signal(signal.SIGPROF, ring)
    RegexLexerMeta.__call__ = uncounted(RegexLexerMeta.__call__)  # type: ignore[method-assign]
    with socket.socket(fileno=CONTROL) as control:
        serve(control)


if __name__ == "__main__":
    main()
