"""How much of a worker's CPU time is spent on its event loop, where everybody else waits meanwhile.

CPU time stays the same however busy the machine is, and work on the loop is all of it: the share is then 1.
"""

import os
from collections.abc import Callable
from pathlib import Path

from tests.site import Site

OWN, CHILDREN = (14, 15), (16, 17)  # fields of /proc/<pid>/stat: user and system time, and those of ended children


class Worker:
    """The only worker of a site; its main thread runs the loop (Linux)."""

    def __init__(self, site: Site) -> None:
        self.pid = int(Path(f"/proc/{site.pid}/task/{site.pid}/children").read_text().split()[0])
        self._about = Path(f"/proc/{self.pid}")

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
        children = [
            child for task in (self._about / "task").iterdir() for child in (task / "children").read_text().split()
        ]
        ended = _ticks(self.pid, CHILDREN)
        return (ended + sum(_ticks(int(child), OWN + CHILDREN) for child in children)) / os.sysconf("SC_CLK_TCK")

    def _seconds_by_thread(self) -> tuple[float, float]:
        """Of the loop, and of all other threads; those of a thread pool do not end."""
        seconds = {task.name: _seconds(task) for task in (self._about / "task").iterdir()}
        return seconds.pop(str(self.pid)), sum(seconds.values())


def _seconds(task: Path) -> float:
    return int((task / "schedstat").read_text().split()[0]) / 1e9  # its first number: nanoseconds on a CPU


def _ticks(pid: int, fields: tuple[int, ...]) -> int:
    values = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(values[field - 3]) for field in fields)  # the third is the first after the name
