"""PDFs in a chat: sent by a plain form, shown, downloaded, sent again, edited, copied, exported and deleted."""

import base64
import json
from decimal import Decimal

import pytest
from django.core.files.storage import default_storage

from chat.conversations.quota import MESSAGE_CHARACTERS, PLACE_CHARACTERS
from chat.models import Conversation, File, Findable, Message, MessageFile, Reply
from chat.search.find import find
from tests.django_client import HTMX, image_file
from tests.files import samples
from tests.files.conftest import pdf_upload, question_of, sent_message, upload

READS_FILES = "anthropic/claude-haiku-4.5"
READS_NO_FILES = "meta-llama/llama-3.3-70b-instruct"


@pytest.fixture
def chat(signed_in) -> Conversation:
    signed_in.asks("What does it say?", images=[pdf_upload("Nebuchadnezzar", "the king")], model=READS_NO_FILES)
    return Conversation.objects.get()


def stored_files() -> list[str]:
    folders = default_storage.listdir("pictures")[0] if default_storage.exists("pictures") else []
    return [name for folder in folders for name in default_storage.listdir(f"pictures/{folder}")[1]]


class TestSending:
    def test_a_model_gets_the_file_after_the_text(self, signed_in, standin, chat):
        text, file = sent_message(standin)["content"]

        assert text == {"type": "text", "text": "What does it say?"}
        assert file["type"] == "file"
        assert file["file"]["filename"] == "report.pdf"
        head, _, data = file["file"]["file_data"].partition(",")
        assert head == "data:application/pdf;base64"
        assert base64.b64decode(data) == samples.pdf("Nebuchadnezzar", "the king")

    def test_without_a_script_the_form_does_the_same(self, signed_in, standin):
        response = signed_in.sends("Read", images=[pdf_upload(), image_file()], model=READS_FILES)
        assert response.status_code == 302
        signed_in.follows(signed_in.latest_reply())

        assert [part["type"] for part in sent_message(standin)["content"]] == ["text", "image_url", "file"]

    def test_a_file_that_was_uploaded_before_is_named(self, signed_in, standin):
        described = signed_in.uploads(pdf_upload("One", "Two")).json()
        assert described["pages"] == 2
        assert described["type"] == "application/pdf"
        assert described["tokens"] == 2000

        signed_in.asks("Read", kept=[described["id"]], model=READS_FILES)
        assert sent_message(standin)["content"][1]["file"]["filename"] == "report.pdf"

    def test_a_file_alone_is_a_message_and_names_the_chat(self, signed_in):
        signed_in.asks(images=[pdf_upload(name="Rise and fall.pdf")], model=READS_FILES)

        assert Conversation.objects.get().title == "Rise and fall.pdf"

    def test_the_same_file_is_stored_once(self, signed_in, chat):
        signed_in.asks("Again", images=[pdf_upload("Nebuchadnezzar", "the king", name="copy.pdf")], model=READS_FILES)

        assert File.objects.count() == 1
        assert MessageFile.objects.count() == 2
        assert {place.name for place in MessageFile.objects.all()} == {"report.pdf", "copy.pdf"}
        assert len(stored_files()) == 2  # with its first page

    def test_the_name_and_the_declared_type_are_not_trusted(self, signed_in):
        sent = upload(samples.pdf("x"), "photo.png", "image/png")
        described = signed_in.uploads(sent).json()
        assert described["type"] == "application/pdf"

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (
                samples.pdf("x", encrypted=True),
                "“a.pdf” is password-protected. Remove the password and attach it again.",
            ),
            (b"%PDF-1.7 nothing", "“a.pdf” is damaged or incomplete."),
            (b"%PDF-" + b"\0" * 13_000_000, "“a.pdf” is larger than 13 MB."),
            (
                b"\x7fELF\0\1\2",
                "“a.pdf” wasn't attached. You can attach images, PDFs, audio, Office documents and text",
            ),
        ],
        ids=["encrypted", "broken", "large", "no PDF"],
    )
    def test_a_refused_file_loses_nothing(self, signed_in, content, sentence):
        good, bad = pdf_upload("Good"), upload(content, "a.pdf", "application/pdf")
        response = signed_in.sends("My words", images=[good, bad], model=READS_FILES)

        assert response.status_code == 422
        page = response.content.decode()
        assert sentence in page.replace("&#x27;", "'")
        assert "My words" in page
        assert f'name="kept" value="{File.objects.get().id}" checked' in page
        assert Message.objects.count() == 0
        assert signed_in.uploads(upload(content, "a.pdf")).status_code == 422

    def test_files_of_one_message_have_to_fit_into_a_request(self, signed_in):
        large = [samples.pdf("x") + b"\n%" + letter * 7_000_000 for letter in (b"a", b"b")]
        files = [upload(content, f"{number}.pdf") for number, content in enumerate(large)]
        response = signed_in.sends_with_htmx("Read", images=files, model=READS_FILES)

        assert response.status_code == 422
        assert response.content.decode() == "A message can have up to 13 MB of files."

    def test_there_are_at_most_eight_images_and_files(self, signed_in):
        ids = [signed_in.uploads(pdf_upload(f"{number}")).json()["id"] for number in range(8)]
        ids.append(signed_in.uploads(image_file()).json()["id"])
        response = signed_in.sends_with_htmx("Read", kept=ids, model=READS_FILES)

        assert response.content.decode() == "A message can have up to 8 images and files."

    def test_a_file_of_somebody_else_is_missing(self, signed_in, bob):
        id_ = signed_in.uploads(pdf_upload()).json()["id"]
        bob.signs_in()

        assert bob.sends_with_htmx("Read", kept=[id_]).status_code == 422
        assert bob.client.get(f"/files/{id_}/").status_code == 404
        assert bob.client.get(f"/files/{id_}/page/").status_code == 404


