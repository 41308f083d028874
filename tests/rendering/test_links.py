"""Only http, https and mailto become links, bare addresses too, and no image is ever loaded."""

import re

import pytest

from chat.rendering.blocks import Blocks
from chat.rendering.markdown import render

LINK_OF_ITSELF = "[https://a.example/b](https://a.example/b)"
SAFE = 'target="_blank" rel="noopener noreferrer nofollow"'


def test_a_link_opens_elsewhere_and_tells_nothing():
    assert render("[a](https://example.org)") == f'<p dir="auto"><a href="https://example.org" {SAFE}>a</a></p>\n'


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java&#x73;cript:alert(1)",
        "&#1;javascript:alert(1)",
        "vbscript:x",
        "data:text/html,x",
        "file:///etc/passwd",
        "//evil.example",
        "/signout/",
        "#x",
        "ftp://x",
        "blob:x",
    ],
)
@pytest.mark.parametrize("form", ["[a]({})", "<{}>", "![a]({})", "[a]: {}\n\n[a]"])
def test_other_schemes_stay_text(address, form):
    html = render(form.format(address))

    assert "<a" not in html
    assert "<img" not in html


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("see https://example.org/a_b_c?d=e.", "https://example.org/a_b_c?d=e"),
        ("(https://example.org/a_(b))", "https://example.org/a_(b)"),
        ("**https://example.org**", "https://example.org"),
        ("https://example.org、パン", "https://example.org"),
        ("[x] http://localhost:8000/", "http://localhost:8000/"),
        ("https://example.org/a.[^1]", "https://example.org/a"),
        ("“https://example.org/guide”", "https://example.org/guide"),
        ("«https://example.org/guide»", "https://example.org/guide"),
        ("‘https://example.org/guide’", "https://example.org/guide"),
        ("https://example.org/guide… and", "https://example.org/guide"),
        ("https://example.org/guide—then", "https://example.org/guide"),
        ("انظر https://example.org/guide، ثم", "https://example.org/guide"),
        ("देखें https://example.org/guide।", "https://example.org/guide"),
        ("请访问https://example.org/docs查看", "https://example.org/docs"),
        ("詳細はhttps://example.org/docsをご覧ください", "https://example.org/docs"),
        ("https://example.org/docs에서 보기", "https://example.org/docs"),
        ("ดูที่https://example.org/docsครับ", "https://example.org/docs"),
        ("（https://example.org/docs）", "https://example.org/docs"),
        ("看https://example.org/c，**重要**", "https://example.org/c"),
        ("https://ru.wikipedia.org/wiki/Хлеб.", "https://ru.wikipedia.org/wiki/Хлеб"),
        ("HTTPS://EXAMPLE.ORG/A!", "HTTPS://EXAMPLE.ORG/A"),
        ("[see https://example.org/a]", "https://example.org/a"),
        ("Sources:\n[1]: https://example.org/a\n[2]: https://example.org/b", "https://example.org/a"),
        ("- [1]: https://example.org/a\n- [2]: https://example.org/b", "https://example.org/b"),
        ("bread [1]: https://example.org/a_b_c", "https://example.org/a_b_c"),
        ("[^1]: https://example.org/a", "https://example.org/a"),
        ("https://example.org/a[b][]=1", "https://example.org/a[b][]=1"),
        ("http://[::1]:8000/a", "http://[::1]:8000/a"),
    ],
)
def test_a_bare_address_is_a_link_without_the_punctuation_around_it(text, address):
    assert f'<a href="{address}" {SAFE}>{address}</a>' in render(text)


@pytest.mark.parametrize(
    "text", ["`https://example.org`", "xhttps://example.org", "https:// a", "https://", "http://."]
)
def test_what_is_no_address_is_no_link(text):
    assert "<a" not in render(text)


def test_what_follows_an_address_is_markdown_again():
    assert "</a>，<strong>重要</strong>" in render("看https://example.org/c，**重要**内容")


@pytest.mark.parametrize("text", ["[Setup](#setup)", '[a](docs/a.md "Title")', "<ftp://example.org>", "![a](b.png)"])
def test_nothing_of_what_is_no_link_disappears(text):
    words = re.sub(r"<[^>]*>", "", render(text))

    for word in re.findall(r"[\w#./]{1,}", text):
        assert word in words


