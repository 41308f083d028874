"""The process that reads PDFs and Office documents. reading.py starts one with `python -I` for each file.

It is a process of its own because a small file can unpack to gigabytes, and the libraries that read such files were not
written for files made to break them. Its CPU time and memory are limited, so it ends soon, and alone.

It reads the file from its input. Its output is a line of JSON: {"fault": reason}, or {"pages": …, "text": …}, or, of an
Office document, {"text": …}. After a PDF's follows a JPEG of its first page in base64, unless that cannot be drawn.
"""

import csv
import io
import json
import resource
import sys
from base64 import b64encode
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any
from zipfile import BadZipFile, ZipFile

CPU_SECONDS = 20
MAX_MEMORY_BYTES = 1 << 30
MAX_CHARACTERS = 400_000  # of text that is read; also the most that a message can have (chat/forms/send.py)
THUMBNAIL_EDGE = 480  # pixels: twice what the page shows, for dense screens
PASSWORD_ERROR = 4  # FPDF_ERR_PASSWORD

# Of a zip, as it states them; the limit of memory is for those that lie.
MAX_UNPACKED_BYTES = 100_000_000
MAX_XML_BYTES = 40_000_000  # of one part: the libraries hold all of its elements in memory
MAX_ENTRIES = 10_000
MAIN_PARTS = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "ppt/presentation.xml": "pptx"}


class Fault(Exception):
    """Why a file is not accepted: a key of SENTENCES in reading.py."""


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it has no business with files
    content = sys.stdin.buffer.read()
    try:
        read_pdf(content) if sys.argv[1] == "pdf" else say({"text": office_text(content)})
    except Fault as fault:
        say({"fault": str(fault)})
    except MemoryError:
        say({"fault": "too_much"})
    except Exception:  # whatever a library thinks of a broken file
        say({"fault": "damaged"})


def say(found: dict[str, Any]) -> None:
    write(json.dumps(found))


def write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


# --- PDF -------------------------------------------------------------------------------------------