class TestTheReader:
    @pytest.mark.parametrize("engine", ["cloudflare-ai", "mistral-ocr", "native"])
    def test_the_setting_goes_with_requests_that_have_a_pdf(self, signed_in, standin, engine):
        signed_in.asks("Hello", model=READS_FILES)
        chat = Conversation.objects.get()
        signed_in.client.post(f"/chats/{chat.id}/settings/", {"pdf_engine": engine})
        signed_in.asks("No file yet", chat=chat, model=READS_FILES)
        assert "plugins" not in standin.chat_requests[-1].body

        signed_in.asks("Read", chat=chat, images=[pdf_upload()], model=READS_FILES)
        assert standin.chat_requests[-1].body["plugins"] == [{"id": "file-parser", "pdf": {"engine": engine}}]

    def test_a_model_that_reads_no_files_is_not_asked_to(self, signed_in, standin):
        signed_in.asks("Hello", model=READS_NO_FILES)
        chat = Conversation.objects.get()
        signed_in.client.post(f"/chats/{chat.id}/settings/", {"pdf_engine": "native"})
        signed_in.asks("Read", chat=chat, images=[pdf_upload()], model=READS_NO_FILES)

        assert "plugins" not in standin.chat_requests[-1].body

    def test_what_was_read_goes_back_so_that_it_is_paid_once(self, signed_in, standin, chat):
        first = Reply.objects.get()
        assert (first.cost or 0) > 2 * Decimal("0.002")  # two pages by OCR
        (annotation,) = json.loads(first.file_annotations or "")
        assert annotation["file"]["name"] == "report.pdf"

        signed_in.asks("And then?", chat=chat, model=READS_NO_FILES)
        assert sent_message(standin, -2)["annotations"] == [annotation]
        assert sent_message(standin, -3)["content"][1]["file"]["filename"] == "report.pdf"
        second = Reply.objects.latest("asked_at")
        assert 0 < (second.cost or 0) < Decimal("0.002")
        assert second.file_annotations is None

    def test_nothing_comes_back_and_it_is_read_again(self, signed_in, standin):
        standin.answers("[[files none]]")
        signed_in.asks("Read", images=[pdf_upload()], model=READS_NO_FILES)
        chat = Conversation.objects.get()
        assert Reply.objects.get().file_annotations is None

        signed_in.asks("And then?", chat=chat, model=READS_NO_FILES)
        assert "annotations" not in sent_message(standin, -2)

    def test_with_tools_it_is_read_once_for_all_requests(self, signed_in, standin):
        signed_in.asks("[[say Hello]]", model=READS_NO_FILES)
        chat = Conversation.objects.get()
        Conversation.objects.update(settings={"tools": ["calculator"]})
        signed_in.asks("[[call calculator rounds=2]]", chat=chat, images=[pdf_upload()], model=READS_NO_FILES)

        reply = Reply.objects.latest("asked_at")
        assert Decimal("0.002") < (reply.cost or 0) < 2 * Decimal("0.002")  # one page, once
        called = [message for message in standin.chat_requests[-1].body["messages"] if message.get("tool_calls")]
        assert [len(message.get("annotations", [])) for message in called] == [1, 0]

    def test_what_comes_twice_is_stored_once(self, signed_in, standin):
        signed_in.asks("[[files twice]]", images=[pdf_upload()], model=READS_NO_FILES)

        assert len(json.loads(Reply.objects.get().file_annotations or "")) == 1

    def test_a_file_that_is_not_resent_leaves_out_its_text_too(self, signed_in, standin, chat):
        question = question_of(chat)
        signed_in.client.post(f"/messages/{question.id}/files/0/", {"along": "no"})
        signed_in.asks("And then?", chat=chat, model=READS_NO_FILES)

        assert sent_message(standin, -3)["content"] == "What does it say?\n\n[not included: report.pdf]"
        assert "annotations" not in sent_message(standin, -2)


