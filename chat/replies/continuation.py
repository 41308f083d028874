"""Going on with an answer that was cut: a new reply that begins with what the old one holds.

The model gets that as the last message of the conversation, one of its own, and writes on ("assistant prefill";
OpenRouter docs, "Parameters"). Providers that cannot do so refuse with 400, "This model does not support assistant
message prefill": then the question is asked again (chat/replies/generate.py).
"""

from collections.abc import Iterable, Iterator
from itertools import takewhile

from chat.models import Piece, Reply
from chat.openrouter import BadRequest, OpenRouterError
from chat.replies.live import LiveReply
from chat.replies.render import REASONING, TEXT, Delta, image_delta


def pieces_to_begin_with(reply: Reply, old: Reply) -> list[Piece]:
    """What `old` holds, as the first pieces of `reply`: wherever that is followed or ended, they are there."""
    return [
        Piece(reply=reply, number=number, kind=delta.kind, content=delta.content)
        for number, delta in enumerate(_deltas_of(old))
    ]


def _deltas_of(reply: Reply) -> list[Delta]:
    """Of where its images stood only so much is known: whether one was there before all text."""
    thoughts = [Delta(REASONING, reply.reasoning)] if reply.reasoning else []
    text = [Delta(TEXT, reply.message.text)]
    images = [image_delta(image) for image in reply.message.images]
    first_block = next((html for kind, html in reply.blocks if kind == TEXT), "")
    begins_with_image = any(image.url in first_block for image in reply.message.images)
    return [*thoughts, *images, *text] if begins_with_image else [*thoughts, *text, *images]


def is_refused(reply: LiveReply, error: OpenRouterError) -> bool:
    """Is it because of the text that it was to go on with? Only plain refusals, and before a word of the answer."""
    return bool(reply.given) and reply.first_content_at is None and error.kind == BadRequest.kind


class RepeatedSpaceFilter:
    """Where new text meets the old. White space at the end of the old is not sent, so a model often repeats it."""

    def __init__(self, old_text: str) -> None:
        self._left_out = old_text[len(old_text.rstrip()) :]

    def joined(self, deltas: Iterable[Delta]) -> Iterator[Delta]:
        for delta in deltas:
            if not self._left_out or delta.kind != TEXT:
                yield delta
                continue
            pairs = zip(self._left_out, delta.content, strict=False)
            repeated = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
            rest = delta.content[repeated:]
            self._left_out = "" if rest else self._left_out[repeated:]
            if rest:
                yield Delta(TEXT, rest)
