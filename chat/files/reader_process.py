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
    if not pages:
        raise Fault("damaged")
    most_pages = int(sys.argv[2])
    say({"pages": pages, "text": limited(pdf_texts(document)) if pages <= most_pages else ""})
    if pages <= most_pages:
        write(b64encode(thumbnail(document[0])).decode())


def pdf_texts(document: Any) -> Iterator[str]:
    for page in document:
        try:
            yield page.get_textpage().get_text_bounded().replace("\r\n", "\n").replace("\ufffe", "-").strip()
        except RuntimeError:  # of a page that cannot be loaded; others may be sound
            continue
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
    import docx

    for block in docx.Document(file).iter_inner_content():
        yield table_text(block.rows) if hasattr(block, "rows") else paragraph_text(block)


def paragraph_text(paragraph: Any) -> str:
    name = paragraph.style.name if paragraph.style is not None else ""
    level = name.removeprefix("Heading ")
    return f"{'#' * int(level)} {paragraph.text}" if name != level and level in "123456" else paragraph.text


def xlsx_texts(file: io.BytesIO) -> Iterator[str]:
    import openpyxl

    workbook = openpyxl.load_workbook(file, read_only=True, data_only=True)
    for sheet in workbook.worksheets:
        yield f"# {sheet.title}"
        for row in sheet.iter_rows(values_only=True):
            if cells := without_empty_end(["" if value is None else str(value) for value in row]):
                yield csv_row(cells)


def pptx_texts(file: io.BytesIO) -> Iterator[str]:
    import pptx

    for number, slide in enumerate(pptx.Presentation(file).slides, start=1):
        yield f"# {number}"
        yield from shape_texts(slide.shapes)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            yield slide.notes_slide.notes_text_frame.text


def shape_texts(shapes: Iterable[Any]) -> Iterator[str]:
    for shape in shapes:
        if hasattr(shape, "shapes"):  # a group
            yield from shape_texts(shape.shapes)
        elif shape.has_text_frame:
            yield shape.text_frame.text
        elif shape.has_table:
            yield table_text(shape.table.rows)


def table_text(rows: Iterable[Any]) -> str:
    return "\n".join(csv_row([cell.text for cell in row.cells]) for row in rows)


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
