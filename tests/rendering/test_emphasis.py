"""Emphasis works in every script, also where letters stand without a space beside punctuation."""

import re

import pytest

from chat.rendering.markdown import render


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("* **要点：**先过筛", "<strong>要点：</strong>先过筛"),
        ("这是**“重点”**内容", "这是<strong>“重点”</strong>内容"),
        ("**（一）**第一", "<strong>（一）</strong>第一"),
        ("~~旧价（10元）~~现价", "<s>旧价（10元）</s>现价"),
        ("请看*《面包》*一书", "请看<em>《面包》</em>一书"),
        ("これは**「重要」**です。", "これは<strong>「重要」</strong>です。"),
        ("**메모:**내용", "<strong>메모:</strong>내용"),
        ("그는 **'안녕'**이라고 했다", "그는 <strong>'안녕'</strong>이라고 했다"),
        ("**ملاحظة:**النص", "<strong>ملاحظة:</strong>النص"),
        ("قال**«نعم»**ثم", "قال<strong>«نعم»</strong>ثم"),
        ("**هل؟**نعم", "<strong>هل؟</strong>نعم"),
        ("**नोट:**यह", "<strong>नोट:</strong>यह"),
        ("वह**(अच्छा)**है", "वह<strong>(अच्छा)</strong>है"),
        ("यह है।**ठीक।**हाँ", "यह है।<strong>ठीक।</strong>हाँ"),
        ("**หมายเหตุ:**ข้อความ", "<strong>หมายเหตุ:</strong>ข้อความ"),
        ("~~(เก่า)~~ใหม่", "<s>(เก่า)</s>ใหม่"),
        ("**`код`:**中文", "<strong><code>код</code>:</strong>中文"),
        ("**$x$：**公式", '<strong><math display="inline">'),
        ("***重要！***然后", "<em><strong>重要！</strong></em>然后"),
    ],
)
def test_it_works_beside_letters_that_need_no_spaces(text, html):
    assert html in render(text)


@pytest.mark.parametrize(
    "text", ['a*"b"*c', "2*3*4 = 24", "a * b * c", "snake_case_name", "**open", "5~10 and 8~12", "~5 minutes or ~10"]
)
def test_what_is_none_stays_text(text):
    html = render(text)

    assert not re.search("<(?:strong|s)>", html)
    assert "<em>" not in html or text == "2*3*4 = 24"  # CommonMark says so


def test_nothing_of_how_it_is_done_reaches_the_page():
    html = render("**ملاحظة:**النص `**ملاحظة:**النص` [a](http://b/**ملاحظة:**النص) **$ا:$**ب")

    assert "\ufaff" not in html
    assert "%EF%AB%BF" not in html
    assert "<code>**ملاحظة:**النص</code>" in html
