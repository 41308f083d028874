"""Stop, from any tab and any process, whatever OpenRouter is doing."""

from collections.abc import Iterator

import pytest

from tests.standin import StandIn
from tests.survival.browser_tab import Person, Tab
from tests.survival.site_process import KillableSite

pytestmark = pytest.mark.timeout(400)

COUNTED = " ".join(str(number) for number in range(1, 21))
MOMENTS = {
    "before any header": ("[[silence]]", ""),
    "while only comments come": ("[[slow first=60]]", ""),
    "on a line that fell silent": ("[[tokens n=40]] [[mute after=20]]", COUNTED),
    "in a stalled answer": ("[[tokens n=40]] [[stall after=20]]", COUNTED),
}


@pytest.fixture(scope="module")
def two_sites(
    one_standin: StandIn, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[KillableSite, KillableSite]]:
    folder = tmp_path_factory.mktemp("stop")
    ours = {"openrouter_url": one_standin.url, "DATA_DIR": str(folder / "data")}
    with KillableSite(folder / "one", **ours) as one, KillableSite(folder / "two", **ours) as two:
        yield one, two


@pytest.fixture
def person(two_sites, openrouter) -> Person:
    return Person(two_sites[0], openrouter)


def begun(person: Person, openrouter: StandIn, marks: str, words: str) -> Tab:
    """A reply whose words are on the screen, in a process of which OpenRouter has the request."""
    tab = person.begins(marks)
    tab.looks_in()
    openrouter.wait_for(lambda: openrouter.chat_requests)
    if words:
        tab.reads(until=lambda tab: tab.text.split() == words.split())
    return tab


@pytest.mark.parametrize("which", [0, 1], ids=["in the same process", "in another process"])
@pytest.mark.parametrize(("marks", "words"), MOMENTS.values(), ids=MOMENTS.keys())
def test_stop_closes_the_connection_and_keeps_the_text(two_sites, openrouter, person, marks, words, which):
    tab = begun(person, openrouter, marks, words)
    assert tab.also_at(two_sites[which]).stops().status_code == 204
    openrouter.wait_for(lambda: openrouter.closed_early)
    tab.reads()

    assert (tab.end, tab.text.split()) == ("stopped", words.split())
    assert tab.shows_the_page()
    assert len(openrouter.chat_requests) == 1


def test_the_cost_of_a_stopped_answer_is_looked_up_later(openrouter, person):
    tab = begun(person, openrouter, *MOMENTS["on a line that fell silent"])
    tab.stops()
    tab.reads()
    assert "cost from OpenRouter's records" not in tab.page()
    openrouter.later(60)

    openrouter.wait_for(lambda: "cost from OpenRouter's records" in tab.page())
