import logging
import threading
import time

import pytest
from django.db import OperationalError, connections

from chat.background import Ticker, spawn, spawn_later


class Rounds:
    """Work for a ticker: what each round returns or raises, and how many there were."""

    def __init__(self, *results) -> None:
        self.results, self.done = iter(results), 0
        self.between = threading.Semaphore(0)

    def __call__(self) -> bool:
        self.done += 1
        self.between.release()
        result = next(self.results, False)
        if isinstance(result, Exception):
            raise result
        return result


def ended(ticker: Ticker) -> bool:
    while ticker.is_running:
        time.sleep(0.001)
    return True


def ticks(rounds, **options) -> Ticker:
    ticker = Ticker("work", rounds, lambda: 0.001, **options)
    ticker.ensure_running()
    return ticker


@pytest.mark.django_db
class TestTicker:
    def test_it_goes_on_until_there_is_nothing_to_do_and_starts_again(self):
        rounds = Rounds(True, True, False, True, False)
        ticker = ticks(rounds)
        assert ended(ticker)
        assert rounds.done == 3

        ticker.ensure_running()
        assert ended(ticker)
        assert rounds.done == 5

    def test_who_wants_it_during_the_last_round_gets_another_one(self):
        rounds = Rounds()

        def work() -> bool:
            if rounds.done == 0:
                ticker.ensure_running()
            return rounds()

        ticker = Ticker("work", work, lambda: 0.001)
        ticker.ensure_running()

        assert ended(ticker)
        assert rounds.done == 2

    def test_what_is_done_first_is_done_once_for_each_thread(self):
        first, rounds = Rounds(), Rounds(True, True, False)
        ticker = ticks(rounds, first=first)
        assert ended(ticker)
        assert (first.done, rounds.done) == (1, 3)

        ticker.ensure_running()
        assert ended(ticker)
        assert first.done == 2

    @pytest.mark.parametrize(("error", "has_traceback"), [(OperationalError(), False), (KeyError("odd"), True)])
    def test_what_breaks_is_tried_again(self, error, has_traceback, caplog):
        rounds = Rounds(error, False)

        assert ended(ticks(rounds))
        assert rounds.done == 2
        assert bool(caplog.records[0].exc_info) == has_traceback

    def test_it_ends_when_it_is_stopped(self):
        rounds = Rounds(*[True] * 10_000)
        ticker = ticks(rounds)
        rounds.between.acquire()
        ticker.stop()

        assert ended(ticker)
        assert rounds.done < 10_000


@pytest.mark.django_db(transaction=True)
class TestSpawn:
    def test_it_closes_its_connection_and_logs_what_broke(self, caplog):
        caplog.set_level(logging.ERROR)
        seen = []

        def work() -> None:
            connections["default"].ensure_connection()
            seen.append((threading.current_thread(), connections["default"]))
            raise KeyError("odd")

        for begin in (lambda: spawn("work", work), lambda: spawn_later(0, "work", work)):
            begin()
            while not seen:
                time.sleep(0.001)
            thread, connection = seen.pop()
            thread.join()
            assert thread.name == "work"
            assert connection.connection is None
        assert [record.getMessage() for record in caplog.records] == ["Background work failed: work"] * 2

    def test_what_comes_later_can_be_called_off(self):
        done = []
        timer = spawn_later(0.05, "work", lambda: done.append(1))
        timer.cancel()
        timer.join()

        assert not done
