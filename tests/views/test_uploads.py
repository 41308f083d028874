"""POST /images/: an image is uploaded as soon as it is chosen, and waits for its message."""

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from chat.conversations.delete_message import delete_message
from chat.conversations.fork import fork
from chat.deletion.conversations import purge
from chat.images import storage
from chat.images.processing import ImageRefused
from chat.images.storage import lock_images, remove_unsent, remove_unused
from chat.models import Conversation, Image, Message
from chat.new_replies.edit import ask_edited
from chat.views import images as view
from tests.django_client import image_file


@pytest.fixture(autouse=True)
def _signed_in(alice):
    alice.signs_in()


@pytest.fixture
def image(alice) -> Image:
    return Image.objects.get(pk=alice.uploads(image_file()).json()["id"])


def grows_old(*images: Image, days: float = 1.01) -> None:
    ids = [image.pk for image in images]
    Image.objects.filter(pk__in=ids).update(created_at=timezone.now() - timedelta(days=days))


def goes_for_good(chat: Conversation) -> None:
    chats = Conversation.with_deleted.filter(pk=chat.pk)
    chats.update(deleted_at=timezone.now() - timedelta(days=1))
    purge(chats)


def refusal(response) -> str:
    assert response.status_code == 422
    return response.json()["error"]


class TestUploading:
    def test_it_answers_with_what_a_chip_shows(self, alice):
        response = alice.uploads(image_file(size=(3000, 30)))

        image = Image.objects.get()
        assert response.status_code == 201
        assert response.json() == {
            "id": str(image.id),
            "url": f"/images/{image.id}/",
            "width": 2048,
            "height": 20,
            "size_bytes": image.file.size,
        }
        assert image.user == alice.user

    def test_one_that_models_may_see_too_small_comes_with_a_warning(self, alice):
        long = alice.uploads(image_file(size=(1080, 14_000))).json()
        assert (long["width"], long["height"]) == (617, 8000)
        assert "too small for models to read" in long["warning"]
        assert "warning" not in alice.uploads(image_file(size=(1080, 2400))).json()

        page = alice.asks("What does it say?", images=[image_file(size=(1080, 14_000)), image_file()])
        assert "too small for models to read" in page.one(".pictures .hard-to-read").get_text()

    @pytest.mark.database
    def test_the_same_image_twice_is_one(self, alice, image):
        assert alice.uploads(image_file(name="again.png")).json()["id"] == str(image.id)
        assert Image.objects.count() == 1

    def test_a_bad_one_gets_the_sentence_that_a_form_gets(self, alice):
        page = SimpleUploadedFile("page.png", b"<html>", content_type="image/png")

        assert refusal(alice.uploads(page)).startswith("“page.png” isn't a supported image. Use PNG, JPEG,")
        assert not Image.objects.exists()

    def test_a_huge_one_is_refused(self, alice):
        huge = SimpleUploadedFile("huge.png", bytes(20_000_001), content_type="image/png")

        assert refusal(alice.uploads(huge)) == "“huge.png” is larger than 20 MB."

    @pytest.mark.parametrize("files", [[], [image_file(), image_file(name="second.png")]], ids=["none", "two"])
    def test_it_takes_one_at_a_time(self, alice, files):
        assert refusal(alice.uploads(*files)) == "Upload one image at a time."

    def test_whoever_is_signed_out_learns_it(self, alice):
        alice.client.post("/signout/")
        response = alice.uploads(image_file())

        assert response.status_code == 401
        assert "signed out" in response.json()["error"]

    def test_it_refuses_other_methods_and_missing_tokens(self, alice):
        assert alice.client.get("/images/").status_code == 405
        strict = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
        strict.cookies = alice.client.cookies
        assert strict.post("/images/", {"images": image_file()}).status_code == 403
        assert not Image.objects.exists()


@pytest.mark.database
class TestHowManyWait:
    def test_there_is_a_limit_to_their_number(self, alice, image, monkeypatch):
        monkeypatch.setattr(storage, "MAX_UNSENT", 1)

        assert "too many unsent images" in refusal(alice.uploads(image_file(colour="blue")))

    def test_there_is_a_limit_to_their_bytes(self, alice, image, monkeypatch):
        monkeypatch.setattr(storage, "MAX_UNSENT_BYTES", image.size_bytes)

        assert "too many unsent images" in refusal(alice.uploads(image_file(colour="blue")))

    def test_the_form_without_a_script_has_the_same(self, alice, image, monkeypatch):
        monkeypatch.setattr(storage, "MAX_UNSENT", 1)

        assert "too many unsent images" in alice.sends("Look", images=[image_file(colour="blue")]).content.decode()

    def test_those_in_messages_and_other_peoples_do_not_count(self, alice, bob, image, monkeypatch):
        alice.sends("Look", kept=str(image.id))
        bob.signs_in()
        bob.uploads(image_file())
        monkeypatch.setattr(storage, "MAX_UNSENT", 1)

        assert alice.uploads(image_file(colour="blue")).status_code == 201

    def test_older_ones_are_removed_for_newer_ones(self, alice, image, monkeypatch):
        monkeypatch.setattr(storage, "MAX_UNSENT", 1)
        grows_old(image, days=0.1)

        assert alice.uploads(image_file(colour="blue")).status_code == 201
        assert not Image.objects.filter(pk=image.pk).exists()