def read_pdf(content: bytes) -> None:
    """Say the text first: should drawing the page crash this process, it is out already."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
        pages = len(document)
    except pypdfium2.PdfiumError as error:
        raise Fault("encrypted" if error.err_code == PASSWORD_ERROR else "damaged") from None
    if pages > int(sys.argv[2]):
        return say({"pages": pages, "text": ""})
    texts = pdf_texts(document)
    if (first := next(texts, None)) is None:
        raise Fault("damaged")
    say({"pages": pages, "text": limited(chain([first], texts))})
    write(b64encode(thumbnail(document[0])).decode())


def pdf_texts(document: Any) -> Iterator[str]:
    """The text of each page that loads, once and in order: PDFium misses some after it goes back to a bad one."""
    for number in range(len(document)):
        try:
            page = document[number]
        except RuntimeError:  # others may be sound
            continue
        try:
            yield page.get_textpage().get_text_bounded().replace("\r\n", "\n").replace("\ufffe", "-").strip()
        except RuntimeError:
            yield ""
        finally:
            page.close()


def thumbnail(page: Any) -> bytes:
    width, height = page.get_size()
    image = page.render(scale=THUMBNAIL_EDGE / max(width, height, 1)).to_pil().convert("RGB")
    image.thumbnail((THUMBNAIL_EDGE, THUMBNAIL_EDGE))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=80)
    return file.getvalue()


# --- Office ----------------------------------------------------------------------------------------


def office_text(content: bytes) -> str:
    """Raises Fault "too_long" rather than leave some of it out: a model would answer about half a document."""
    texts = {"docx": docx_texts, "xlsx": xlsx_texts, "pptx": pptx_texts}[office_kind(content)]
    text = limited(texts(io.BytesIO(content)), most=MAX_CHARACTERS + 1)
    if len(text) > MAX_CHARACTERS:
        raise Fault("too_long")
    return text


def office_kind(content: bytes) -> str:
    """Look at the list of contents before anything is unpacked."""
    try:
        entries = ZipFile(io.BytesIO(content)).infolist()
    except (BadZipFile, NotImplementedError):
        raise Fault("damaged") from None
    xml_sizes = [entry.file_size for entry in entries if entry.filename.endswith((".xml", ".rels"))]
    if len(entries) > MAX_ENTRIES or max(xml_sizes, default=0) > MAX_XML_BYTES:
        raise Fault("too_much")
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise Fault("too_much")
    check_no_entities(content)
    kinds = [kind for part, kind in MAIN_PARTS.items() if part in {entry.filename for entry in entries}]
    if len(kinds) != 1:
        raise Fault("unknown")
    return kinds[0]


def check_no_entities(content: bytes) -> None:
    """Office documents may not declare entities (ECMA-376 part 2, 8.1.4), which can make gigabytes of a few bytes."""
    with ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            if entry.filename.endswith((".xml", ".rels")):
                with archive.open(entry) as part:
                    beginning = part.read(4096).replace(b"\0", b"")  # in UTF-16 there are zeros between
                if b"<!DOCTYPE" in beginning or b"<!ENTITY" in beginning:
                    raise Fault("damaged")


def docx_texts(file: io.BytesIO) -> Iterator[str]:
    """Left out: headers and footers, comments, what tracked changes deleted, charts, diagrams, images."""
    import docx
    from docx.oxml import parse_xml

    document = docx.Document(file)
    levels = {style.style_id: style.name.removeprefix("Heading ") for style in document.styles if style.name}
    yield from block_texts(document.element.body, {style: level for style, level in levels.items() if level in LEVELS})
    for part in note_parts(document.part.rels.values()):
        yield from note_texts(parse_xml(part.blob))


def note_parts(relations: Iterable[Any]) -> list[Any]:
    return [each.target_part for each in relations if each.reltype.endswith(("/footnotes", "/endnotes"))]


def note_texts(notes: Any) -> Iterator[str]:
    for note in found_in(notes, NOTES):
        if attribute(note, "type") in ("", "normal"):  # others are lines between text and notes
            yield f"[^{note_name(note)}]: {joined(note)}"


def note_name(element: Any) -> str:
    return f"{'e' if local_name(element).startswith('end') else ''}{attribute(element, 'id')}"


def xlsx_texts(file: io.BytesIO) -> Iterator[str]:
    """Left out: comments, charts, images, and values of formulas that the program which saved them did not store."""
    import openpyxl

    workbook = openpyxl.load_workbook(file, read_only=True, data_only=True)
    for sheet in workbook.worksheets:
        yield f"# {sheet.title}"
        sheet.reset_dimensions()  # some programs write wrong ones, and what is beyond them would be left out
        for row in sheet.iter_rows(values_only=True):
            if cells := without_empty_end(["" if value is None else str(value) for value in row]):
                yield csv_row(cells)


def pptx_texts(file: io.BytesIO) -> Iterator[str]:
    """Left out: comments, charts, diagrams, images, and what a slide has from its layout."""
    import pptx

    for number, slide in enumerate(pptx.Presentation(file).slides, start=1):
        yield f"# {number}"
        yield from block_texts(slide.shapes.element)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            yield from block_texts(slide.notes_slide.notes_text_frame._txBody)


# Word and PowerPoint have the same names for paragraphs, tables and text. They may be in anything: content controls,
# tracked changes, links, fields, text boxes, groups. So all is read but what is known to be no text of the document.

CHARACTERS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
NOTES = ("footnote", "endnote")
REFERENCES = tuple(f"{note}Reference" for note in NOTES)
NO_TEXT = (
    *("del", "moveFrom"),  # tracked changes
    "Fallback",  # the same once more, for old programs
    "rt",  # how the characters before are pronounced
    *("pPr", "rPr", "tblPr", "tblGrid", "trPr", "tcPr", "sdtPr", "sectPr"),
)
LEVELS = "123456"
MOST_COLUMNS = 63  # of a table in Word


def block_texts(element: Any, levels: dict[str, str] | None = None) -> Iterator[str]:
    """Text of the paragraphs and tables; `levels` are those of headings, by the id of their style."""
    for block in found_in(element, ("p", "tbl")):
        if local_name(block) == "tbl":
            yield "\n".join(csv_row(list(cell_texts(row))) for row in found_in(block, ("tr",)))
        else:
            yield heading_mark(block, levels) + "".join(paragraph_pieces(block))
            for box in found_in(block, ("txbxContent",)):
                yield from block_texts(box, levels)


def heading_mark(paragraph: Any, levels: dict[str, str] | None) -> str:
    level = levels.get(paragraph.style) if levels else None
    return f"{'#' * int(level)} " if level else ""


def paragraph_pieces(paragraph: Any) -> Iterator[str]:
    for piece in found_in(paragraph, ("t", "txbxContent", *CHARACTERS, *REFERENCES)):
        name = local_name(piece)
        if name in REFERENCES:
            yield f"[^{note_name(piece)}]"
        elif name != "txbxContent":
            yield CHARACTERS.get(name) or piece.text or ""


def cell_texts(row: Any) -> Iterator[str]:
    for cell in found_in(row, ("tc",)):
        yield joined(cell)
        for span in found_in(cell.find("{*}tcPr"), ("gridSpan",)):
            yield from [""] * min(int(attribute(span, "val")) - 1, MOST_COLUMNS)


def joined(element: Any) -> str:
    return "\n".join(block_texts(element)).strip()


def found_in(element: Any, names: Iterable[str]) -> Iterator[Any]:
    """What has one of the names, in its order, but nothing within that."""
    for child in element if element is not None else ():
        if (name := local_name(child)) in names:
            yield child
        elif name not in NO_TEXT:
            yield from found_in(child, names)


def local_name(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""  # a comment has a function


def attribute(element: Any, name: str) -> str:
    return next((value for key, value in element.items() if key.rpartition("}")[2] == name), "")


def csv_row(cells: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


def without_empty_end(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells


def limited(texts: Iterable[str], most: int = MAX_CHARACTERS) -> str:
    """The texts, one below the other, up to `most` characters."""
    found: list[str] = []
    characters = 0
    for text in texts:
        if not text.strip():
            continue
        found.append(text)
        characters += len(text) + 1
        if characters > most:
            break
    return "\n".join(found)[:most]


if __name__ == "__main__":
    main()
