"""Two workers of one site, as WEB_CONCURRENCY=2 starts them: readers reach either."""

from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from threading import Event

import pytest

from tests.standin.prose import markdown_document, tokens
from tests.standin.wire import DONE, Wire
from tests.survival.browser_tab import Person

pytestmark = pytest.mark.timeout(400)

CHATS, READERS_EACH, MOST_READERS = 6, 3, 100
wire = Wire("gen-1", 1_790_000_000, "openai/gpt-5.4-mini", "OpenAI")


def test_every_reader_gets_the_whole_answer_and_each_question_is_asked_once(opens, openrouter, database_url):
    site = opens(WEB_CONCURRENCY="2", DATABASE_URL=database_url)
    person = Person(site, openrouter)
    words, rest = [wire.text(piece) for piece in tokens(markdown_document(3))], Event()
    openrouter.answers_raw([*words[:20], rest, *words[20:], wire.finish("stop"), DONE], times=CHATS)
    tabs = [person.begins(f"Number {number}, please.") for number in range(CHATS)]
    readers = [tab.also_at(site) for tab in tabs for _ in range(READERS_EACH)]
    with ThreadPoolExecutor(MOST_READERS) as pool:
        reading = [pool.submit(reader.reads_to_the_end) for reader in readers]
        for tab in islice(cycle(tabs), MOST_READERS - len(readers)):  # who takes a connection is nobody's choice
            openrouter.wait_for(lambda: all(reader.screen.heard for reader in readers))
            if all(serves(worker, site.port) for worker in site.workers()):
                break
            readers.append(tab.also_at(site))
            reading.append(pool.submit(readers[-1].reads_to_the_end))
        else:
            pytest.fail("one worker took every connection")
        rest.set()
        for each in reading:
            each.result()

    assert len(openrouter.chat_requests) == CHATS
    assert {(reader.end, *reader.disconnections) for reader in readers} == {("complete",)}
    assert all(reader.shows_the_page() for reader in readers)


def test_stop_and_the_next_question_can_reach_either_worker(opens, openrouter, database_url):
    site = opens(WEB_CONCURRENCY="2", DATABASE_URL=database_url)
    person = Person(site, openrouter)
    tab = person.begins("[[tokens n=40]] [[mute after=20]]")
    tab.reads(until=lambda tab: tab.last_word == "20")
    for _ in range(4):  # new connections, each to whichever worker takes it
        assert person.at(site).posts(f"/replies/{tab.reply_id}/cancellation/", why="enough").status_code == 204
    tab.reads_to_the_end()
    following = person.at(site).begins("[[say Go on.]]", chat=tab.chat)

    assert (tab.end, following.reads_to_the_end().end) == ("stopped", "complete")
    assert len(openrouter.chat_requests) == 2


def serves(worker, port: int) -> bool:
    return any(each.laddr.port == port and each.raddr for each in worker.net_connections("tcp"))
