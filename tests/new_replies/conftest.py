"""As in tests/replies: Alice and Bob are signed in, and clocks are quick."""

from tests.replies.conftest import _quick_clocks, alice, bob

__all__ = ["_quick_clocks", "alice", "bob"]
