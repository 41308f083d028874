"""Audio, Office documents, and images at addresses in a chat; what is known by its content, and what by its name."""

import base64

import pytest

from chat.files.image_addresses import image_address, name_in
from chat.files.kinds import AAC, FLAC, M4A, MP3, OFFICE, OGG, PDF, WAV, kind_of
from chat.models import Attachment, Conversation, File, Image, MessageFile
from tests.django_client import image_file
from tests.files import samples
from tests.files.conftest import pdf_upload, sent_message, upload

HEARS = "google/gemini-3.7-flash"
DEAF = "anthropic/claude-haiku-4.5"
BLIND = "meta-llama/llama-3.3-70b-instruct"
ADDRESS = "https://example.org/pictures/cat%20one.png?size=2"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (samples.pdf("x"), PDF),
        (b"\n\n%PDF-1.7", PDF),
        (samples.word("x"), OFFICE),
        (samples.wav(), WAV),
        (samples.mp3(), MP3),
        (b"ID3\4\0\0", MP3),
        (b"OggS\0", OGG),
        (b"fLaC\0", FLAC),
        (b"\xff\xf1\x50\x80", AAC),
        (b"\0\0\0\x20ftypM4A \0\0\0\0", M4A),
        (b"\0\0\0\x20ftypisom\0\0\0\0....soun", M4A),
        (b"\0\0\0\x20ftypisom\0\0\0\0....soun..vide", None),
        (b"\0\0\0\x20ftypheic\0\0\0\0", None),
        (b"RIFF\0\0\0\0WEBP", None),
        (b"\xff\xd8\xff\xe0", None),
        ("Grüße, \ufeffÿû".encode("utf-16"), None),
        (b"He wrote %PDF-1.7", None),
        (b"", None),
    ],
)
def test_a_file_is_what_its_bytes_say(content, kind):
    assert kind_of(content) == kind


class TestAudio:
    def test_a_model_that_hears_gets_it(self, signed_in, standin):
        signed_in.asks("What is said?", images=[upload(samples.mp3(), "voice.mp3")], model=HEARS)
        text, audio = sent_message(standin)["content"]

        assert text["type"] == "text"
        assert audio["type"] == "input_audio"
        assert audio["input_audio"]["format"] == "mp3"
        assert base64.b64decode(audio["input_audio"]["data"]) == samples.mp3()

    def test_another_says_so_before_anything_is_sent(self, signed_in, standin):
        sent = upload(samples.wav(), "voice.wav", "audio/wav")
        response = signed_in.sends_with_htmx("What is said?", images=[sent], model=DEAF)

        assert response.status_code == 422
        sentence = "Claude Haiku 4.5 doesn&#x27;t accept audio. Choose another model or remove the audio file."
        assert response.content.decode() == sentence
        assert not standin.chat_requests

    def test_a_later_model_without_audio_gets_a_note(self, signed_in, standin):
        signed_in.asks("What is said?", images=[upload(samples.wav(), "voice.wav")], model=HEARS)
        signed_in.asks("And now?", chat=Conversation.objects.get(), model=DEAF)

        assert sent_message(standin, -3)["content"] == "What is said?\n\n[not included: voice.wav]"

    @pytest.mark.parametrize(("content", "api"), [(samples.mp3(), "responses"), (b"OggS\0", "chat/completions")])
    def test_what_the_responses_api_does_not_take_goes_by_the_other_one(self, signed_in, standin, content, api):
        signed_in.asks("Hello", model=HEARS)
        Conversation.objects.update(settings={"transport": "responses"})
        page = signed_in.asks("What?", chat=Conversation.objects.get(), images=[upload(content, "a.x")], model=HEARS)

        assert page.answer["data-state"] == "complete"
        assert standin.requests[-1].path == f"/api/v1/{api}"

    def test_the_page_plays_it_in_parts(self, signed_in):
        signed_in.asks("What is said?", images=[upload(samples.wav(), "voice.wav")], model=HEARS)
        page, file = signed_in.looks_at(Conversation.objects.get()), File.objects.get()
        player = page.one(".files audio")
        assert (player["src"], player.has_attr("controls")) == (file.url, True)

        part = signed_in.client.get(file.url, headers={"Range": "bytes=8-11"})
        assert (part.status_code, part.content) == (206, b"WAVE")
        assert part.headers["Content-Range"] == f"bytes 8-11/{file.size_bytes}"
        assert part.headers["Content-Type"] == "audio/wav"
        rest = signed_in.client.get(file.url, headers={"Range": f"bytes={file.size_bytes - 2}-"})
        assert (rest.status_code, len(rest.content)) == (206, 2)
        beyond = signed_in.client.get(file.url, headers={"Range": f"bytes={file.size_bytes}-"})
        assert beyond.status_code == 416
        whole = signed_in.client.get(file.url, headers={"Range": "lines=1-2"})
        assert (whole.status_code, b"".join(whole.streaming_content)) == (200, samples.wav())

    def test_pages_may_load_it_and_nothing_of_others(self, signed_in):
        assert "media-src 'self'" in signed_in.client.get("/").headers["Content-Security-Policy"]


