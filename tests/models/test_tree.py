"""Which messages of a conversation are shown."""

from typing import Any

import pytest

from chat.models.tree import Node, Tree


def node(id_: Any, parent_id: Any) -> Node:
    return Node(id_, parent_id)


# Letters for ids: `a` is asked and answered by `b`, `c` by `d`. `B` is another answer, `E` another question.
TALK = [node("a", None), node("b", "a"), node("c", "b"), node("d", "c")]
ASKED_AGAIN = [*TALK, node("B", "a"), node("C", "B"), node("D", "C")]


def tree(nodes, *, deleted=""):
    return Tree(node._replace(is_deleted=node.id in deleted) for node in nodes)


def test_a_talk_is_one_path():
    assert tree(TALK).path() == list("abcd")


def test_of_nothing_it_is_empty():
    assert tree([]).path() == []


def test_the_newest_message_says_which_branch():
    assert tree(ASKED_AGAIN).path() == list("aBCD")


def test_that_is_not_the_newest_branch():
    """Somebody has gone back to the first answer and goes on from there."""
    assert tree([*ASKED_AGAIN, node("e", "d")]).path() == list("abcde")


@pytest.mark.parametrize(("through", "path"), [("b", "abcd"), ("c", "abcd"), ("B", "aBCD"), ("a", "aBCD")])
def test_through_a_message_it_leads_to_the_newest_behind_that(through, path):
    assert tree(ASKED_AGAIN).path(through) == list(path)


def test_through_one_that_is_not_there_it_is_the_newest():
    assert tree(TALK).path("x") == list("abcd")


def test_versions_stand_in_the_same_place():
    assert tree(ASKED_AGAIN).versions("B") == ["b", "B"]
    assert tree([*TALK, node("A", None)]).versions("a") == ["a", "A"]


def test_what_is_deleted_goes_when_nothing_follows_it():
    assert tree(TALK, deleted="d").path() == list("abc")
    assert tree(TALK, deleted="cd").path() == list("ab")
    assert tree(TALK, deleted="abcd").path() == []
    assert tree(ASKED_AGAIN, deleted="BCD").versions("b") == ["b"]


def test_it_keeps_its_place_while_something_does():
    assert tree(TALK, deleted="b").path() == list("abcd")
