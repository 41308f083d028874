"""How much of a worker's CPU time is spent on its event loop, where everybody else waits meanwhile.

CPU time stays the same however busy the machine is, and work on the loop is all of it: the share is then 1.
"""

from collections.abc import Callable

import psutil

from tests.site import Site


class Worker:
    """The only worker of a site; its main thread runs the loop."""

    def __init__(self, site: Site) -> None:
        self._process = psutil.Process(site.pid).children()[0]

    def share_on_loop(self, work: Callable[[], object]) -> float:
        """Of the CPU time that the worker takes during `work()`."""
        loop, others = self._seconds_by_thread()
        work()
        loop_after, others_after = self._seconds_by_thread()
        return (loop_after - loop) / (loop_after - loop + others_after - others)

    def seconds(self) -> float:
        """All that the worker has taken."""
        return sum(self._seconds_by_thread())

    def seconds_of_children(self) -> float:
        """All that other processes have taken for it; those that a child waited for are in the child's sum."""
        own = self._process.cpu_times()
        running = [child.cpu_times() for child in self._process.children()]
        ended = own.children_user + own.children_system
        return ended + sum(t.user + t.system + t.children_user + t.children_system for t in running)

    def _seconds_by_thread(self) -> tuple[float, float]:
        """Of the loop, and of all other threads; those of a thread pool do not end."""
        seconds = {thread.id: thread.user_time + thread.system_time for thread in self._process.threads()}
        return seconds.pop(self._process.pid), sum(seconds.values())
