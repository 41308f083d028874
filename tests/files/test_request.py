"""Files in a request: valid by OpenRouter's description, within the limits of its size and of what a person spends."""

import json
from decimal import Decimal
from typing import Any

import jsonschema_rs
import pytest

from chat.conversations.files import ReceivedFiles, unread_pages
from chat.files.request_fit import omitted_files
from chat.models import Conversation, File, Reply, User
from chat.openrouter.answer_parts.file_annotations import MAX_CHARACTERS, FileAnnotations, are_file_annotations
from chat.spending.reserve import reserve_for_question
from tests.files import samples
from tests.files.conftest import pdf_upload, upload
from tests.parameters.api_description import openrouters_description

HEARS = "google/gemini-3.7-flash"
READS_FILES = "anthropic/claude-haiku-4.5"
READS_NO_FILES = "meta-llama/llama-3.3-70b-instruct"


def annotation(hash_="abc", text="All of it"):
    return {"type": "file", "file": {"hash": hash_, "name": "a.pdf", "content": [{"type": "text", "text": text}]}}


def test_it_is_valid_by_openrouters_description(signed_in, standin):
    schema = {"$ref": "#/components/schemas/ChatRequest", "components": openrouters_description()["components"]}
    signed_in.asks("Hello", model=HEARS)
    chat = Conversation.objects.get()
    signed_in.client.post(f"/chats/{chat.id}/settings/", {"pdf_engine": "cloudflare-ai"})
    files = [pdf_upload(), upload(samples.wav(), "voice.wav")]
    signed_in.asks("All", chat=chat, images=files, image_address="https://example.org/a.png", model=HEARS)
    signed_in.asks("And?", chat=chat, model=HEARS)

    body = standin.chat_requests[-1].body
    assert [part["type"] for part in body["messages"][2]["content"]] == ["text", "image_url", "file", "input_audio"]
    assert body["messages"][3]["annotations"]
    jsonschema_rs.validator_for(schema).validate(body)


class TestSize:
    def test_older_files_are_left_out_first(self):
        assert omitted_files([5_000_000] * 2) == 0
        assert omitted_files([5_000_000] * 4) == 2
        assert omitted_files([5_000_000] * 4, text_bytes=7_000_000) == 3

    def test_those_of_the_newest_message_stay(self):
        assert omitted_files([5_000_000, 13_000_000], newest=1, text_bytes=3_000_000) == 1
        assert omitted_files([6_000_000] * 3, newest=3) == 0

    def test_the_model_and_the_person_learn_of_them(self, signed_in, standin):
        large = [samples.pdf("x") + b"\n%" + letter * 9_000_000 for letter in (b"a", b"b")]
        signed_in.asks("One", images=[upload(large[0], "one.pdf")], model=READS_FILES)
        chat = Conversation.objects.get()
        page = signed_in.asks("Two", chat=chat, images=[upload(large[1], "two.pdf")], model=READS_FILES)

        first, _answer, second = standin.chat_requests[-1].body["messages"]
        assert first["content"] == "One\n\n[not included: one.pdf]"
        assert second["content"][1]["file"]["filename"] == "two.pdf"
        line = " ".join(page.one(".earlier").get_text().split())
        assert line == "1 earlier file will be resent Don't resend 1 older file doesn't fit and will be left out."


class TestLimits:
    def reserved(self, chat: Conversation, model: str, files: ReceivedFiles) -> Decimal:
        more: dict[str, Any] = {
            "branch": None,
            "texts": ["Hello"],
            "images": 0,
            "running": Decimal(0),
            "over_limit": False,
        }
        (reservation,) = reserve_for_question(chat, {model: 1000}, files=files, web=False, **more)
        return reservation.dollars or Decimal(0)

    @pytest.fixture
    def chat(self, signed_in) -> Conversation:
        User.objects.update(spending_limits={"message": "10"})
        signed_in.asks("Read", images=[pdf_upload("One", "Two", "Three")], model=READS_NO_FILES)
        return Conversation.objects.get()

    def test_pages_for_ocr_are_reserved(self, chat):
        files = ReceivedFiles([File.objects.get()])
        assert self.reserved(chat, READS_NO_FILES, files) > self.reserved(
            chat, READS_NO_FILES, ReceivedFiles()
        ) + 3 * Decimal("0.002")
        without = self.reserved(chat, READS_FILES, ReceivedFiles())
        assert without < self.reserved(chat, READS_FILES, files) < without + 3 * Decimal("0.002")

    def test_pages_that_were_read_are_not_reserved_again(self, chat):
        assert unread_pages(chat) == 0
        Reply.objects.update(file_annotations=None)
        assert unread_pages(chat) == 3

    def test_too_many_pages_are_over_the_limit(self, signed_in, chat):
        User.objects.update(spending_limits={"message": "0.005"})
        response = signed_in.sends_with_htmx("Read", chat=chat, images=[pdf_upload(*"abcde")], model=READS_NO_FILES)

        assert response.status_code == 422
        assert "over your limit of $0.0050 for one message" in response.content.decode()


class TestAnnotations:
    def test_each_file_is_kept_once_and_web_pages_are_not(self):
        found = FileAnnotations()
        found.add([annotation("a"), {"type": "url_citation", "url_citation": {"url": "https://example.org"}}], None)
        found.add([annotation("a"), annotation("b"), {"type": "file"}, {"type": "file", "file": {"hash": 1}}, 7], "x")

        assert json.loads(found.as_json()) == [annotation("a"), annotation("b")]
        assert are_file_annotations(found.as_json())

    @pytest.mark.parametrize("text", ["x" * MAX_CHARACTERS, "\ud800"])
    def test_what_cannot_be_sent_back_is_not_kept(self, text):
        found = FileAnnotations()
        found.add([annotation(text=text)])

        assert found.as_json() == ""
