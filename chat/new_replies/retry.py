"""Creates another answer to a question."""

from chat.conversations.quota import MESSAGE_CHARACTERS, check_space
from chat.model_request.answer_length import max_completion_tokens_for
from chat.models import Message, Reply
from chat.new_replies.conversation import locked_conversation, touch
from chat.new_replies.running_replies import Place, refuse_if_busy
from chat.new_replies.waiting_reply import waiting_reply_to
from chat.spending.reserve import reserve_for_answer


def retry_reply(
    reply: Reply, *, model: str, max_completion_tokens: int | None = None, over_limit: bool = False
) -> Reply:
    """Create another answer to the question of a reply that has ended; both answers stay.

    `model` is for this answer alone. The chat keeps its own model, which is changed by sending a message with another.
    Raises Busy, OverLimit and OutOfSpace.
    """
    question = reply.message.parent
    assert question is not None  # every reply answers something
    return answer_question(
        question,
        model=model,
        max_completion_tokens=max_completion_tokens,
        side_by_side=reply.side_by_side,
        over_limit=over_limit,
    )


def answer_question(
    question: Message,
    *,
    model: str,
    max_completion_tokens: int | None = None,
    side_by_side: int | None = None,
    over_limit: bool = False,
) -> Reply:
    """Create a waiting reply to a stored question, in this column if there are several.

    Raises Busy, OverLimit and OutOfSpace.
    """
    with locked_conversation(question) as conversation:
        running = refuse_if_busy(conversation, place=Place(question.pk, side_by_side))
        check_space(conversation.user_id, for_characters=MESSAGE_CHARACTERS)
        max_tokens = max_completion_tokens or max_completion_tokens_for(model, conversation.settings)
        reserved = reserve_for_answer(
            question, model, max_tokens, continues=None, running=running, over_limit=over_limit
        )
        touch(conversation)
        return waiting_reply_to(question, model, reserved, side_by_side, over_limit=over_limit)
