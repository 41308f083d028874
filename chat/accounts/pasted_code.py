"""What people paste when OpenRouter has shown them a code."""

import re
from urllib.parse import parse_qsl, unquote

from chat.accounts.errors import SignInProblem

_NOT_IN_CODES = re.compile(r"[^!-~]")  # line breaks, spaces, and what cannot be seen: copying brings them along
_NAMED = re.compile(r"(?:^|[?&#])(?:your)?code[=:]([^&#]*)", re.I)
_AROUND = "\"'`<>()[].,;"


def code_in(pasted: str) -> str:
    """The code: what was pasted, or what stands behind "code=" in it, as in an address."""
    text = _NOT_IN_CODES.sub("", pasted).strip(_AROUND)
    if named := _NAMED.search(text):
        return unquote(named[1]).strip(_AROUND)
    if text.startswith("sk-"):
        raise SignInProblem("pasted_key")
    if "://" in text:
        is_denial = ("error", "access_denied") in parse_qsl(text.partition("?")[2])
        raise SignInProblem("denied" if is_denial else "no_code_in_address")
    return text