class TestThePage:
    def test_it_shows_the_file(self, signed_in, chat):
        card = signed_in.looks_at(chat).one('article[data-role="user"] .files > li')
        file = File.objects.get()

        assert card.select_one("a.name")["href"] == f"/files/{file.id}/"
        assert card.select_one("a.name").get_text() == "report.pdf"
        assert " ".join(card.select_one(".size").get_text().split()).startswith("2 pages · 1")
        assert card.select_one("img")["src"] == f"/files/{file.id}/page/"

    def test_it_is_downloaded_and_never_shown(self, signed_in, chat):
        file = File.objects.get()
        response = signed_in.client.get(file.url)

        assert b"".join(response.streaming_content) == samples.pdf("Nebuchadnezzar", "the king")
        assert response.headers["Content-Disposition"] == 'attachment; filename="report.pdf"'
        assert response.headers["Content-Type"] == "application/pdf"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        page = signed_in.client.get(file.thumbnail_url)
        assert page.headers["Content-Type"] == "image/jpeg"
        assert b"".join(page.streaming_content)[:3] == b"\xff\xd8\xff"

    def test_a_lost_file_is_a_404_and_the_chat_goes_on(self, signed_in, standin, chat):
        default_storage.delete(str(File.objects.get().file.name))
        assert signed_in.client.get(File.objects.get().url).status_code == 404

        signed_in.asks("And then?", chat=chat, model=READS_NO_FILES)
        assert sent_message(standin, -3)["content"][1]["text"] == "[a file that is no longer available]"

    def test_the_line_above_the_field_counts_it_and_switches_it(self, signed_in, chat):
        def line(page):
            return " ".join(page.one(".earlier").get_text().split())

        page = signed_in.looks_at(chat)
        assert line(page) == "1 earlier file will be resent Don't resend"
        button = page.one(".files button.along")
        response = signed_in.client.post(button["formaction"], {"along": "no"}, headers=HTMX)
        assert "Not included" in response.content.decode()
        assert not signed_in.looks_at(chat).soup.select(".earlier")

        all_ = signed_in.client.post(f"/chats/{chat.id}/pictures/", {"along": "yes"}, headers=HTMX).content.decode()
        assert "1 earlier file will be resent" in " ".join(all_.split())
        assert f'hx-target="#file-along-{question_of(chat).id}-0"' in all_
        assert MessageFile.objects.get().is_sent_along

    def test_the_shown_request_has_its_size_in_place_of_the_file(self, signed_in, chat):
        reply = Reply.objects.get()
        shown = signed_in.client.get(f"/replies/{reply.id}/request/?text=1").content.decode()

        assert '"filename": "report.pdf"' in shown
        assert "data:application/pdf;base64,[" in shown


