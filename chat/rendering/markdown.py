"""A whole text of Markdown to safe HTML."""

from .blocks import Blocks


def render(text: str) -> str:
    """HTML that is safe to put into a page, block by block what `Blocks` makes while the same text arrives.

    So an answer looks the same after a reload, to the byte. The price: a link definition works from its block on.
    Never fails; takes about 0.5 ms a kilobyte, code twice that.
    """
    blocks = Blocks()
    blocks.feed(text)
    blocks.close()
    return "".join(blocks.finished)
