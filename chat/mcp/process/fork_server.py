"""Forks a process for each job. It has loaded what jobs need, which takes most of a second of CPU time, and knows none.

The site sends it connections over CONTROL, one for each job. The new process has its connection as standard input and
output. It is killed when the site hangs up.
"""

import os
import select
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple, NoReturn

CONTROL = 3  # a descriptor
BEGUN = b"\n"  # before all that a process says
IDLE_SECONDS = 300  # then it ends; the next job begins another


class Job(NamedTuple):
    pid: int
    connection: socket.socket


class ForkServer:
    """`work` does a job, in a process of its own."""

    def __init__(self, control: socket.socket, work: Callable[[], None]) -> None:
        self._control, self._work = control, work
        self._jobs: dict[int, Job] = {}  # by the descriptor of the connection
        self._poll = select.poll()

    def serve(self) -> None:
        """Until the other end is closed, which ends all jobs, or nothing has come for long."""
        with woken_by_children() as bell:
            self._poll.register(self._control, select.POLLIN)
            self._poll.register(bell, select.POLLIN)
            while ready := self._poll.poll(None if self._jobs else IDLE_SECONDS * 1000):
                for descriptor, _ in ready:
                    if descriptor == bell.fileno():
                        bell.recv(1 << 12)
                        self._reap()
                    elif descriptor in self._jobs:
                        self._kill(descriptor)
                    elif descriptor == self._control.fileno() and not self._begin():
                        return self._end()

    def _begin(self) -> bool:
        """Start a job; False when the site has gone."""
        _, descriptors, _, _ = socket.recv_fds(self._control, 1, 1)
        if not descriptors:
            return False
        connection = socket.socket(fileno=descriptors[0])
        try:
            pid = os.fork()
        except OSError:  # no memory; the site sees that nothing has begun
            connection.close()
            return True
        if pid == 0:
            self._become_job(connection)
        self._jobs[connection.fileno()] = Job(pid, connection)
        self._poll.register(connection, 0)  # only tells that it was hung up
        return True

    def _become_job(self, connection: socket.socket) -> NoReturn:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for standard in (0, 1):
                os.dup2(connection.fileno(), standard)
            os.closerange(CONTROL, 1 << 16)
            os.write(1, BEGUN)
            self._work()
            status = 0
        finally:
            os._exit(status)

    def _reap(self) -> None:
        for descriptor, job in list(self._jobs.items()):
            pid, status = os.waitpid(job.pid, os.WNOHANG)
            if pid:
                self._tell(job, os.waitstatus_to_exitcode(status))
                self._forget(descriptor)

    def _tell(self, job: Job, status: int) -> None:
        if status:
            with suppress(OSError):
                job.connection.send(b'\n{"status": %d}' % status, socket.MSG_DONTWAIT)

    def _forget(self, descriptor: int) -> None:
        job = self._jobs.pop(descriptor)
        with suppress(KeyError):
            self._poll.unregister(descriptor)
        job.connection.close()

    def _kill(self, descriptor: int) -> None:
        self._poll.unregister(descriptor)  # or it would be told of again until the process has ended
        os.kill(self._jobs[descriptor].pid, signal.SIGKILL)

    def _end(self) -> None:
        for job in self._jobs.values():
            os.kill(job.pid, signal.SIGKILL)


@contextmanager
def woken_by_children() -> Iterator[socket.socket]:
    """A socket with something to read whenever a process has ended."""
    bell, button = socket.socketpair()
    with bell, button:
        button.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(button.fileno())
        yield bell
        signal.set_wakeup_fd(-1)
