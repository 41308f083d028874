"""SQLite while many write and many answers stream: nobody sees a lock. The full size is tests/bench/writers.py."""

import pytest

from tests.bench.writers import measure

STREAMS, PEOPLE, SECONDS = 40, 12, 3


@pytest.mark.timeout(400)
def test_nobody_hears_that_the_database_is_locked(tmp_path):
    result = measure(tmp_path, streams=STREAMS, people=PEOPLE, seconds=SECONDS)

    assert (result.whole_streams, result.faults) == (STREAMS, 0)
    assert set(result.statuses) == {200}
    assert result.statuses[200] > PEOPLE  # they ask once, and then rename
    assert "locked" not in result.log
