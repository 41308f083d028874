"""What happens to an uploaded picture before it is kept and shown to a model.

It is decoded and written anew, so that only pixels survive: no EXIF, GPS, XMP, colour profile, comment or
hidden tail. What it becomes depends on what it was:

- JPEG and HEIC are photographs and become JPEG. A JPEG that is neither turned nor shrunk nor recoloured keeps
  its own quantisation tables, so one that the browser has already shrunk does not lose quality twice.
- PNG is mostly screenshots and drawings, where lossless is smaller and text stays sharp. It stays PNG up to
  `MAX_DRAWING_BYTES`; beyond that it is a photograph in disguise and becomes JPEG, or WebP if one can see
  through it.
- WebP stays WebP. Of an animated WebP or PNG the first frame is kept, which is all that models look at.
- GIF keeps its frames bit for bit, animation included (`gif.bare`): decoding and quantising them again would
  cost quality and time. One that is too large or too heavy becomes a still of its first frame, as if a PNG.

The same upload gives the same bytes, hence the same hash, as long as Pillow stays the same.
"""

import hashlib
import io
import re
import warnings
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext as _
from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError, WebPImagePlugin
from pillow_heif import register_heif_opener

from chat.conversations import gif
from chat.formats import number

MAX_PICTURE_BYTES = 20_000_000  # of an upload
MAX_PREPARED_BYTES = 4_500_000  # Anthropic refuses pictures above 5 MB
MAX_DRAWING_BYTES = 1_500_000  # of a PNG: all of it goes to the model again with each question
LONG_EDGE = 2048  # pixels

# Against small files that unfold into much memory or time.
MAX_MEGAPIXELS = {"JPEG": 65, "MPO": 65, "HEIF": 65}  # what phones take: up to 450 MB of memory
MAX_OTHER_MEGAPIXELS = 36  # PNG, WebP and GIF need twice as much memory per pixel
MAX_SIDE = 20_000  # pixels
MAX_FRAMES = 1_000
MAX_ANIMATION_PIXELS = 300_000_000  # of all frames together
MAX_SCANS = 100  # of a progressive JPEG; encoders write about 10

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "HEIF")
QUALITIES = (85, 75, 60)
SRGB = ImageCms.createProfile("sRGB")
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # EXIF orientation: what undoes it

# Filters once and for all: `warnings.catch_warnings` is not safe in threads, where pictures are prepared.
warnings.filterwarnings("ignore", module=r"PIL\.")  # broken metadata, which is thrown away here
warnings.simplefilter("error", Image.DecompressionBombWarning)

# Image.open with a list of formats loads no plugin by itself.
Image.preinit()
assert WebPImagePlugin.SUPPORTED
register_heif_opener(thumbnails=False)  # a thumbnail inside a HEIC file need not show the same picture


@dataclass(frozen=True, slots=True)
class Picture:
    """`content_type` is image/png, image/jpeg, image/webp or image/gif; `sha256` is of `content`, in hex."""

    content: bytes
    content_type: str
    width: int
    height: int
    sha256: str


class PictureRefused(Exception):
    """A file that is not taken; `str()` says why in one sentence that names the file."""


class Unfit(Exception):
    """The sentence of a refusal, with `{name}` for the picture's."""


def prepare(file: BinaryIO, *, name: str) -> Picture:
    """Return the picture in `file`, fit to be kept, shown and sent: upright, in sRGB, nothing but pixels.

    Its long edge has at most `LONG_EDGE` pixels, its content at most `MAX_PREPARED_BYTES`. What the file is
    is found by decoding; `name` only serves the sentence of `PictureRefused`.
    Takes 0.1 to 2 s of one core: run it with `chat.offload.in_a_real_thread`.
    """
    try:
        return _prepared(_read(file))
    except Unfit as unfit:
        raise PictureRefused(str(unfit).format(name=_short(name))) from unfit


