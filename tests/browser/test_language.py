"""A browser that prefers German gets German words and numbers, also in what arrives while an answer runs."""

import re
from decimal import Decimal

import pytest
from django.utils.translation import override
from playwright.sync_api import expect

from chat.formats import money

SUMS = ["0.00000064", "0.0001", "0.000123", "0.0031", "0.00996", "0.01", "0.04", "0.125", "3.5", "1234.5", "123456.78"]
AS_SCRIPTS_SAY = """async ([sums, language]) => {
  const { money } = await import("/static/js/composer/estimate.js");
  return sums.map((sum) => money(Number(sum), language));
}"""


@pytest.fixture
def german(arrives):
    chat = arrives(locale="de-DE")
    return chat


def test_each_reader_of_an_answer_gets_it_in_their_language(german, opens, person):
    send = german.page.get_by_role("button", name="Senden", exact=True)
    german.writes("[[image]] [[tokens n=60 rate=20]]")
    send.click()
    german.answer.wait_for_text("1 2 3")
    chat = opens()
    chat.is_signed_in(person)
    chat.visits(german.page.url)
    for each in (german, chat):
        each.answer.wait_for_state("complete")

    expect(german.page.locator("#status")).to_have_text(re.compile(r"Fertig, \d+ Wörter"))
    expect(german.answer.article.get_by_role("link", name="Antwort kopieren")).to_be_visible()
    expect(german.answer.article.get_by_role("img", name="Vom Modell gemachtes Bild")).to_be_visible()
    expect(german.answer.article.locator(".facts")).to_contain_text(re.compile(r"0,\d+\s\$\s+\d+,\d Sek\."))
    expect(chat.answer.article.get_by_role("link", name="Copy answer")).to_be_visible()
    expect(chat.answer.article.get_by_role("img", name="Image made by the model")).to_be_visible()
    assert german.in_another_tab().looks_like(german)
    assert chat.in_another_tab().looks_like(chat)


def test_scripts_write_numbers_as_the_page_does(german):
    german.forgets_answers()
    german.chooses_model("Claude Haiku 4.5")
    german.message.fill("x" * 400)
    expect(german.page.locator("#estimate")).to_have_text("~0,00010 $ + ~0,0034 $ je 500 Wörter")

    for language in ("en", "de", "es", "fr", "ja"):
        with override(language):
            said = [money(Decimal(dollars)) for dollars in SUMS]
        assert german.page.evaluate(AS_SCRIPTS_SAY, [SUMS, language]) == said
