"""The end of a process: nothing new is begun, what runs may finish for a while, the rest is stored as it is."""

import time

from chat.replies import generate, lease, live


def drain(grace_seconds: float) -> None:
    """Return when nothing is live any more: all replies have ended, or were interrupted and stored."""
    lease.close()
    generate.forget_sweeps()
    deadline = time.monotonic() + grace_seconds
    while live.running() and time.monotonic() < deadline:
        time.sleep(0.1)
    while rest := live.running():
        for reply in rest:
            reply.interrupt()
        time.sleep(0.1)
