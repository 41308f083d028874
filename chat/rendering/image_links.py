"""Pictures in an answer are shown as links: loading one would tell its host who reads what."""

from urllib.parse import urlsplit

from markdown_it.token import Token


def as_links(inline: list[Token]) -> list[Token]:
    """The same inline tokens with each picture as a link, "alt (host)", or, inside a link, as text.

    A `data:` picture has nowhere to link to; only its words stay. That it is a picture is drawn, not said, by
    css/chat/prose.css: what is stored speaks no language of ours.
    """
    tokens, depth = [], 0
    for token in inline:
        depth += token.nesting if token.type in ("link_open", "link_close") else 0
        tokens += picture(token, linked=depth > 0) if token.type == "image" else [token]
    return tokens


def picture(image: Token, *, linked: bool) -> list[Token]:
    source = str(image.attrs["src"])
    words = image.content.strip()
    if source.startswith("data:"):
        return [Token("picture", "span", 0, content=words)]
    text = Token("picture", "span", 0, content=f"{words} ({host_of(source)})".strip())
    if linked:
        return [text]
    return [Token("link_open", "a", 1, attrs={"href": source}), text, Token("link_close", "a", -1)]


def host_of(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:  # "http://[" is an address to Markdown
        return ""
