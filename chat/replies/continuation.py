"""Continues an answer that ended early: a new reply that begins with the content of the old one.

The model gets the old text as the last message of the conversation, in the role of the assistant, and writes on
("assistant prefill"; OpenRouter docs, "Parameters"). Providers without this feature refuse with 400, "This model does
not support assistant message prefill"; then the question is asked again (chat/replies/generate.py).
"""

from collections.abc import Iterable, Iterator
from itertools import takewhile

from chat.models import Piece, Reply
from chat.openrouter import BadRequest, OpenRouterError
from chat.replies.live import LiveReply
from chat.replies.render import REASONING, TEXT, Delta, image_delta
from chat.replies.rounds import from_log


def prefill_pieces(reply: Reply, old: Reply) -> list[Piece]:
    """The content of `old` as the first pieces of `reply`, unsaved: every process that reads `reply` then has it."""
    return [
        Piece(reply=reply, number=number, kind=delta.kind, content=delta.content)
        for number, delta in enumerate(_deltas_of(old))
    ]


def _deltas_of(reply: Reply) -> list[Delta]:
    """An ended reply as deltas, which are stored if it has tool calls.

    Of others, where images stood is stored only in so far as one came before all text.
    """
    if reply.rounds:
        return from_log(reply.rounds)
    reasoning = [Delta(REASONING, reply.reasoning)] if reply.reasoning else []
    text = [Delta(TEXT, reply.message.text)]
    images = [image_delta(image) for image in reply.message.images]
    first_block = next((html for kind, html in reply.blocks if kind == TEXT), "")
    begins_with_image = any(image.url in first_block for image in reply.message.images)
    return [*reasoning, *images, *text] if begins_with_image else [*reasoning, *text, *images]


def is_prefill_refused(reply: LiveReply, error: OpenRouterError) -> bool:
    """Whether the provider refused the prefill: a plain 400, before any new content."""
    return bool(reply.prefill_count) and reply.first_content_at is None and error.kind == BadRequest.kind


class RepeatedSpaceFilter:
    """Drops white space that a model repeats where the new text joins the old.

    White space at the end of the old text is not sent (chat/replies/request_body.py), so models often write it again.
    """

    def __init__(self, old_text: str) -> None:
        self._unsent_space = old_text[len(old_text.rstrip()) :]

    def filter(self, deltas: Iterable[Delta]) -> Iterator[Delta]:
        for delta in deltas:
            if not self._unsent_space or delta.kind != TEXT:
                yield delta
                continue
            pairs = zip(self._unsent_space, delta.content, strict=False)
            repeated = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
            rest = delta.content[repeated:]
            self._unsent_space = "" if rest else self._unsent_space[repeated:]
            if rest:
                yield Delta(TEXT, rest)
