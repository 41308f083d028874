"""Extracts the sign-in code from what people paste."""

import re
from urllib.parse import parse_qsl, unquote

from chat.accounts.errors import SignInProblem

_NOT_IN_CODES = re.compile(r"[^!-~]")  # copied text often has line breaks, spaces and invisible characters
_NAMED = re.compile(r"(?:^|[?&#])(?:your)?code[=:]([^&#]*)", re.I)
_AROUND = "\"'`<>()[].,;"


def extract_code(pasted: str) -> str:
    """Return the code: all that was pasted, or what follows "code=" in it, as in a URL.

    Raises SignInProblem if it is something else.
    """
    text = _NOT_IN_CODES.sub("", pasted).strip(_AROUND)
    if named := _NAMED.search(text):
        return unquote(named[1]).strip(_AROUND)
    if text.startswith("sk-"):
        raise SignInProblem("pasted_key")
    if "://" in text:
        is_denial = ("error", "access_denied") in parse_qsl(text.partition("?")[2])
        raise SignInProblem("denied" if is_denial else "no_code_in_address")
    return text
