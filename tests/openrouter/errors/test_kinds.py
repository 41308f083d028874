"""The classes of errors: complete, public, and as good after a queue."""

import pickle

from chat import openrouter
from chat.openrouter import KINDS, OpenRouterError
from chat.openrouter.errors.diagnosis import diagnose
from tests.openrouter.errors.words import AFFORD


def test_every_kind_has_a_class_of_its_own_and_is_public():
    families = [OpenRouterError]
    for family in families:
        families += family.__subclasses__()

    assert sorted(KINDS) == sorted(family.kind for family in families)
    assert {family.__name__ for family in families} <= set(openrouter.__all__)


def test_the_drawing_shows_every_class():
    drawing = openrouter.errors.kinds.__doc__ or ""

    assert [name for name in (family.__name__ for family in KINDS.values()) if name not in drawing] == []


def test_an_error_survives_a_queue():
    failure = diagnose({"code": 402, "message": AFFORD}, generation_id="gen-1")

    again = pickle.loads(pickle.dumps(failure))  # noqa: S301

    assert (again.kind, again.details, again.generation_id) == (failure.kind, failure.details, failure.generation_id)
