"""The blocks of code of an answer that a page without scripts can show."""

from chat.models import Message
from chat.rendering.code_blocks import CodeBlock, code_blocks
from chat.reply_content.deltas import TEXT

SHOWN_AS_PAGE = {"html", "htm", "svg"}


def code_blocks_of(message: Message) -> list[CodeBlock]:
    """The blocks of HTML and SVG in a finished answer; a question and a running answer have none."""
    if message.role != Message.Role.ASSISTANT:
        return []
    html = "".join(html for kind, html in message.reply.blocks if kind == TEXT)
    return [block for block in code_blocks(html) if block.language in SHOWN_AS_PAGE]
