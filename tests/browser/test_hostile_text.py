"""Hostile texts of models and people: they run nothing, request nothing and cover nothing."""

from playwright.sync_api import expect

FROM_A_PERSON = """<img src=x onerror="alert('question')"><script>alert('question')</script>"""


def test_a_hostile_answer_does_nothing(chat):
    answer = chat.asks("[[xss]]")
    answer.wait_for_state("complete")
    tab = chat.in_another_tab()

    # That no dialog opened and nobody else was asked: see page_errors.py, which also looks at this tab.
    for each in (chat, tab):
        inside = each.answer.article
        assert inside.locator("script, iframe, style, form, input, object, embed").count() == 0
        assert inside.locator("[onclick], [onload], [onerror], [style], [hx-get], [hx-trigger]").count() == 0
        assert inside.locator("a[href^='javascript:'], a[href^='data:'], a[href^='vbscript:']").count() == 0
        assert inside.locator("img").count() == 0
        expect(each.page.locator("form#composer")).to_have_count(1)
        expect(each.message).to_be_visible()


def test_a_hostile_question_is_shown_as_it_was_written(chat):
    chat.asks(FROM_A_PERSON).wait_for_state("complete")
    chat.page.reload()

    expect(chat.questions.last).to_contain_text(FROM_A_PERSON)
    expect(chat.page.get_by_role("heading", level=1)).to_contain_text("<img src=x")


def test_a_link_sends_no_referrer(chat):
    answer = chat.asks("[[say See [here](https://example.org/a?b=1).]]")
    answer.wait_for_state("complete")

    link = answer.article.get_by_role("link", name="here")
    expect(link).to_have_attribute("href", "https://example.org/a?b=1")
    assert {"noreferrer", "nofollow"} <= set((link.get_attribute("rel") or "").split())


def test_a_formula_draws_nothing_over_other_messages(chat):
    chat.asks("[[say The first.]]").wait_for_state("complete")
    answer = chat.asks(r"[[say Now: $\raisebox{5em}{\raisebox{5ex}{x}}$]]")
    answer.wait_for_state("complete")
    letter = answer.article.locator("mtext").last
    touched = """letter => {
        const { left, top, width, height } = letter.getBoundingClientRect();
        const above = top + height < letter.closest(".prose").getBoundingClientRect().top;
        const touched = document.elementFromPoint(left + width / 2, top + height / 2);
        return [above, touched.closest("math") !== null];
    }"""

    assert letter.evaluate(touched) == [True, False]
