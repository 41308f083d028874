"""A process may die at any moment of the deletion of an account: the next one removes what is left of it."""

import pytest
from django.core.files.storage import default_storage

from chat.deletion import accounts, conversations
from chat.images import storage
from tests.django_client import image_file


class Dies(BaseException):
    """What no code of the site handles."""


@pytest.fixture
def folders(alice, bob, settings):
    """Of Alice and of Bob, with an image each."""
    for person in (alice, bob):
        person.signs_in()
        person.uploads(image_file())
    return [settings.MEDIA_ROOT / "pictures" / str(person.user.pk) for person in (alice, bob)]


def die(*args: object) -> None:
    raise Dies


def test_files_go_whose_owner_was_deleted_by_a_process_that_died(alice, folders, monkeypatch):
    monkeypatch.setattr(accounts, "remove_folder_of", die)
    with pytest.raises(Dies):
        accounts.delete_account(alice.user)
    assert list(folders[0].glob("*.png"))

    conversations.ensure_running()
    alice.standin.wait_for(lambda: not folders[0].exists())
    assert list(folders[1].iterdir())


def test_the_mark_is_removed_last(alice, folders, monkeypatch):
    storage.mark_folder_of(alice.user.pk)
    removed: list[str] = []
    monkeypatch.setattr(default_storage, "delete", removed.append)
    storage.remove_folder_of(alice.user.pk)

    assert [name.endswith(storage.DELETION_MARK) for name in removed] == [False, True, False], "then the folder"


def test_an_account_that_could_not_be_deleted_keeps_its_files(alice, folders, monkeypatch):
    monkeypatch.setattr(accounts, "_delete_user", die)
    with pytest.raises(Dies):
        accounts.delete_account(alice.user)

    storage.remove_orphaned_folders()
    assert folders[0].exists()
