"""Presets and prompts leave with an account and come into another, each once."""

import json
from typing import Any

import pytest

from chat.models import Preset, Prompt
from tests.archive.handwritten_chats import a_chat
from tests.archive.importing import CHAT_SETTINGS, import_file, import_json, page_text, zipped
from tests.views.test_export import downloaded, unpacked


@pytest.fixture(autouse=True)
def _signed_in(alice, bob):
    alice.signs_in()
    bob.signs_in()


@pytest.fixture
def exported(alice) -> bytes:
    """What Alice has, in the zip of her account."""
    alice.user.presets.create(name="Tutor", position=2, model="x/y", settings=CHAT_SETTINGS)
    alice.user.presets.create(name="Brief", position=1, is_default=True)
    alice.user.presets.create(settings={"top_p": 1})  # of one new chat, without a name
    for name in ("Sum up", "Translate"):
        alice.user.prompts.create(name=name, text="{{what}}\n")
    return downloaded(alice, "/account/export.zip")


def a_file(**changes: Any) -> dict[str, Any]:
    return {"format": "potluck-presets", "version": 1, **changes}


def presets_of(person) -> list[Any]:
    return list(person.user.presets.values_list("name", "model", "settings", "is_default"))


def prompts_of(person) -> list[Any]:
    return list(person.user.prompts.values_list("name", "text", "updated_at"))


@pytest.mark.database
def test_they_come_in_as_they_were_and_in_their_order(alice, bob, exported):
    page = import_file(bob, exported)

    assert "4 presets and prompts imported." in page_text(page)
    assert "Presets and prompts imported" in page.one("h1").get_text()
    named = [each for each in presets_of(alice) if each[0]]
    assert presets_of(bob) == named == [("Brief", "", {}, True), ("Tutor", "x/y", CHAT_SETTINGS, False)]
    assert prompts_of(bob) == prompts_of(alice)
    assert [name for name, *_ in prompts_of(bob)] == ["Translate", "Sum up"]


@pytest.mark.database
def test_what_is_there_already_is_skipped_and_the_default_stays(alice, bob, exported):
    assert "4 duplicates were skipped." in page_text(import_file(alice, exported))
    assert alice.user.presets.exclude(name="").count() == alice.user.prompts.count() == 2
    bob.user.presets.create(name="Tutor", is_default=True)  # the same name, with another content
    bob.user.prompts.create(name="Sum up", text="Another")
    import_file(bob, exported)

    assert [(name, is_default) for name, _, _, is_default in presets_of(bob)] == [
        ("Tutor", True),
        ("Brief", False),
        ("Tutor", False),
    ]
    assert bob.user.prompts.filter(name="Sum up").count() == 2


def test_an_account_without_any_has_no_file_of_them(bob):
    assert "presets.json" not in unpacked(downloaded(bob, "/account/export.zip"))


@pytest.mark.database
def test_limits_hold_and_chats_come_in_all_the_same(alice):
    Preset.objects.bulk_create(Preset(user=alice.user, name=f"old {n}", position=n) for n in range(99))
    Prompt.objects.bulk_create(Prompt(user=alice.user, name=f"old {n}", text="x") for n in range(199))
    new = [{"name": f"new {n}", "text": "x"} for n in range(3)]
    content = {"presets.json": a_file(presets=new, prompts=new), "conversations/a.json": a_chat()}
    page = import_file(alice, zipped({name: json.dumps(file).encode() for name, file in content.items()}))

    assert "1 chat imported. 2 presets and prompts imported." in page_text(page)
    assert "“new 2” couldn't be imported: You have 100 presets." in page_text(page)
    assert "“new 1” couldn't be imported: You have 200 prompts." in page_text(page)
    assert (alice.user.presets.count(), alice.user.prompts.count()) == (100, 200)


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (a_file(version=2), "newer version"),
        (a_file(presets=7), "wrong type"),
        (a_file(presets=[7]), "isn't a supported export"),
        (a_file(presets=[{"is_default": "yes"}]), "wrong type"),
        (a_file(presets=[{}] * 1001), "more than 1000"),
        (a_file(prompts=[{"name": "x", "text": "x" * 20_001}]), "too long"),
        (a_file(prompts=[{"name": {}, "text": "x"}]), "wrong type"),
        (a_file(prompts=[{"name": "x", "text": "x", "updated_at": "soon"}]), "valid time"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_of_it_is_stored(alice, file, why):
    assert why in page_text(import_json(alice, file))
    assert not alice.user.presets.exists()
    assert not alice.user.prompts.exists()


@pytest.mark.database
def test_odd_values_are_made_storable(alice):
    preset = {"name": "a\0 \ud800\nb" + "x" * 100, "model": "m" * 300, "settings": {"seed": "x", "prefill": "Well,"}}
    prompts = [{"name": "", "text": "\0\ud800"}, {"name": "Blank", "text": " \n"}]
    import_json(alice, a_file(presets=[preset], prompts=prompts))

    assert presets_of(alice) == [("a ? b" + "x" * 55, "m" * 200, {}, False)]
    assert [prompt[:2] for prompt in prompts_of(alice)] == [("Prompt", "?")]
    for address in ("/presets/", "/prompts/", "/prompts/?menu=1"):
        assert alice.client.get(address).status_code == 200
