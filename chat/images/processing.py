"""Prepares an uploaded image for storing, showing and sending to a model: checked, upright, small, without metadata.

Accepted are the formats that browsers show, and HEIC. An image is decoded and encoded again, so that only pixels
remain (no EXIF, GPS, XMP, colour profile, comment or appended data), in a format that every provider accepts:

- JPEG, HEIC and AVIF are photographs and become JPEG. A JPEG that is neither turned nor shrunk nor converted keeps
  its quantisation tables, so that one the browser has already shrunk does not lose quality twice.
- PNG, BMP and icons are mostly screenshots and drawings, where lossless is smaller and text stays sharp. They become
  PNG up to `MAX_DRAWING_BYTES`. What is larger is really a photograph and becomes JPEG, or WebP if it has
  transparency.
- WebP stays WebP. Of an animated WebP, PNG or AVIF only the first frame is stored; models look at no other.
- GIF keeps its frames bit for bit, animation included (`gif.strip`): decoding and quantising them again would
  cost quality and time. One that is too large becomes a still of its first frame, treated like a PNG.

Not accepted are SVG, which is a program rather than pixels, and TIFF, which only one browser shows.

The same upload gives the same bytes, hence the same hash, as long as Pillow stays the same.
"""

from typing import BinaryIO

from django.utils.translation import gettext as _
from PIL import Image

from chat.images import decoding, gif
from chat.images.checks import MAX_IMAGE_BYTES, InvalidImage, check_size, damaged
from chat.images.decoding import count_frames, open_image
from chat.images.encoding import PreparedImage, describe, encode
from chat.images.pixels import (
    convert_mode,
    convert_to_srgb,
    drop_opaque_alpha,
    orientation_of,
    scaled_size,
    shrink,
    target_size,
    turn_upright,
)

MAX_PREPARED_BYTES = 3_700_000  # Bedrock accepts 3.75 MB, Anthropic 5 MiB in base64, which is 3.9 MB
MAX_DRAWING_BYTES = 1_500_000  # of a PNG: it is sent to the model again with each message
MAX_FRAMES = 1_000
MAX_ANIMATION_PIXELS = 300_000_000  # of all frames together


class ImageRefused(Exception):
    """An upload that is not accepted; `str()` says why in one sentence that names the file."""


def prepare(file: BinaryIO, *, name: str) -> PreparedImage:
    """Return the image in `file`, ready to be stored, shown and sent: upright, in sRGB, nothing but pixels.

    Its long edge has at most `pixels.MAX_EDGE` pixels, its content at most `MAX_PREPARED_BYTES`. The format is
    detected from the content; `name` is only for the sentence of `ImageRefused`.
    Takes 0.1 to 2 s of one core: run it with `chat.offload.in_a_real_thread`.
    """
    try:
        return _prepare(_read(file))
    except InvalidImage as error:
        raise ImageRefused(str(error).format(name=_shorten(name))) from error


def smaller(content: bytes, *, edge: int, max_bytes: int) -> PreparedImage:
    """Return a smaller version of a stored image: at most `edge` pixels long, in at most `max_bytes`.

    An animation becomes a still. Raises InvalidImage.
    """
    image = decoding.decode(open_image(content))
    source_format = image.format
    image = drop_opaque_alpha(shrink(convert_mode(image), scaled_size(image.size, edge / max(image.size))))
    return encode(image, source_format, max_bytes=max_bytes, max_drawing_bytes=max_bytes)


def _read(file: BinaryIO) -> bytes:
    file.seek(0)
    content = file.read(MAX_IMAGE_BYTES + 1)
    if not content:
        raise InvalidImage(_("“{name}” is empty."))
    if len(content) > MAX_IMAGE_BYTES:
        raise InvalidImage(_("“{name}” is larger than %(most)d MB.") % {"most": MAX_IMAGE_BYTES // 1_000_000})
    return content


def _prepare(content: bytes) -> PreparedImage:
    return _prepare_gif(content) if content.startswith(b"GIF8") else _reencode(open_image(content))


def _prepare_gif(content: bytes) -> PreparedImage:
    try:
        stripped = gif.strip(content, max_frames=MAX_FRAMES)
    except gif.BrokenGif as error:
        raise damaged() from error
    size = (stripped.width, stripped.height)
    check_size("GIF", *size)
    if stripped.frames > MAX_FRAMES or stripped.frames * size[0] * size[1] > MAX_ANIMATION_PIXELS:
        raise InvalidImage(_("“{name}” is an animation that is too long or too large."))
    is_small = target_size(size) == size and len(stripped.content) <= MAX_PREPARED_BYTES
    can_stay = is_small and not stripped.is_truncated
    frames = count_frames(open_image(stripped.content), stripped.frames) if can_stay else 0
    if not frames:
        return _reencode(open_image(stripped.content))
    return describe(stripped.first_frames(frames), "image/gif", size)


def _reencode(image: Image.Image) -> PreparedImage:
    source_format, orientation = image.format, orientation_of(decoding.decode(image))
    image = drop_opaque_alpha(convert_to_srgb(shrink(convert_mode(image), target_size(image.size))))
    image = turn_upright(image, orientation)
    image.info = {}  # Pillow would write comments from here
    return encode(image, source_format, max_bytes=MAX_PREPARED_BYTES, max_drawing_bytes=MAX_DRAWING_BYTES)


def _shorten(name: str, max_length: int = 60) -> str:
    return name if len(name) <= max_length else f"{name[: max_length - 12]}…{name[-11:]}"
