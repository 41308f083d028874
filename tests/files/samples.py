"""Makes real files for tests: PDFs written by hand, Office documents by their libraries, audio with a few frames."""

import io
import zlib
from collections.abc import Iterable

import docx
import openpyxl
import pptx
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml

OPEN_XML = "http://schemas.openxmlformats.org"
RELATIONS = f"{OPEN_XML}/officeDocument/2006/relationships"
WORD_TYPES = "application/vnd.openxmlformats-officedocument.wordprocessingml"
CHOICES = f'xmlns:mc="{OPEN_XML}/markup-compatibility/2006"'
WORD = f'xmlns:w="{OPEN_XML}/wordprocessingml/2006/main" xmlns:m="{OPEN_XML}/officeDocument/2006/math" {CHOICES}'
SLIDES = f'xmlns:p="{OPEN_XML}/presentationml/2006/main" xmlns:a="{OPEN_XML}/drawingml/2006/main" {CHOICES}'
WAV_HEADER = b"RIFF\x24\x08\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x44\xac\0\0\x88\x58\1\0\2\0\x10\0data\0\x08\0\0"
MP3_FRAME = b"\xff\xfb\x90\x00" + b"\0" * 413


def pdf(*texts: str, encrypted: bool = False, media_box: str = "0 0 595 842") -> bytes:
    """A PDF with a page for each text, which is in ASCII. Without the password nobody can open an encrypted one."""
    kids = " ".join(f"{3 + 2 * number} 0 R" for number in range(len(texts)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(texts)} >>".encode(),
    ]
    font = 3 + 2 * len(texts)
    for number, text in enumerate(texts):
        drawn = zlib.compress(f"BT /F1 18 Tf 60 760 Td ({text}) Tj ET".encode())
        resources = f"/Resources << /Font << /F1 {font} 0 R >> >>"
        page = f"<< /Type /Page /Parent 2 0 R /MediaBox [{media_box}] {resources} /Contents {4 + 2 * number} 0 R >>"
        stream = f"<< /Length {len(drawn)} /Filter /FlateDecode >>\nstream\n".encode() + drawn + b"\nendstream"
        objects += [page.encode(), stream]
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    locked = f"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{'4f' * 32}> /U <{'55' * 32}> >> /ID [<00> <00>]"
    return _written(objects, trailer=locked if encrypted else "")


def with_broken_page(content: bytes, number: int) -> bytes:
    """The same PDF with nothing where a page was, which is counted from 0."""
    begin = content.index(f"\n{3 + 2 * number} 0 obj\n".encode())
    begin = content.index(b"<<", begin)
    end = content.index(b"\nendobj", begin)
    return content[:begin] + b"null".ljust(end - begin) + content[end:]


def _written(objects: Iterable[bytes], trailer: str) -> bytes:
    content, offsets = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        offsets.append(len(content))
        content += f"{number} 0 obj\n".encode() + each + b"\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    head = f"xref\n0 {len(offsets) + 1}\n0000000000 65535 f \n{table}"
    end = f"trailer\n<< /Size {len(offsets) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{len(content)}\n%%EOF\n"
    return content + head.encode() + end.encode()


def word(*paragraphs: str, cells: Iterable[str] = ()) -> bytes:
    document = docx.Document()
    document.add_heading("A heading", level=2)
    for text in paragraphs:
        document.add_paragraph(text)
    if cells := list(cells):
        table = document.add_table(rows=1, cols=len(cells))
        for cell, text in zip(table.rows[0].cells, cells, strict=True):
            cell.text = text
    return _saved(document)


def word_with(body: str, **parts: str) -> bytes:
    """A document with this XML in place of its paragraphs, and further parts: `footnotes="<w:footnote …"`."""
    document = docx.Document()
    for element in parse_xml(f"<w:body {WORD}>{body}</w:body>"):
        document.element.body.insert(len(document.element.body) - 1, element)
    for name, content in parts.items():
        blob = f"<w:{name} {WORD}>{content}</w:{name}>".encode()
        part = Part(PackURI(f"/word/{name}.xml"), f"{WORD_TYPES}.{name}+xml", blob, document.part.package)
        document.part.relate_to(part, f"{RELATIONS}/{name}")
    return _saved(document)


def spreadsheet(*rows: Iterable[object]) -> bytes:
    workbook = openpyxl.Workbook()
    workbook.active.title = "Sales"
    for row in rows:
        workbook.active.append(list(row))
    return _saved(workbook)


def slide_with(shapes: str) -> bytes:
    """A slide with this XML as its shapes."""
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    for element in parse_xml(f"<p:spTree {SLIDES}>{shapes}</p:spTree>"):
        slide.shapes.element.append(element)
    return _saved(presentation)


def slides(*titles: str) -> bytes:
    presentation = pptx.Presentation()
    for title in titles:
        slide = presentation.slides.add_slide(presentation.slide_layouts[0])
        slide.shapes.title.text = title
        slide.notes_slide.notes_text_frame.text = f"Say more of {title}"
    return _saved(presentation)


def wav(seconds: int = 1) -> bytes:
    return WAV_HEADER + b"\0" * (16_000 * seconds)


def mp3(frames: int = 10) -> bytes:
    return MP3_FRAME * frames


def _saved(document: object) -> bytes:
    file = io.BytesIO()
    document.save(file)  # type: ignore[attr-defined]
    return file.getvalue()
