"""Stored keys: encrypted, bound to their owner, and rotated while the site runs."""

import uuid

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command

from chat.models import StoredKey, encryption
from chat.openrouter import ApiKey

KEY = ApiKey("sk-or-v1-" + "0" * 64)


def test_only_its_owner_opens_it():
    owner = uuid.uuid4()
    token = encryption.encrypt(KEY, owner=owner)

    assert encryption.decrypt(token, owner=owner) == KEY
    with pytest.raises(encryption.KeyUnreadable):
        encryption.decrypt(token, owner=uuid.uuid4())


def test_the_first_key_encrypts_and_all_decrypt(settings):
    owner = uuid.uuid4()
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [old]
    token = encryption.encrypt(KEY, owner=owner)
    settings.ENCRYPTION_KEYS = [new, old]

    assert encryption.decrypt(token, owner=owner) == KEY
    rotated = encryption.rotate(token)
    settings.ENCRYPTION_KEYS = [new]
    assert encryption.decrypt(rotated, owner=owner) == KEY
    with pytest.raises(encryption.KeyUnreadable):
        encryption.decrypt(token, owner=owner)


class TestRotateKeys:
    def test_afterwards_the_new_key_alone_opens_everything(self, alice, bob, settings, capsys):
        alice.signs_in()
        bob.signs_in()
        new = Fernet.generate_key().decode()
        settings.ENCRYPTION_KEYS = [new, *settings.ENCRYPTION_KEYS]
        call_command("rotate_keys")
        settings.ENCRYPTION_KEYS = [new]

        assert capsys.readouterr().out == "2 keys re-encrypted.\n"
        assert {stored.reveal() is not None for stored in StoredKey.objects.all()} == {True}
        assert alice.asks("[[say Hello]]").text == "Hello"

    def test_a_key_that_nothing_opens_is_counted_and_left(self, alice, settings, capsys):
        alice.signs_in()
        settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
        call_command("rotate_keys")

        captured = capsys.readouterr()
        assert captured.out == "0 keys re-encrypted.\n"
        assert captured.err.startswith("1 keys cannot be decrypted")


def test_who_lost_their_encryption_key_signs_in_again(alice, settings):
    alice.signs_in()
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    page = alice.asks("Hello?")

    assert page.error == "OpenRouter no longer accepts your key."
    assert page.action("Sign in again") == "/signin/"
    assert not alice.standin.chat_requests
    alice.signs_in()
    assert alice.asks("[[say Hello]]").text == "Hello"
