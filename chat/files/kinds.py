"""Finds out by its first bytes what a file is. Names and declared types are not trusted."""

from typing import NamedTuple

HEAD_BYTES = 4096

# Brands of MPEG-4 files without pictures; others may be videos, which say so in a handler.
AUDIO_BRANDS = (b"M4A ", b"M4B ")
CONTAINER_BRANDS = (b"isom", b"mp41", b"mp42", b"dash")


class Kind(NamedTuple):
    """What a file is. `audio_format` is OpenRouter's name for it ("Audio Inputs" in its docs)."""

    content_type: str
    extension: str
    audio_format: str = ""


PDF = Kind("application/pdf", "pdf")
OFFICE = Kind("application/zip", "zip")  # perhaps: reader_process.py looks into it
MP3, WAV = Kind("audio/mpeg", "mp3", "mp3"), Kind("audio/wav", "wav", "wav")
OGG, FLAC = Kind("audio/ogg", "ogg", "ogg"), Kind("audio/flac", "flac", "flac")
M4A, AAC = Kind("audio/mp4", "m4a", "m4a"), Kind("audio/aac", "aac", "aac")
STORED = {kind.content_type: kind for kind in (PDF, MP3, WAV, OGG, FLAC, M4A, AAC)}  # as files, not as texts


def kind_of(content: bytes) -> Kind | None:
    """The kind of a file that begins with `content`, at least HEAD_BYTES of it; None for images, texts and all else."""
    if content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"%PDF-"):
        return PDF
    if content.startswith(b"PK\3\4"):
        return OFFICE
    return _audio_kind(content)


def _audio_kind(content: bytes) -> Kind | None:
    if content.startswith(b"RIFF") and content[8:12] == b"WAVE":
        return WAV
    if content.startswith(b"OggS"):
        return OGG
    if content.startswith(b"fLaC"):
        return FLAC
    if content.startswith(b"ID3"):
        return MP3
    if content[4:8] == b"ftyp":
        return M4A if _is_m4a(content) else None
    return _mpeg_kind(content[:4])


def _is_m4a(content: bytes) -> bool:
    brand = content[8:12]
    return brand in AUDIO_BRANDS or (brand in CONTAINER_BRANDS and b"vide" not in content and b"soun" in content)


def _mpeg_kind(header: bytes) -> Kind | None:
    """MP3 or AAC by the header of its first frame. Source: ISO/IEC 11172-3, 2.4.1.3, and 13818-7, 6.2."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return None
    layer, bitrate, sampling = header[1] >> 1 & 3, header[2] >> 4, header[2] >> 2 & 3
    if layer == 1 and bitrate not in (0, 15) and sampling != 3:
        return MP3
    return AAC if header[1] & 0xF6 == 0xF0 else None