class TestOffice:
    @pytest.mark.parametrize(
        ("content", "name", "text"),
        [
            (samples.word("Dear all"), "letter.docx", "## A heading\nDear all"),
            (samples.spreadsheet(["Tea", 2]), "list.xlsx", "# Sales\nTea,2"),
            (samples.slides("Plan"), "talk.pptx", "# 1\nPlan\nSay more of Plan"),
            (b"Tea,2\r\nCake,3\r\n", "list.csv", "Tea,2\nCake,3\n"),
        ],
    )
    def test_its_text_becomes_an_attachment(self, signed_in, standin, content, name, text):
        signed_in.asks("Read", images=[upload(content, name)], model=BLIND)

        attachment = Attachment.objects.get()
        assert (attachment.name, attachment.text) == (name, text)
        assert sent_message(standin)["content"] == f'Read\n\n<attachment name="{name}">\n{text}\n</attachment>'
        assert not File.objects.exists()

    def test_a_script_gets_its_text(self, signed_in):
        described = signed_in.uploads(upload(samples.word("Dear all"), "letter.docx"))
        assert described.status_code == 201
        assert described.json() == {"name": "letter.docx", "text": "## A heading\nDear all"}


class TestAddresses:
    def test_only_the_provider_fetches_it(self, signed_in, standin):
        page = signed_in.asks("What is it?", image_address=ADDRESS, model=DEAF)

        assert sent_message(standin)["content"][1] == {"type": "image_url", "image_url": {"url": ADDRESS}}
        card = page.one('article[data-role="user"] .files > li')
        assert " ".join(card.select_one(".size").get_text().split()) == "image from example.org"
        assert card.select_one(".name").get_text() == "cat one.png"
        assert ADDRESS not in page.html
        assert not card.select("img, a")
        assert not Image.objects.exists()

    def test_it_is_resent_until_it_is_switched_off(self, signed_in, standin):
        signed_in.asks("What is it?", image_address=ADDRESS, model=DEAF)
        chat = Conversation.objects.get()
        signed_in.asks("Sure?", chat=chat, model=DEAF)
        assert sent_message(standin, -3)["content"][1]["image_url"]["url"] == ADDRESS

        message = MessageFile.objects.get().message_id
        signed_in.client.post(f"/messages/{message}/files/0/", {"along": "no"})
        signed_in.asks("Sure?", chat=chat, model=DEAF)
        assert sent_message(standin, -5)["content"] == "What is it?\n\n[not included: cat one.png]"

    def test_a_model_without_eyes_says_so(self, signed_in):
        response = signed_in.sends_with_htmx("What is it?", image_address=ADDRESS, model=BLIND)
        assert "doesn&#x27;t accept images" in response.content.decode()

    @pytest.mark.parametrize(
        "address",
        [
            "ftp://example.org/a.png",
            "javascript:alert(1)",
            "data:image/png;base64,AAAA",
            "https://",
            "https://user:secret@example.org/a.png",
            "https://user@example.org/a.png",
            "https://example.org/a b.png",
            "https://example.org/a\nb.png",
            "https://example.org/\u202egnp.a",
            "https://[bad/a.png",
            "https://example.org:port/a.png",
            "//example.org/a.png",
            f"https://example.org/{'a' * 2000}",
        ],
    )
    def test_what_is_no_address_of_an_image_is_refused(self, signed_in, address):
        assert image_address(address) is None
        response = signed_in.sends("My words", image_address=address, model=DEAF)

        assert response.status_code == 422
        page = response.content.decode()
        assert "an image address" in page
        assert "My words" in page

    @pytest.mark.parametrize(
        ("address", "name"),
        [(ADDRESS, "cat one.png"), ("https://example.org", "example.org"), ("http://[::1]:8/x/", "x")],
    )
    def test_its_name_is_in_it(self, address, name):
        assert image_address(f" {address}\n") == address
        assert name_in(address) == name


def test_all_kinds_in_one_message_without_a_script(signed_in, standin):
    files = [image_file(), pdf_upload(), upload(samples.wav(), "a.wav"), upload(samples.word("x"), "a.docx")]
    assert signed_in.sends("All", images=files, image_address=["", ADDRESS], model=HEARS).status_code == 302
    signed_in.follows(signed_in.latest_reply())

    kinds = [part["type"] for part in sent_message(standin)["content"]]
    assert kinds == ["text", "image_url", "image_url", "file", "input_audio"]
