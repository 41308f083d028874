"""Probabilities of tokens, for requests with `logprobs`. Source: recorded streams of OpenAI's models.

A token has three bytes of the text, so that those of an emoji are no UTF-8 by themselves.
"""

import zlib
from itertools import islice

from tests.standin.wire import Json

TOKEN_BYTES = 3


def of(text: str, top: int) -> Json:
    """The `logprobs` of a choice: how probable each token of `text` is, and `top` tokens that it might have been."""
    encoded = text.encode()
    tokens = [encoded[start : start + TOKEN_BYTES] for start in range(0, len(encoded), TOKEN_BYTES)]
    return {"content": [_token(token, top) for token in tokens], "refusal": None}


def _token(token: bytes, top: int) -> Json:
    others = [_scored(each, rank) for rank, each in enumerate(islice(_others(token), top))]
    return {**_scored(token), "top_logprobs": others}


def _others(token: bytes) -> list[bytes]:
    return [token, *(b"<b>%d</b>" % number for number in range(20))]


def _scored(token: bytes, rank: int = 0) -> Json:
    """The same token always has the same probability."""
    logprob = -(zlib.crc32(token) % 400) / 100 - rank
    return {"token": token.decode(errors="backslashreplace"), "logprob": logprob, "bytes": list(token)}
