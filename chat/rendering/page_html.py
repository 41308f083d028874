"""The parser's HTML, made into the page's: code, formulas, tables, tasks, footnotes, and which links there are.

No word of ours is in it: it is stored, and read later in whatever language the reader's page has. What scrolls
sideways can take the focus; such a box is a `group`: several `region`s would be landmarks nobody can tell apart.
"""

import re
from html import escape, unescape
from urllib.parse import unquote

from .allow_list import clean
from .code import code_html
from .links import References, host_of, is_allowed
from .markers import BEGIN, END, FURTHER_LINE, SURPLUS, html_without_markers, text_without_markers
from .mathml import mathml
from .parser import parsed_html
from .preprocessing import Protected, Token

MAX_DEPTH = 20  # of lists, quotes and notes; what is nested deeper is shown at that depth
HEADINGS = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6", "h6": "h6"}  # h1 and h2 are the page's own
WITHIN_LINES = {"a", "img", "input", "del", "br"}

# Each begins with one of few characters, which is found ten times as fast as alternatives are.
PART = re.compile(
    r"[<#$" + BEGIN + r"](?:"
    r'(?<=<)pre><code(?: class="language-(?P<language>[^"<]*+)")?>(?P<code>[^<]*+)</code></pre>\n'
    r"|(?<=<)code>(?P<code_in_line>[^<]*+)</code>"
    rf"|(?<=<)h1>(?:{BEGIN}(?P<block>[0-9]+){END}|{FURTHER_LINE[2:]})</h1>\n"
    rf"|(?<=<)br />\n{FURTHER_LINE}|(?<=#){FURTHER_LINE[1:]}"
    rf"|(?<=\$){BEGIN}(?P<formula>[0-9]+){END}\$|(?:(?<=#) {BEGIN}|(?<={BEGIN}))(?P<token>[0-9]+){END}"
    r'|(?<=<)li><input type="checkbox"(?P<task>(?: checked="")?) disabled="" /> ?(?P<loose>\n<p>)?'
    r'|(?<=<)li id="fn-(?P<note>[^"<]*+)">\n'
    r'|(?<=<)section class="footnotes" data-footnotes>\n<ol>\n|(?<=<)/ol>\n</section>\n'
    r"|(?<=<)(?P<close>/?)(?P<tag>h[1-6r]|p|ul|ol|li|blockquote|table|t[hd]|a|img|input|del|br)\b(?P<rest>[^<>]*+)>"
    r")"
)
ATTRIBUTE = re.compile(r'(?<![a-z])([a-z]++)="([^"]*+)"')
TOKEN = re.compile(rf"\${BEGIN}([0-9]+){END}\$|(?:# )?{BEGIN}([0-9]+){END}")
FURTHER_LINES = re.compile(rf"(?:\n[ \t>]*|<br />\n)?{FURTHER_LINE}")
CELL = re.compile(r"<td[^<>\n]*+>[^\n]*+")
MARKER_IN_ADDRESS = re.compile(r"%EF%B7%9[0-9]|%EF%AB%BF")


def page_html(text: Protected, references: References, *, highlighted: bool = True) -> str:
    """Safe HTML of whole blocks. `references`: the link definitions so far; those in the text are added."""
    markdown, tokens, _ = text
    references.have_read(len(markdown) + sum(len(token.source) for token in tokens))
    for token in tokens:
        if token.kind == "definition" and is_allowed(token.url):
            references.define(token.content, token.url, token.title)
    parsed = parsed_html(references.used_in(markdown) + markdown)
    return clean(Page(tokens, references, highlighted=highlighted).html(parsed))


