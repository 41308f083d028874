"""The HTML of what a page treats in its own way: code, formulas, tables, tasks, link definitions.

No word of ours is in it: it is stored, and read later in whatever language the reader's page has.
"""

from collections.abc import Sequence
from html import escape

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from .code import code_html
from .mathml import mathml

Tokens = Sequence[Token]


class Markup(RendererHTML):
    """A method is called for the token type that it is named after. What scrolls sideways can take the focus.

    Such a box is a `group`: several `region`s would be landmarks nobody can tell apart.
    """

    def fence(self, tokens: Tokens, index: int, options: OptionsDict, env: EnvType) -> str:
        return code_html(tokens[index].content, tokens[index].info, highlighted=env["highlighted"])

    def code_block(self, tokens: Tokens, index: int, options: OptionsDict, env: EnvType) -> str:
        return code_html(tokens[index].content, "", highlighted=False)

    def math_inline(self, tokens: Tokens, index: int, options: OptionsDict, env: EnvType) -> str:
        return mathml(tokens[index].content, tokens[index].meta["display"])

    def math_block(self, tokens: Tokens, index: int, options: OptionsDict, env: EnvType) -> str:
        return scrolling("math") + mathml(tokens[index].content, True) + "</div>\n"

    def table_open(self, tokens: Tokens, index: int, options: OptionsDict, env: EnvType) -> str:
        """A table in a right-to-left language also begins at the right: the direction is that of its box."""
        direction = ' dir="auto"' if tokens[index].attrs.pop("dir", "") else ""
        return scrolling("table", direction) + self.renderToken(tokens, index, options, env)

    def table_close(self, tokens: Tokens, index: int, options: OptionsDict, env: EnvType) -> str:
        return "</table></div>\n"

    def list_item_open(self, tokens: Tokens, index: int, options: OptionsDict, env: EnvType) -> str:
        meta = tokens[index].meta
        if "checked" not in meta:
            return self.renderToken(tokens, index, options, env)
        return '<li class="task">' + ("" if "is_named" in meta else box(meta["checked"]))

    def task_open(self, tokens: Tokens, index: int, options: OptionsDict, env: EnvType) -> str:
        return "<label>" + box(tokens[index].meta["checked"])

    def task_close(self, tokens: Tokens, index: int, options: OptionsDict, env: EnvType) -> str:
        return "</label>"

    def picture(self, tokens: Tokens, index: int, options: OptionsDict, env: EnvType) -> str:
        return f'<span class="picture">{escape(tokens[index].content)}</span>'

    def footnote_reference(self, tokens: Tokens, index: int, options: OptionsDict, env: EnvType) -> str:
        return f'<sup class="footnote">{tokens[index].content}</sup>'

    def footnote_open(self, tokens: Tokens, index: int, options: OptionsDict, env: EnvType) -> str:
        tag = self.renderToken(tokens, index, options, env).rstrip()
        return f'{tag}<span class="footnote">{tokens[index].content}</span>\n'

    def definition(self, tokens: Tokens, index: int, options: OptionsDict, env: EnvType) -> str:
        meta = {name: escape(value) for name, value in tokens[index].meta.items()}
        title = f" {meta['title']}" if meta["title"] else ""
        link = f'<a href="{meta["url"]}">{meta["url"]}</a>'
        return f'<p class="definition" dir="auto">[{meta["label"]}]: {link}{title}</p>\n'


def box(is_done: bool) -> str:
    return f'<input type="checkbox" disabled{" checked" if is_done else ""}> '


def scrolling(name: str, direction: str = "") -> str:
    return f'<div class="{name}"{direction} tabindex="0" role="group">'


def open_formula(tex: str) -> str:
    """A formula that is still being written, as text: half a formula is mostly invalid."""
    return f'{scrolling("math")}<code class="tex">{escape(tex)}</code></div>\n'
