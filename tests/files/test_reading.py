"""PDFs and Office documents are read in a process of their own, hostile ones too."""

import io
import sys
import threading
import tracemalloc
import zipfile
from contextlib import suppress

import pytest
from django.db import connection
from PIL import Image

from chat.files import reading
from chat.files.reading import LONGEST_TEXT, MOST_PAGES, FileRefused, read_office, read_pdf
from chat.files.storage import store_upload
from tests.files import samples
from tests.files.conftest import upload


def test_the_pages_the_text_and_the_first_page_of_a_pdf():
    found = read_pdf(samples.pdf("The first page", "Nebuchadnezzar"), name="a.pdf")

    assert (found.pages, found.text) == (2, "The first page\nNebuchadnezzar")
    thumbnail = Image.open(io.BytesIO(found.thumbnail))
    assert thumbnail.format == "JPEG"
    assert max(thumbnail.size) == 480
    assert thumbnail.getextrema() != ((255, 255),) * 3  # something is drawn on it


@pytest.mark.parametrize(("broken", "text"), [(0, "Two\nThree"), (1, "One\nThree")])
def test_a_page_that_is_broken_leaves_the_others(broken, text):
    found = read_pdf(samples.with_broken_page(samples.pdf("One", "Two", "Three"), broken), name="a.pdf")

    assert (found.pages, found.text) == (3, text)
    assert bool(found.thumbnail) == (broken != 0)


def test_without_room_for_a_process_files_are_refused(monkeypatch):
    content = samples.pdf("x")
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    with pytest.raises(FileRefused, match="couldn't be read"):
        read_pdf(content, name="a.pdf")


SLOW_READER = """
import pathlib, sys, time
folder, content = pathlib.Path({folder!r}), sys.stdin.buffer.read()
(folder / content.split()[1].decode()).touch()
while b"slow" in content and not (folder / "end").exists():
    time.sleep(0.01)
print('{{"pages": 1, "text": ""}}')
"""


class TestTurns:
    """Several people, whose files are read by a slow program."""

    @pytest.fixture
    def folder(self, tmp_path, monkeypatch):
        """Where the program says what it has begun to read; it ends when there is a file named end."""
        program = tmp_path / "reader.py"
        program.write_text(SLOW_READER.format(folder=str(tmp_path)))
        monkeypatch.setattr(reading, "PROGRAM", program)
        return tmp_path

    @pytest.fixture
    def stores(self, folder):
        """Store a PDF as somebody, in a thread."""
        threads = []

        def store(person, text):
            def run():
                file = upload(f"%PDF-1.4 {text}".encode(), "a.pdf")
                store_upload(file, name="a.pdf", owner=person.user.pk)
                connection.close()

            threads.append(threading.Thread(target=run))
            threads[-1].start()
            return threads[-1]

        yield store
        (folder / "end").touch()
        for thread in threads:
            thread.join()

    def test_files_of_one_person_do_not_keep_another_waiting(self, alice, bob, folder, stores):
        alice.signs_in(), bob.signs_in()
        for number in range(4):
            stores(alice, f"slow{number}")
        alice.standin.wait_for(lambda: list(folder.glob("slow*")))
        quick = stores(bob, "quick")

        alice.standin.wait_for(lambda: not quick.is_alive(), seconds=20)
        assert len(list(folder.glob("slow*"))) == 1

    @pytest.mark.parametrize("content", [samples.pdf("x"), samples.word("x")])
    def test_who_has_no_turn_in_time_is_refused_before_the_file_is_loaded(self, alice, monkeypatch, content):
        alice.signs_in()
        file = upload(content, "a.pdf")
        with reading.reading_turn(alice.user.pk, name="b.pdf"):
            monkeypatch.setattr(reading, "TURN_SECONDS", 0.01)
            with pytest.raises(FileRefused, match=r"“a.pdf” couldn't be read\. Try again"):
                store_upload(file, name="a.pdf", owner=alice.user.pk)

        assert file.tell() == 0


