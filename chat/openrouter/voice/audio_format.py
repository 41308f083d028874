"""Tells the format of a recording by its first bytes."""


def format_of(audio: bytes) -> str:
    """Return the name that OpenRouter has for the format of a recording, by how it begins; "" for another one."""
    return signature_of(audio) or _format_of_frame(audio[:2])


def signature_of(audio: bytes) -> str:
    """Like `format_of`, where more than two bytes say so: quiet samples may begin like a frame of MP3."""
    if audio[:4] == b"\x1aE\xdf\xa3":
        return "webm"
    if audio[4:8] == b"ftyp":
        return "m4a"
    if audio[:4] == b"RIFF" and audio[8:12] == b"WAVE":
        return "wav"
    for beginning, name in ((b"OggS", "ogg"), (b"fLaC", "flac"), (b"ID3", "mp3")):
        if audio.startswith(beginning):
            return name
    return ""


def _format_of_frame(begin: bytes) -> str:
    """MP3 and AAC may begin with a frame: eleven or twelve bits of ones, and then the layer (AAC has none)."""
    if len(begin) < 2 or begin[0] != 0xFF or begin[1] & 0xE0 != 0xE0:
        return ""
    return "aac" if begin[1] & 0xF6 == 0xF0 else "mp3" if begin[1] & 0x06 else ""