def test_a_label_used_often_in_a_short_text_leads_somewhere_each_time():
    html = render(f"[1]: https://example.org/{'a' * 90}\n\nBread [1] is old [1], and [good][1].")

    assert html.count("<a") == 1 + 3


@pytest.mark.parametrize(
    "words",
    [
        "https://a.example",
        "https://a.example/a_b(c)",
        "https://a.example/?b[c]=d",
        "http://[::1]:8000/",
        "see https://a.example/b, or so",
        "[https://a.example/b]",
    ],
)
@pytest.mark.parametrize(
    "text", ["[{}](https://b.example)", "[1]: https://b.example\n\n[{}][1]", "| a |\n|-|\n| [{}](https://b.example) |"]
)
def test_an_address_in_a_link_is_its_words(words, text):
    html = render(text.format(words))

    assert f'<a href="https://b.example" {SAFE}>{words}</a>' in html
    assert set(re.findall(r'href="([^"]*)"', html)) == {"https://b.example"}


def test_a_link_whose_words_are_its_address_arrives_in_pieces():
    blocks = Blocks()
    for sign in f"Source: {LINK_OF_ITSELF}\n":
        blocks.feed(sign)
        blocks.tail_html()

    assert blocks.tail_html() == render(f"Source: {LINK_OF_ITSELF}")
    assert f'<a href="https://a.example/b" {SAFE}>https://a.example/b</a>' in blocks.tail_html()


def test_an_image_named_like_its_address_is_a_link():
    html = render(f"!{LINK_OF_ITSELF}")

    assert f'<a href="https://a.example/b" {SAFE}>{label("https://a.example/b (a.example)")}</a>' in html


def test_a_link_right_behind_an_address_is_one_of_its_own():
    html = render("https://a.example/b[1](https://b.example)")

    assert f'<a href="https://a.example/b" {SAFE}>https://a.example/b</a>' in html
    assert f'<a href="https://b.example" {SAFE}>1</a>' in html


def test_an_image_is_a_link_with_its_host():
    html = render("![A loaf](https://example.org/loaf.png)")

    assert (
        html == f'<p dir="auto"><a href="https://example.org/loaf.png" {SAFE}>{label("A loaf (example.org)")}</a></p>\n'
    )


def test_an_image_inside_a_link_is_its_words():
    html = render("[![A loaf](https://a.example/loaf.png)](https://b.example)")

    assert html == f'<p dir="auto"><a href="https://b.example" {SAFE}>{label("A loaf (a.example)")}</a></p>\n'


def test_an_image_of_a_data_url_is_its_words():
    assert render("![A loaf](data:image/png;base64,AAAA)") == f'<p dir="auto">{label("A loaf")}</p>\n'


@pytest.mark.parametrize(
    "text",
    [
        "![a](https://e.example/p.png)",
        "[p]: https://e.example/p.png\n\n![a][p] ![p][] ![p]",
        "| a |\n|-|\n| ![a](https://e.example/p.png) |",
        "- [![a](https://e.example/p.png)](https://b.example)",
        "> # ![a](https://e.example/p.png)",
        '<img src="https://e.example/p.png"> <picture><source srcset=https://e.example/p.png></picture>',
        "<svg><image href=https://e.example/p.png /></svg> <video poster=https://e.example/p.png>",
        "![a](data:image/png;base64,AAAA) `![a](https://e.example/p.png)`",
        "x[^1]\n\n[^1]: ![a](https://e.example/p.png)",
    ],
)
def test_nothing_in_an_answer_makes_the_browser_ask_anybody(text):
    tags = "".join(re.findall(r"<[^>]*>", render(text)))

    assert not re.search(r"<(?!/?(?:a|p|span|table|t[rdh]|thead|tbody|div|ul|li|blockquote|h3|code|sup)\b)", tags)
    assert not re.search(r"\b(?:src|srcset|poster|ping|style|background)=", tags)


def label(words: str) -> str:
    return f'<span class="picture">{words}</span>'