class Page:
    """Makes the HTML of one piece of Markdown. `references` bounds the addresses in it."""

    def __init__(self, tokens: list[Token], references: References, *, highlighted: bool) -> None:
        self._tokens, self._references, self._highlighted = tokens, references, highlighted
        self._around: list[str] = []  # closing tags of lists, quotes and notes; "" for one that is not shown
        self._link: str | None = None  # what closes the link that is open
        self._label = ""  # what closes the label of a task

    def html(self, parsed: str) -> str:
        if "footnotes" in parsed:
            parsed = parsed.replace(" </p>\n</li>", "</p>\n</li>")  # where the parser has its link back
        html = PART.sub(self._part, parsed)
        if SURPLUS in html:
            html = CELL.sub(lambda cell: "</td>\n<td>".join(map(str.strip, cell[0].split(SURPLUS))), html)
        return html_without_markers(html)

    def _part(self, found: re.Match[str]) -> str:
        match found.lastgroup:
            case "rest":
                return self._tag(found["tag"], found["close"], found["rest"], found)
            case "code_in_line":
                return f"<code>{escape(self._text(found['code_in_line']), quote=False)}</code>"
            case "token":
                return self._token(self._tokens[int(found["token"])])
            case "formula":
                return self._formula(self._tokens[int(found["formula"])])
            case "code":
                return self._after_label() + self._code(found["code"], found["language"] or "")
            case "block":
                return self._after_label() + self._block(self._tokens[int(found["block"])])
            case "task" | "loose":
                return self._task(found)
            case "note":
                return self._note(found["note"])
        return ""

    def _tag(self, tag: str, close: str, rest: str, found: re.Match[str]) -> str:
        before = "" if tag in WITHIN_LINES else self._after_label()
        match tag:
            case "p":
                return before + ("</p>" if close else f"<p{self._direction()}>")
            case "li":
                return before + self._item(close)
            case "ul" | "ol" | "blockquote":
                return before + self._container(tag, close, rest)
            case "a":
                return self._link_end() if close else self._link_begin(rest, found)
            case "img":
                return self._image(rest)
            case "del":
                return f"<{close}s>"
            case "br":
                return "<br>"
            case "hr":
                return "<hr>"
            case "th" | "td":
                align = ATTRIBUTE.search(rest)
                return f"{before}<{close}{tag}{attribute('class', align[2] if align else '')}>"
            case "table":
                return before + ("</table></div>" if close else f"{box('table', self._direction())}<table>")
            case "input":
                return checkbox("checked" in rest)
        heading = HEADINGS[tag]
        return before + (f"</{heading}>" if close else f"<{heading}{self._direction()}>")

    def _direction(self) -> str:
        """For outermost blocks only: `auto` does not look into children that have their own."""
        return "" if self._around else ' dir="auto"'

    def _code(self, code: str, language: str) -> str:
        return code_html(self._text(code), self._text(language), highlighted=self._highlighted)

    # --- lists, quotes, notes ---

    def _container(self, tag: str, close: str, rest: str) -> str:
        if close:
            return self._around.pop() if self._around else ""
        html = f"<{tag}{rest}{self._direction()}>" if len(self._around) < MAX_DEPTH else ""
        self._around.append(html and f"</{tag}>")
        return html

    def _item(self, close: str) -> str:
        if close and self._around and self._around[-1] == "</div>":
            return self._around.pop()
        return f"<{close}li>"

    def _note(self, label: str) -> str:
        html = f'<div class="footnote"{self._direction()}><span class="footnote">{label}</span>\n'
        self._around.append("</div>")
        return self._after_label() + html

    def _task(self, found: re.Match[str]) -> str:
        begin = '<li class="task">' + ("<p>" if found["loose"] else "")
        if found.string.startswith(("</", "\n"), found.end()):
            return begin + checkbox(bool(found["task"]))
        self._label = "</label>"
        return f"{begin}<label>{checkbox(bool(found['task']))}"

    def _after_label(self) -> str:
        closing, self._label = self._label, ""
        return closing

    # --- links ---

    def _link_begin(self, attributes: str, found: re.Match[str]) -> str:
        values = dict(ATTRIBUTE.findall(attributes))
        url, title = self._address(values["href"]), self._text(values.get("title", ""))
        if not is_allowed(url):
            is_bare = url and found.string.startswith(f"{values['href']}</a>", found.end())
            shown_title = f' "{escape(title, quote=False)}"' if title else ""
            self._link = "&gt;" if is_bare else f" ({escape(url, quote=False)}{shown_title})"
            return "&lt;" if is_bare else ""
        if not self._references.afford(len(url) + len(title)):
            self._link = ""
            return ""
        self._link = "</a>"
        return link(url, title)

    def _link_end(self) -> str:
        closing, self._link = self._link, None
        return closing or ""

    def _image(self, attributes: str) -> str:
        """An image is a link, "alt (host)", since loading it would tell its host who reads what.

        That it is an image is drawn by css/chat/prose.css. A `data:` image has nowhere to link to.
        """
        values = dict(ATTRIBUTE.findall(attributes))
        url, words = self._address(values["src"]), self._text(values["alt"]).strip()
        if url.startswith("data:") or not self._references.afford(2 * len(url)):
            return image_label(words)
        words = f"{words} ({host_of(url) if is_allowed(url) else url})".strip()
        is_link = is_allowed(url) and self._link is None
        return f"{link(url)}{image_label(words)}</a>" if is_link else image_label(words)

    # --- what was taken out ---

    def _formula(self, token: Token) -> str:
        if token.kind in ("formula", "displayed"):
            return mathml(token.content, token.kind == "displayed")
        return f"${self._token(token)}$"

    def _token(self, token: Token) -> str:
        if token.kind == "block":
            return mathml(token.content, True)
        if token.kind == "break":
            return "<br>\n"
        if token.kind == "reference" and self._link is None:
            return f'<sup class="footnote">{token.content}</sup>'
        text = escape(token.source, quote=False)
        is_link = token.kind == "address" and self._link is None and self._references.afford(len(token.content))
        return f"{link(token.content)}{text}</a>" if is_link else text

    def _block(self, token: Token) -> str:
        if token.kind == "block":
            return f"{box('math')}{mathml(token.content, True)}</div>\n"
        url = escape(token.url)
        title = f" {escape(token.title)}" if token.title else ""
        shown = f"{link(token.url)}{url}</a>" if is_allowed(token.url) else url
        return f'<p class="definition" dir="auto">[{escape(token.content)}]: {shown}{title}</p>\n'

    def _text(self, html: str) -> str:
        """The text of escaped HTML as it was written."""
        if not html.isascii():
            html = FURTHER_LINES.sub("", html)
            html = TOKEN.sub(lambda found: escape(self._source(found)), html)
        return text_without_markers(unescape(html))

    def _source(self, found: re.Match[str]) -> str:
        token = self._tokens[int(found[1] or found[2])]
        return token.source if found[2] or token.kind in ("formula", "displayed") else f"${token.source}$"

    def _address(self, href: str) -> str:
        return self._text(MARKER_IN_ADDRESS.sub(lambda found: unquote(found[0]), href))


def box(name: str, direction: str = "") -> str:
    return f'<div class="{name}"{direction} tabindex="0" role="group">'


def checkbox(is_done: bool) -> str:
    return f'<input type="checkbox" disabled=""{" checked" if is_done else ""}> '


def link(url: str, title: str = "") -> str:
    return f"<a{attribute('href', url)}{attribute('title', title)}>"


def attribute(name: str, value: str) -> str:
    return f' {name}="{escape(value)}"' if value else ""


def image_label(words: str) -> str:
    return f'<span class="picture">{escape(words, quote=False)}</span>'