def _read(file: BinaryIO) -> bytes:
    file.seek(0)
    content = file.read(MAX_PICTURE_BYTES + 1)
    if not content:
        raise Unfit(_("“{name}” is empty."))
    if len(content) > MAX_PICTURE_BYTES:
        raise Unfit(_("“{name}” is larger than %(most)d MB.") % {"most": MAX_PICTURE_BYTES // 1_000_000})
    return content


def _prepared(content: bytes) -> Picture:
    return _prepared_gif(content) if content.startswith(b"GIF8") else _rewritten(_opened(content))


def _prepared_gif(content: bytes) -> Picture:
    try:
        bare = gif.bare(content, max_frames=MAX_FRAMES)
    except gif.BrokenGif as error:
        raise Unfit(_("“{name}” is damaged or incomplete.")) from error
    _check_size("GIF", bare.width, bare.height)
    if bare.frames > MAX_FRAMES or bare.frames * bare.width * bare.height > MAX_ANIMATION_PIXELS:
        raise Unfit(_("“{name}” is too long an animation."))
    image = _opened(bare.content)
    if max(bare.width, bare.height) > LONG_EDGE or len(bare.content) > MAX_PREPARED_BYTES:
        return _rewritten(image)
    for frame in range(bare.frames):
        _loaded(image, frame=frame)
    return _picture(bare.content, "image/gif", (bare.width, bare.height))


def _rewritten(image: Image.Image) -> Picture:
    source, orientation = image.format, _orientation(_loaded(image))
    image = _opaque(_in_srgb(_shrunk(_plain(image))))
    if orientation in TURNS:
        image = image.transpose(TURNS[orientation])
    image.info = {}  # savers take comments from here

    if source in ("PNG", "GIF") and (png := _png(image)):
        return _picture(png, "image/png", image.size)
    if source == "WEBP" or image.mode == "RGBA":
        return _picture(*_lossy(image, "WEBP"))
    return _picture(*_lossy(image, "JPEG"))


# --- Opening --------------------------------------------------------------------------------------


def _opened(content: bytes) -> Image.Image:
    """Return the picture with its header read and its size found harmless, but nothing decoded."""
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise Unfit(_("“{name}” is not a PNG, JPEG, WebP, GIF or HEIC picture.")) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unfit(_("“{name}” has too many megapixels.")) from error
    except Exception as error:  # hostile bytes make the parsers raise almost anything
        raise Unfit(_("“{name}” is damaged.")) from error
    _check_size(image.format, *image.size)
    if image.info.get("progressive") and _scans(content) > MAX_SCANS:
        raise Unfit(_("“{name}” is damaged."))
    return image


def _check_size(kind: str | None, width: int, height: int) -> None:
    if max(width, height) > MAX_SIDE:
        raise Unfit(_("“{name}” is more than %(most)s pixels long.") % {"most": number(MAX_SIDE)})
    most = MAX_MEGAPIXELS.get(kind or "", MAX_OTHER_MEGAPIXELS)
    if width * height > most * 1_000_000:
        raise Unfit(_("“{name}” has more than %(most)d megapixels.") % {"most": most})


def _scans(jpeg: bytes) -> int:
    """Count the passes over the picture. An empty pass is a few bytes of file and a second of work."""
    marker = re.compile(rb"\xff+([\xc0-\xcf\xd8-\xfe])")  # neither a stuffed zero nor a restart marker
    scans = position = 0
    while (found := marker.search(jpeg, position)) and found[1] != b"\xd9":
        scans += found[1] == b"\xda"
        length = 0 if found[1] == b"\xd8" else int.from_bytes(jpeg[found.end() : found.end() + 2], "big")
        position = found.end() + length
    return scans


def _loaded(image: Image.Image, *, frame: int | None = None) -> Image.Image:
    try:
        if frame is not None:
            image.seek(frame)
        image.draft(None, (2 * LONG_EDGE, 2 * LONG_EDGE))  # a large JPEG is decoded at 1/2, 1/4 or 1/8
        image.load()
    except Exception as error:  # hostile bytes make the decoders raise almost anything
        raise Unfit(_("“{name}” is damaged or incomplete.")) from error
    return image


# --- Pixels ---------------------------------------------------------------------------------------


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # broken EXIF is common, and no reason to refuse a picture
        return 1


def _plain(image: Image.Image) -> Image.Image:
    """Return the picture in L, RGB, RGBA or CMYK, with 8 bits per channel."""
    if image.mode.startswith("I"):  # 16 bits of grey
        image = image.point(lambda grey: grey * (1 / 256)).convert("L")
    if image.has_transparency_data:
        mode = "RGBA"
    elif image.mode in ("1", "L"):
        mode = "L"
    else:
        mode = "CMYK" if image.mode == "CMYK" else "RGB"
    return image if image.mode == mode else image.convert(mode)


def _shrunk(image: Image.Image, long_edge: int = LONG_EDGE) -> Image.Image:
    scale = long_edge / max(image.size)
    if scale >= 1:
        return image
    width, height = (max(1, round(side * scale)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _in_srgb(image: Image.Image) -> Image.Image:
    """Return the picture in the colours that programs assume when no profile says otherwise."""
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if icc := image.info.get("icc_profile"):
        try:
            profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
            if not ImageCms.getProfileDescription(profile).startswith("sRGB"):
                return ImageCms.profileToProfile(image, profile, SRGB, outputMode=mode) or image
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a broken profile, or one for another kind of picture: browsers ignore it too
    return image.convert("RGB") if image.mode == "CMYK" else image


def _opaque(image: Image.Image) -> Image.Image:
    """Drop an alpha channel that hides nothing, as screenshots have."""
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        return image.convert("RGB")
    return image


# --- Writing --------------------------------------------------------------------------------------


class _TooLong(Exception):
    pass


class _Bounded(io.BytesIO):
    """Stops an encoder as soon as it has written too much, which saves most of a second for a photograph."""

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        if self.tell() + len(data) > MAX_DRAWING_BYTES:
            raise _TooLong
        return super().write(data)


def _png(image: Image.Image) -> bytes | None:
    file = _Bounded()
    try:
        image.save(file, "PNG")
    except _TooLong:
        return None
    return file.getvalue()


def _lossy(image: Image.Image, kind: str) -> tuple[bytes, str, tuple[int, int]]:
    """Encode as well as fits, first with less quality, then with fewer pixels."""
    qualities: tuple[int | str, ...] = ("keep", *QUALITIES) if image.format == kind == "JPEG" else QUALITIES
    while True:
        for quality in qualities:
            file = io.BytesIO()
            # No `optimize`, no `progressive`: both hold the interpreter's lock for the whole encoding.
            image.save(file, kind, quality=quality)
            if file.tell() <= MAX_PREPARED_BYTES:
                return file.getvalue(), f"image/{kind.lower()}", image.size
        image, qualities = _shrunk(image, max(image.size) * 3 // 4), QUALITIES


def _picture(content: bytes, content_type: str, size: tuple[int, int]) -> Picture:
    return Picture(content, content_type, *size, hashlib.sha256(content).hexdigest())


def _short(name: str, most: int = 60) -> str:
    return name if len(name) <= most else f"{name[: most - 12]}…{name[-11:]}"
