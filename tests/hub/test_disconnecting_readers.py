"""A reader who disconnects is noticed, even while the model says nothing that could be sent."""

import psutil
import pytest

from chat.streaming import follow

READERS = 12
NOTICED_SECONDS = 10.0  # it is looked for every 2 s; the first comment that could fail is sent after 15


def connections_of_browsers(site) -> int:
    processes = [psutil.Process(site.pid), *psutil.Process(site.pid).children(recursive=True)]
    here = [each for process in processes for each in process.net_connections("tcp") if each.laddr.port == site.port]
    return sum(each.status in (psutil.CONN_ESTABLISHED, psutil.CONN_CLOSE_WAIT) for each in here)


@pytest.mark.usefixtures("site")
def test_disconnected_readers_occupy_nothing_while_the_model_is_silent(alice, site, one_standin):
    assert NOTICED_SECONDS < follow.HEARTBEAT_SECONDS
    path = alice.sends("[[mute after=1]]")
    streams = [alice.opens(path) for _ in range(READERS)]
    one_standin.wait_for(lambda: len(one_standin.open_streams) == 1)
    one_standin.wait_for(lambda: connections_of_browsers(site) >= READERS)
    for stream in streams:
        next(alice.reads(stream))
        stream.close()

    one_standin.wait_for(lambda: connections_of_browsers(site) < READERS / 2, seconds=NOTICED_SECONDS)
    assert len(one_standin.open_streams) == 1, "the answer went with its readers"
    alice.posts(path.partition("?")[0].replace("stream/", "cancellation/"))
