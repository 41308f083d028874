import copy
import hashlib
import pickle
import pprint
import traceback

import pytest

from chat.openrouter import ApiKey

PLAIN = "sk-or-v1-0123456789abcdef"


def test_it_gives_the_key_only_when_asked():
    assert ApiKey(PLAIN).reveal() == PLAIN


def test_its_address_at_openrouter_is_its_hash():
    assert ApiKey(PLAIN).sha256 == hashlib.sha256(PLAIN.encode()).hexdigest()


@pytest.mark.parametrize("show", [repr, str, ascii, pprint.pformat, "{}".format, "{0!r:>40}".format, "%s".__mod__])
def test_it_shows_nothing_of_the_key(show):
    assert "0123" not in show(ApiKey(PLAIN))
    assert "0123" not in show({"key": [ApiKey(PLAIN)]})


def test_equal_keys_are_equal():
    assert ApiKey(PLAIN) == ApiKey(PLAIN)
    assert ApiKey(PLAIN) != ApiKey(PLAIN + "0")
    assert ApiKey(PLAIN) != PLAIN
    assert len({ApiKey(PLAIN), ApiKey(PLAIN)}) == 1


@pytest.mark.parametrize("duplicate", [pickle.dumps, copy.copy, copy.deepcopy])
def test_it_is_neither_pickled_nor_copied(duplicate):
    with pytest.raises(TypeError, match="neither pickled nor copied"):
        duplicate(ApiKey(PLAIN))


@pytest.mark.parametrize("bad", ["", " ", f"{PLAIN}\n", f"{PLAIN} ", f"{PLAIN}é", f"{PLAIN}\r\nX-Evil: 1"])
def test_what_cannot_stand_in_a_header_is_refused_without_being_shown(bad):
    with pytest.raises(ValueError, match="printable ASCII") as refusal:
        ApiKey(bad)

    told = traceback.TracebackException.from_exception(refusal.value, capture_locals=True)
    frame_of_the_class = list(told.stack)[-1]
    assert "0123" not in str(refusal.value)
    assert "0123" not in str(frame_of_the_class.locals)
