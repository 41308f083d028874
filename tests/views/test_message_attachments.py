"""POST /chats/ and /chats/<id>/messages/: images, and texts and files that are attached."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from chat.models import Attachment, Conversation, Image, Message, Reply
from tests.django_client import Page, image_file


@pytest.fixture(autouse=True)
def _signed_in(alice):
    alice.signs_in()


class TestImages:
    def test_they_are_stored_once_and_sent_after_the_text(self, alice):
        alice.asks("Look", images=[image_file(), image_file(name="again.png"), image_file(colour="blue")])

        assert Image.objects.count() == 2
        (request,) = alice.standin.chat_requests
        parts = request.body["messages"][-1]["content"]
        assert [part["type"] for part in parts] == ["text", "image_url", "image_url"]
        assert parts[1]["image_url"]["url"].startswith("data:image/png;base64,")

    def test_an_image_alone_is_a_message(self, alice):
        page = alice.asks("", images=[image_file()])

        assert page.state == "complete"
        assert Conversation.objects.get().title == "Image"

    def test_nine_are_too_many(self, alice):
        images = [image_file(size=(10 + number, 10)) for number in range(9)]
        response = alice.sends_with_htmx("Look", images=images)

        assert response.status_code == 422
        assert "8 images" in response.content.decode()

    def test_those_that_were_uploaded_before_are_sent_in_their_order(self, alice):
        ids = [alice.uploads(image_file(colour=colour)).json()["id"] for colour in ("red", "blue", "tan")]
        page = alice.asks("Look", kept=[ids[2], ids[0], ids[2]])

        assert page.state == "complete"
        assert [str(image.id) for image in Message.objects.get(role="user").images] == [ids[2], ids[0]]

    def test_a_missing_one_is_reported_before_anything_is_paid(self, alice):
        ids = [alice.uploads(image_file(colour=colour)).json()["id"] for colour in ("red", "blue")]
        Image.objects.get(pk=ids[0]).delete()
        response = alice.sends_with_htmx("Look", kept=ids)

        assert response.status_code == 422
        assert "no longer available" in response.content.decode()
        assert not Reply.objects.exists()

    @pytest.mark.parametrize("kept", ["somebody else's", "nonsense"])
    def test_what_is_not_ones_own_is_not_there(self, alice, bob, kept):
        bob.signs_in()
        bob.sends_with_htmx("Mine", images=[image_file()])
        response = alice.sends_with_htmx("", kept=kept if kept == "nonsense" else str(Image.objects.get().id))

        assert response.status_code == 422
        assert (
            response.content.decode() == "An image you attached is no longer available. Remove it and attach it again."
        )


class TestAttachments:
    """Long texts that were pasted: fields `attachment` and `attachment_name`, in pairs."""

    def test_they_go_to_the_model_behind_the_text_between_marks_that_say_their_names(self, alice):
        alice.asks("[[say Read]]", attachment=["One\r\nTwo", "Three"], attachment_name=["notes.txt", 'a "b"\n.md'])

        assert [(each.name, each.text) for each in Attachment.objects.all()] == [
            ("notes.txt", "One\nTwo"),
            ("a 'b' .md", "Three"),
        ]
        assert alice.standin.chat_requests[-1].body["messages"][-1]["content"] == (
            '[[say Read]]\n\n<attachment name="notes.txt">\nOne\nTwo\n</attachment>'
            "\n\n<attachment name=\"a 'b' .md\">\nThree\n</attachment>"
        )

    def test_they_are_resent_with_later_messages_before_images(self, alice):
        alice.asks("Look", attachment="A long text", images=[image_file()])
        alice.asks("And?", chat=Conversation.objects.get())

        first = alice.standin.chat_requests[-1].body["messages"][0]["content"]
        assert [part["type"] for part in first] == ["text", "image_url"]
        assert first[0]["text"].startswith("Look\n\n<attachment name=")

    def test_a_file_alone_is_a_message_with_its_name_for_a_title(self, alice):
        page = alice.asks("", attachment="[[say Read]] and more\nof it", attachment_name="notes.txt")

        assert page.text == "Read"
        assert Conversation.objects.get().title == "notes.txt"

    def test_a_pasted_text_alone_is_named_by_its_beginning(self, alice):
        alice.asks("", attachment="[[say Read]] and more\nof it")

        assert Conversation.objects.get().title == "[[say Read]] and more"

    def test_the_message_shows_each_folded_and_of_a_long_one_the_beginning(self, alice):
        page = alice.asks("Look", attachment="<b>" + "x" * 20_000, attachment_name="notes.txt")

        block = page.one('article[data-role="user"] details')
        assert " ".join(block.summary.get_text().split()) == "notes.txt 20,003 characters"
        assert len(block.pre.get_text()) == 10_000
        whole = alice.client.get(block.a["href"])
        assert whole.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert whole.content.decode() == "<b>" + "x" * 20_000

    def test_nobody_else_reads_them(self, alice, bob):
        alice.asks("Look", attachment="Private")
        address = Attachment.objects.get().url

        bob.signs_in()
        assert bob.client.get(address).status_code == 404
        assert alice.client.post(address).status_code == 405
        assert alice.client.get(address[:-2] + "9" * 30 + "/").status_code == 404
        alice.client.post("/signout/")
        assert alice.client.get(address).status_code == 302

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
    def test_text_files_may_come_beside_images(self, alice, encoding):
        notes = SimpleUploadedFile("notes.rs", "Grüße\r\nund".encode(encoding), content_type="application/octet-stream")
        alice.asks("[[say Read]]", images=[notes, image_file()])

        attachment = Attachment.objects.get()
        assert (attachment.name, attachment.text) == ("notes.rs", "Grüße\nund")
        assert Image.objects.count() == 1

    @pytest.mark.parametrize(
        ("name", "content", "said"),
        [
            ("paper.pdf", b"%PDF-1.7", "“paper.pdf” is damaged or incomplete."),
            (
                "tool.exe",
                bytes(range(256)),
                "“tool.exe” wasn't attached. You can attach images, PDFs",
            ),
            (
                "page.png",
                b"<html>",
                "“page.png” isn't a supported image. Use PNG, JPEG, WebP, GIF, AVIF, HEIC, BMP or ICO.",
            ),
            ("empty.txt", b" \n", "“empty.txt” is empty."),
            ("long.txt", b"x" * 400_001, "“long.txt” is too long: a message can have up to 400,000 characters."),
        ],
    )
    def test_other_files_are_refused_and_nothing_else_is_lost(self, alice, name, content, said):
        bad = SimpleUploadedFile(name, content, content_type="application/octet-stream")
        good = SimpleUploadedFile("notes.txt", b"\n<b>", content_type="text/plain")
        response = alice.sends("Look", images=[good, bad], attachment="Pasted", attachment_name="a.md")

        page = Page(response)
        assert response.status_code == 422
        assert page.composer_error.startswith(said)
        names = [field["value"] for field in page.soup.select("[name=attachment_name]")]
        texts = [field.get_text() for field in page.soup.select("[name=attachment]")]
        assert [*zip(names, texts, strict=True)] == [("a.md", "\nPasted"), ("notes.txt", "\n\n<b>")]  # one \n is HTML's

    @pytest.mark.parametrize(
        ("attached", "said"), [(["x"] * 11, "up to 10 text attachments"), (["x" * 250_000, "y" * 250_000], "too long")]
    )
    def test_too_many_or_too_much_is_refused(self, alice, attached, said):
        response = alice.sends_with_htmx("Look", attachment=attached)

        assert response.status_code == 422
        assert said in response.content.decode()
        assert not Attachment.objects.exists()