@pytest.mark.database
class TestForgottenOnes:
    def test_they_are_removed_after_a_day_by_whoever_uploads(self, alice, bob, image, monkeypatch):
        monkeypatch.setattr(view, "_swept_at", float("-inf"))
        younger = alice.uploads(image_file(colour="blue")).json()["id"]
        grows_old(image)
        grows_old(Image.objects.get(pk=younger), days=0.99)
        monkeypatch.setattr(view, "_swept_at", float("-inf"))
        bob.signs_in()
        bob.uploads(image_file())

        assert not default_storage.exists(image.file.name)
        assert [str(each.pk) for each in Image.objects.filter(user=alice.user)] == [younger]

    def test_what_a_message_shows_stays(self, alice, image):
        alice.sends("Look", kept=str(image.id))
        grows_old(image)
        remove_unsent()
        remove_unused(alice.user.id, among=[image.id])

        assert default_storage.exists(image.file.name)

    def test_an_image_that_is_uploaded_again_waits_again(self, alice, image):
        grows_old(image)
        alice.uploads(image_file())
        remove_unsent()

        assert Image.objects.filter(pk=image.pk).exists()

    def test_a_file_that_was_lost_is_written_again(self, alice, image):
        default_storage.delete(image.file.name)
        alice.uploads(image_file())

        assert default_storage.exists(image.file.name)

    def test_a_chat_that_goes_leaves_those_that_another_shows(self, alice, image):
        alice.sends("One", kept=str(image.id))
        first = Conversation.objects.get()
        alice.sends("Two", kept=str(image.id))
        goes_for_good(first)
        assert default_storage.exists(image.file.name)

        goes_for_good(Conversation.objects.get())
        assert not default_storage.exists(image.file.name)

    def test_what_only_a_deleted_chat_shows_can_be_uploaded_again(self, alice, image):
        alice.sends("One", kept=str(image.id))
        alice.client.post(f"/chats/{Conversation.objects.get().id}/deletion/")

        assert alice.sends("Two", kept=alice.uploads(image_file()).json()["id"]).status_code == 302


@pytest.mark.database
class TestTheRace:
    """Between a message that shows an old image, and who removes it."""

    def test_a_image_that_is_being_sent_is_not_removed(self, alice, image):
        grows_old(image)
        chat = Conversation.objects.create(user=alice.user, title="Chat", model="some/model")
        sweep = threading.Thread(target=in_a_connection_of_its_own, args=[remove_unsent])
        with transaction.atomic():
            lock_images([image])
            sweep.start()
            if connection.vendor != "sqlite":  # there it waits for its turn
                sweep.join(10)
                assert not sweep.is_alive(), "it need not wait for what it will not remove"
            message = chat.messages.create(role="user", text="Look")
            message.images_in_order.create(image=image, position=0)
        sweep.join(30)

        assert Image.objects.filter(pk=image.pk).exists()
        assert default_storage.exists(image.file.name)

    @pytest.mark.parametrize("copies", [fork, partial(ask_edited, text="Look", model="some/model")])
    def test_a_image_that_is_being_copied_is_not_removed(self, alice, image, copies):
        alice.asks("Look", kept=str(image.id))
        question = Message.objects.get(role="user")
        eraser = threading.Thread(target=in_a_connection_of_its_own, args=[partial(delete_message, question)])

        def meanwhile(execute, sql, *args):
            if sql.startswith('INSERT INTO "chat_messagepicture"'):
                eraser.start()
                if connection.vendor != "sqlite":  # there it waits for its turn
                    eraser.join(0.5)
            return execute(sql, *args)

        with connection.execute_wrapper(meanwhile):
            copies(question)
        eraser.join(30)

        assert Message.objects.get(deleted_at=None, role="user").images == [image]
        assert default_storage.exists(image.file.name)

    def test_one_that_was_removed_is_not_sent(self, image):
        image_of_a_moment_ago = Image.objects.get(pk=image.pk)
        grows_old(image)
        remove_unsent()

        with transaction.atomic(), pytest.raises(ImageRefused, match="no longer available"):
            lock_images([image_of_a_moment_ago])


def in_a_connection_of_its_own(function) -> None:
    try:
        function()
    finally:
        connection.close()
