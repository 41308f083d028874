"""Creates a reply that continues an answer that ended early: it begins with the content of the old one.

The model gets the old text as the last message of the conversation, in the role of the assistant, and writes on
("assistant prefill"; OpenRouter docs, "Parameters"). Providers without this feature refuse with 400, "This model does
not support assistant message prefill"; then the question is asked again (chat/replies/generate.py).
"""

from chat.conversations.quota import check_space
from chat.models import Message, Piece, Reply
from chat.new_replies.conversation import locked_conversation, touch
from chat.new_replies.running_replies import Place, refuse_if_busy
from chat.new_replies.waiting_reply import waiting_reply_to
from chat.reply_content.deltas import REASONING, TEXT, Delta, image_delta
from chat.reply_content.rounds import from_log, without_costs
from chat.spending.reserve import reserve_for_answer


def continue_reply(reply: Reply, *, max_completion_tokens: int | None = None, over_limit: bool = False) -> Reply | None:
    """Create a reply that continues `reply`, which ended early.

    None when `reply` is complete, or is not the last answer of its branch any more. Raises Busy, OverLimit
    and OutOfSpace.
    """
    with locked_conversation(reply.message) as conversation:
        if not reply.can_be_continued or _is_superseded(reply):
            return None
        question = reply.message.parent
        assert question is not None  # every reply answers something
        running = refuse_if_busy(conversation, place=Place(question.pk, reply.side_by_side))
        deltas = _deltas_of(reply)
        check_space(conversation.user_id, for_characters=sum(len(each.content) for each in deltas))
        max_tokens = max_completion_tokens or reply.max_completion_tokens
        reserved = reserve_for_answer(
            question, reply.model, max_tokens, continues=reply, running=running, over_limit=over_limit
        )
        continuation = waiting_reply_to(question, reply.model, reserved, reply.side_by_side, over_limit=over_limit)
        continuation.continues, continuation.citations = reply, reply.citations
        continuation.save(update_fields=["continues", "citations"])
        Piece.objects.bulk_create(_prefill_pieces(continuation, deltas))
        touch(conversation)
        return continuation


def _is_superseded(reply: Reply) -> bool:
    """Whether a question follows the answer, or there is a newer attempt at it."""
    answer = reply.message
    newer = Message.objects.filter(parent=answer.parent_id, created_at__gt=answer.created_at)
    return answer.children.exists() or newer.filter(reply__side_by_side=reply.side_by_side).exists()


def _prefill_pieces(reply: Reply, deltas: list[Delta]) -> list[Piece]:
    """The content of the old answer as the first pieces of `reply`, unsaved, for every process that reads it."""
    return [
        Piece(reply=reply, number=number, kind=delta.kind, content=delta.content) for number, delta in enumerate(deltas)
    ]


def _deltas_of(reply: Reply) -> list[Delta]:
    """An ended reply as deltas, which are stored if it has tool calls.

    Of others, where images stood is stored only in so far as one came before all text.
    """
    if reply.rounds:
        return without_costs(from_log(reply.rounds))
    reasoning = [Delta(REASONING, reply.reasoning)] if reply.reasoning else []
    text = [Delta(TEXT, reply.message.text)]
    images = [image_delta(image) for image in reply.message.images]
    first_block = next((html for kind, html in reply.blocks if kind == TEXT), "")
    begins_with_image = any(image.url in first_block for image in reply.message.images)
    return [*reasoning, *images, *text] if begins_with_image else [*reasoning, *text, *images]
