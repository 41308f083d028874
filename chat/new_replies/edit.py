"""Stores an edited question and its waiting reply."""

from chat.conversations.copying import copy_contents
from chat.conversations.quota import MESSAGE_CHARACTERS, characters_beside, check_space
from chat.model_request.answer_length import max_completion_tokens_for
from chat.models import Message, Reply
from chat.new_replies.conversation import locked_conversation, remember_model, touch
from chat.new_replies.running_replies import refuse_if_busy
from chat.new_replies.waiting_reply import waiting_reply_to
from chat.spending.reserve import reserve_for_answer


def ask_edited(question: Message, *, text: str, model: str, over_limit: bool = False) -> Reply:
    """Store an edited version of `question`, with the same images, files and attachments, and its waiting reply.

    Both versions stay. Raises Busy; OverLimit; OutOfSpace; and ImageRefused when an image or a file was deleted.
    """
    with locked_conversation(question) as conversation:
        running = refuse_if_busy(conversation)
        characters = MESSAGE_CHARACTERS + len(text) + characters_beside(question)
        check_space(conversation.user_id, for_characters=characters)
        version = Message.objects.create(
            conversation=conversation,
            parent_id=question.parent_id,
            role=Message.Role.USER,
            text=text,
            web=question.web,
            created_at=conversation.next_moment(),
        )
        copy_contents({question.pk: version})
        remember_model(conversation, model)
        touch(conversation, characters)
        max_tokens = max_completion_tokens_for(model, conversation.settings)
        reserved = reserve_for_answer(
            version, model, max_tokens, continues=None, running=running, over_limit=over_limit
        )
        return waiting_reply_to(version, model, reserved, over_limit=over_limit)