@pytest.mark.parametrize("media_box", ["0 0 1 14400", "0 0 14400 14400", "0 0 0 0", "0 0 1e30 1"])
def test_a_page_of_any_size_has_a_small_thumbnail_or_none(media_box):
    found = read_pdf(samples.pdf("Odd", media_box=media_box), name="a.pdf")

    assert found.pages == 1
    if found.thumbnail:
        assert max(Image.open(io.BytesIO(found.thumbnail)).size) <= 480


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            samples.pdf("Secret", encrypted=True),
            "“a.pdf” is password-protected. Remove the password and attach it again.",
        ),
        (samples.pdf(), "“a.pdf” is damaged or incomplete."),
        (samples.with_broken_page(samples.pdf("One"), 0), "“a.pdf” is damaged or incomplete."),
        (b"%PDF-1.4\nnothing of the kind", "“a.pdf” is damaged or incomplete."),
        (
            samples.pdf(*["x"] * (MOST_PAGES + 1)),
            "“a.pdf” has 1,001 pages. The limit is 1,000.",
        ),
    ],
    ids=["encrypted", "empty", "without a sound page", "broken", "long"],
)
def test_a_sentence_says_why_a_pdf_is_not_accepted(content, sentence):
    with pytest.raises(FileRefused) as refusal:
        read_pdf(content, name="a.pdf")
    assert str(refusal.value) == sentence


def test_a_truncated_pdf_is_read_or_refused():
    whole = samples.pdf(*["Words"] * 5)
    for end in range(0, len(whole), 97):
        with suppress(FileRefused):
            assert 1 <= read_pdf(b"%PDF-" + whole[5:end], name="a.pdf").pages <= 5


def test_text_is_limited():
    page = ") Tj 0 -20 Td (".join(["long words and " * 3] * 35)  # in lines, one below the other
    found = read_pdf(samples.pdf(*[page] * 300), name="a.pdf")

    assert found.pages == 300
    assert len(found.text) == LONGEST_TEXT


def test_the_text_of_a_word_document():
    content = samples.word("Dear all,", "see you.", cells=["Tea", "2, please"])

    assert read_office(content, name="a.docx") == '## A heading\nDear all,\nsee you.\nTea,"2, please"'


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*parts: str) -> str:
    return f"<w:p>{''.join(parts)}</w:p>"


def control(content: str) -> str:
    return f"<w:sdt><w:sdtContent>{content}</w:sdtContent></w:sdt>"


def table(*rows: str) -> str:
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"


def cell(content: str, columns: int = 1) -> str:
    return f'<w:tc><w:tcPr><w:gridSpan w:val="{columns}"/></w:tcPr>{content}<w:p/></w:tc>'


BOX = f"<w:drawing><w:txbxContent>{paragraph(run('In a box'))}</w:txbxContent></w:drawing>"
CHOICE = f"<mc:AlternateContent><mc:Choice>{BOX}</mc:Choice><mc:Fallback>{BOX}</mc:Fallback></mc:AlternateContent>"
DELETED = "<w:del><w:r><w:delText>90</w:delText></w:r></w:del>"
MOVED = f"<w:moveFrom>{run('here')}</w:moveFrom>{run('and ')}<w:moveTo>{run('there')}</w:moveTo>"
TABS = "<w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r>"
NOTES = """<w:{0} w:id="-1" w:type="separator"><w:p><w:r><w:separator/></w:r></w:p></w:{0}>
<w:{0} w:id="1"><w:p><w:r><w:{0}Ref/></w:r><w:r><w:t>Without tax.</w:t></w:r></w:p></w:{0}>"""


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (paragraph(run("For "), DELETED, f"<w:ins>{run('100')}</w:ins>", run(" euros")), "For 100 euros"),
        (paragraph(MOVED), "and there"),
        (control(paragraph(run("Chosen"))) + paragraph(run("Free")), "Chosen\nFree"),
        (paragraph(run("On "), control(run("Monday"))), "On Monday"),
        (
            paragraph(f"<w:hyperlink>{run('See')}</w:hyperlink><w:fldSimple>{run(' page 1')}</w:fldSimple>"),
            "See page 1",
        ),
        (paragraph(run("Around"), f"<w:r>{CHOICE}</w:r>"), "Around\nIn a box"),
        (paragraph("<m:oMath><m:r><m:t>E=m</m:t></m:r></m:oMath>"), "E=m"),
        (paragraph(TABS), "a\tb\nc"),
        (table(cell(paragraph(run("Both")), columns=2)), "Both,"),
        (table(control(cell(paragraph(run("1")))) + cell(table(cell(paragraph(run("2")))))), "1,2"),
    ],
    ids=["inserted", "moved", "controls", "in a control", "links", "box", "formula", "tabs", "wide cell", "tables"],
)
def test_text_of_a_word_document_that_is_inside_something(body, text):
    assert read_office(samples.word_with(body), name="a.docx") == text


