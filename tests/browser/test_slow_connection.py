"""A page that arrives in pieces can be used as soon as it is seen."""

from collections.abc import Iterator

import pytest

from tests.site import SlowSite
from tests.standin import StandIn


@pytest.fixture(scope="module")
def site(openrouter: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlowSite]:
    with SlowSite(tmp_path_factory.mktemp("site"), openrouter_url=openrouter.url) as site:
        yield site


def test_a_button_works_before_the_end_of_the_page_is_there(arrives):
    chat = arrives(java_script_enabled=False)
    chat.standin.answers(502)
    chat.writes("Try")
    chat.send.click()
    chat.answer.wait_for_state("failed")

    chat.page.goto(chat.page.url, wait_until="commit")
    chat.answer.action("Retry").click()

    chat.answer.wait_for_state("complete")
