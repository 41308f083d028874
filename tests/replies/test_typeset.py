"""A text on which the renderer breaks is shown as it was written: nothing is lost with it."""

import pytest

from chat.rendering.blocks import Blocks


@pytest.mark.parametrize("method", ["feed", "close"])
def test_a_renderer_that_breaks_costs_the_look_and_not_the_text(alice, monkeypatch, method):
    def breaks(*args):
        raise RecursionError

    monkeypatch.setattr(Blocks, method, breaks)
    alice.sends("[[say One & <two>]]")
    alice.standin.wait_for(lambda: alice.latest_reply().finished_at)

    reply = alice.latest_reply()
    page = alice.looks_at(reply.message.conversation)
    assert (page.state, page.text) == ("complete", "One & <two>")
    assert reply.message.text == "One & <two>"
