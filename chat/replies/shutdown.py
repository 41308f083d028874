"""Shuts down a process: starts no more replies, lets running ones finish for a while, then interrupts the rest."""

import time

from chat.replies import generate, lease, live


def drain(grace_seconds: float) -> None:
    """Return when all replies of this process have ended; those still running after `grace_seconds` are interrupted.

    One that waits for its person is interrupted at once: "Continue" asks again.
    """
    lease.close()
    generate.cancel_delayed_starts()
    deadline = time.monotonic() + grace_seconds
    while live.running() and time.monotonic() < deadline:
        for reply in live.running():
            if reply.waits_for_person:
                reply.interrupt()
        time.sleep(0.1)
    while rest := live.running():
        for reply in rest:
            reply.interrupt()
        time.sleep(0.1)