@pytest.mark.database
class TestSearch:
    def test_words_in_the_file_and_its_name_are_found(self, signed_in, chat):
        for words in ("nebuchadnezzar", "report.pdf", "does king"):
            (found,) = find(signed_in.user.pk, words).chats
            assert found.conversation == chat
            assert found.hits[0].message == question_of(chat)

    def test_words_of_a_deleted_file_are_not(self, signed_in, chat):
        signed_in.client.post(f"/messages/{question_of(chat).id}/deletion/")
        assert not find(signed_in.user.pk, "nebuchadnezzar").chats
        assert "Nebuchadnezzar" not in str(list(Findable.objects.values_list("text", flat=True)))


class TestWhatBecomesOfIt:
    @pytest.mark.database
    def test_an_edited_question_keeps_it(self, signed_in, standin, chat):
        question = question_of(chat)
        signed_in.client.post(f"/messages/{question.id}/edit/", {"text": "In short?", "then": "ask"})
        signed_in.follows(signed_in.latest_reply())

        assert sent_message(standin)["content"][1]["file"]["filename"] == "report.pdf"
        assert MessageFile.objects.count() == 2
        assert chat.messages.count() == 4

    def test_a_question_with_a_file_can_lose_its_words(self, signed_in, chat):
        question = question_of(chat)
        signed_in.client.post(f"/messages/{question.id}/edit/", {"text": "", "then": "save"})
        question.refresh_from_db()
        assert question.text == ""

    def test_another_answer_gets_it_again(self, signed_in, standin, chat):
        signed_in.client.post(f"/replies/{Reply.objects.get().id}/retry/", {"model": READS_FILES})
        signed_in.follows(signed_in.latest_reply())
        assert sent_message(standin)["content"][1]["type"] == "file"

    @pytest.mark.database
    def test_a_branch_has_it_and_what_was_read(self, signed_in, standin, chat):
        answer = chat.messages.get(role="assistant")
        signed_in.client.post(f"/messages/{answer.id}/fork/")
        branch = Conversation.objects.exclude(pk=chat.pk).get()
        assert File.objects.count() == 1

        signed_in.asks("And then?", chat=branch, model=READS_NO_FILES)
        assert sent_message(standin, -3)["content"][1]["file"]["filename"] == "report.pdf"
        assert sent_message(standin, -2)["annotations"][0]["file"]["name"] == "report.pdf"

    @pytest.mark.database
    def test_a_deleted_message_takes_it_with_all_that_was_read(self, signed_in, chat):
        signed_in.client.post(f"/messages/{question_of(chat).id}/deletion/")

        assert File.objects.count() == 0
        assert stored_files() == []
        assert Reply.objects.get().file_annotations is None

    @pytest.mark.database
    def test_a_file_that_another_message_has_stays(self, signed_in, chat):
        answer = chat.messages.get(role="assistant")
        signed_in.client.post(f"/messages/{answer.id}/fork/")
        signed_in.client.post(f"/messages/{question_of(chat).id}/deletion/")

        assert File.objects.count() == 1
        assert len(stored_files()) == 2

    @pytest.mark.database
    def test_a_deleted_account_takes_it(self, signed_in, chat):
        signed_in.client.post("/account/deletion/", {"sure": "yes"}).close()
        assert File.objects.count() == 0
        assert stored_files() == []

    @pytest.mark.database
    def test_text_in_it_counts_for_the_space_of_its_person(self, signed_in, chat):
        chat.refresh_from_db()
        characters = len("What does it say?") + len(Reply.objects.get().message.text)
        counted = chat.text_characters - characters - len(Reply.objects.get().file_annotations or "")
        assert counted - 3 * MESSAGE_CHARACTERS - PLACE_CHARACTERS == len("Nebuchadnezzar\nthe king")