@pytest.mark.parametrize(("kind", "mark"), [("footnote", "[^1]"), ("endnote", "[^e1]")])
def test_the_notes_of_a_word_document(kind, mark):
    body = f'<w:p>{run("100 euros")}<w:r><w:{kind}Reference w:id="1"/></w:r></w:p>'
    content = samples.word_with(body, **{f"{kind}s": NOTES.format(kind)})

    assert read_office(content, name="a.docx") == f"100 euros{mark}\n{mark}: Without tax."


def test_a_spreadsheet_that_states_a_wrong_size():
    content = samples.spreadsheet(["Name", "Sum"], ["Tea", 2.5])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    wrong = with_part(content, "xl/worksheets/sheet1.xml", sheet.replace(b'ref="A1:B2"', b'ref="A1"'))

    assert wrong != content
    assert read_office(wrong, name="a.xlsx") == "# Sales\nName,Sum\nTea,2.5"


def test_text_of_slides_that_is_inside_something():
    text = "<p:txBody><a:bodyPr/><a:p><a:r><a:t>{}</a:t></a:r><a:br/><a:r><a:t>more</a:t></a:r></a:p></p:txBody>"
    shapes = (
        f"<p:grpSp><p:sp>{text.format('Grouped')}</p:sp></p:grpSp><mc:AlternateContent><mc:Choice>"
        f"<p:sp>{text.format('New')}</p:sp></mc:Choice><mc:Fallback><p:sp>{text.format('Old')}</p:sp></mc:Fallback>"
        "</mc:AlternateContent><p:graphicFrame><a:tbl><a:tr><a:tc><a:txBody><a:p><a:r><a:t>Cell</a:t></a:r></a:p>"
        "</a:txBody></a:tc></a:tr></a:tbl></p:graphicFrame>"
    )

    assert read_office(samples.slide_with(shapes), name="a.pptx") == "# 1\nGrouped\nmore\nNew\nmore\nCell"


def test_the_rows_of_a_spreadsheet():
    content = samples.spreadsheet(["Name", "Sum"], ["Tea", 2.5], [], ["=1+1", None])

    assert read_office(content, name="a.xlsx") == "# Sales\nName,Sum\nTea,2.5"


def test_the_text_and_the_notes_of_slides():
    content = samples.slides("Plan", "Price")

    assert read_office(content, name="a.pptx") == "# 1\nPlan\nSay more of Plan\n# 2\nPrice\nSay more of Price"


def zipped(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return file.getvalue()


def with_part(document: bytes, name: str, content: bytes) -> bytes:
    """The same document with another content of one part."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, content if entry.filename == name else old.read(entry))
    return file.getvalue()


ENTITIES = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><w>&b;</w>'


@pytest.mark.parametrize(  # functions, because the files take long to make and each test process collects this
    ("make", "sentence"),
    [
        (lambda: zipped(**{"a.txt": b"text"}), "“a.docx” can't be read. Supported Office documents are Word"),
        (lambda: samples.word("x")[:-50], "“a.docx” is damaged or incomplete."),
        (lambda: with_part(samples.word("x"), "word/document.xml", b"\0" * 50_000_000), "is too large when unpacked."),
        (lambda: with_part(samples.word("x"), "word/document.xml", ENTITIES), "“a.docx” is damaged or incomplete."),
        (lambda: with_part(samples.word("x"), "word/document.xml", ENTITIES.decode().encode("utf-16")), "is damaged"),
        (lambda: samples.word("x " * 250_000), "is too long: a message can have up to 400,000 characters."),
        (samples.slides, "“a.docx” contains no text."),
    ],
    ids=["another zip", "truncated", "bomb", "entities", "utf-16", "long", "empty"],
)
def test_a_sentence_says_why_an_office_document_is_not_accepted(make, sentence):
    with pytest.raises(FileRefused, match=r"“a.docx”") as refusal:
        read_office(make(), name="a.docx")
    assert sentence in str(refusal.value)


def test_a_document_that_needs_gigabytes_ends_only_the_process_that_reads_it():
    """20 MB of elements take far more memory than the process may have; this one must not notice."""
    body = b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
    content = with_part(samples.word("x"), "word/document.xml", body + b"<w:p/>" * 6_000_000)
    tracemalloc.start()

    with pytest.raises(FileRefused, match=r"too large when unpacked|damaged"):
        read_office(content, name="a.docx")

    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_limits_agree():
    from chat.files import reader_process
    from chat.forms import send

    assert reader_process.MAX_CHARACTERS == LONGEST_TEXT == send.LONGEST_TEXT
