"""What happens to an uploaded image before it is kept and shown to a model.

What browsers show is taken, and HEIC. It is decoded and written anew, so that only pixels survive (no EXIF, GPS, XMP,
colour profile, comment or hidden tail), in a format that every provider takes. What it becomes depends on what it was:

- JPEG, HEIC and AVIF are photographs and become JPEG. A JPEG that is neither turned nor shrunk nor recoloured keeps
  its own quantisation tables, so one that the browser has already shrunk does not lose quality twice.
- PNG, BMP and icons are mostly screenshots and drawings, where lossless is smaller and text stays sharp. They become
  PNG up to `MAX_DRAWING_BYTES`; what is heavier is a photograph in disguise and becomes JPEG, or WebP if one can see
  through it.
- WebP stays WebP. Of an animated WebP, PNG or AVIF the first frame is kept, which is all that models look at.
- GIF keeps its frames bit for bit, animation included (`gif.bare`): decoding and quantising them again would
  cost quality and time. One that is too large or too heavy becomes a still of its first frame, as if a PNG.

A file that breaks off is taken as far as it goes, as browsers show it, unless nothing would show. Not taken are SVG,
which is a program rather than pixels, and TIFF, which only one browser shows.

The same upload gives the same bytes, hence the same hash, as long as Pillow stays the same.
"""

import hashlib
import io
import struct
import warnings
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext as _
from PIL import (
    AvifImagePlugin,
    ExifTags,
    IcoImagePlugin,  # noqa: F401 (imported, it is registered)
    Image,
    ImageChops,
    ImageCms,
    PngImagePlugin,
    WebPImagePlugin,
)
from pillow_heif import register_heif_opener

from chat.formats import number
from chat.images import gif, ico, jpeg, png

MAX_IMAGE_BYTES = 20_000_000  # of an upload
MAX_PREPARED_BYTES = 3_700_000  # Bedrock takes 3.75 MB, Anthropic 5 MiB in base64: 3.9 MB
MAX_DRAWING_BYTES = 1_500_000  # of a PNG: all of it goes to the model again with each question

# Pixels. A long edge of 2048 is as much as models look at in a photograph. A screenshot of a long page is another
# matter: shrunk to that, 1080 x 14000 is 158 pixels wide, and nobody can read it. So the short edge keeps what text
# needs, 1024 (16 pixels high in a page 1440 wide are 11 then), and the long one what Anthropic and Bedrock take, 8000.
# Sources: https://platform.claude.com/docs/en/build-with-claude/vision ("General limits"),
# https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html
LONG_EDGE = 2048
SHORT_EDGE = 1024
LONGEST_EDGE = 8000
THIN_EDGE = 64  # what is thinner, like a line or an edge, holds no text to keep

# Against small files that unfold into much memory or time.
MAX_MEGAPIXELS = {"JPEG": 65, "MPO": 65, "HEIF": 65}  # what phones take: up to 450 MB of memory
MAX_OTHER_MEGAPIXELS = 36  # PNG, WebP and GIF need twice as much memory per pixel
MAX_SIDE = 20_000  # pixels
MAX_FRAMES = 1_000
MAX_ANIMATION_PIXELS = 300_000_000  # of all frames together
MAX_SCANS = 100  # of a JPEG; encoders write about 10
MAX_SCANNED_MEGAPIXELS = 1_000  # of all scans together
MAX_RUNS_BYTES = 2_000_000  # of a bitmap packed in runs: Pillow unpacks those in Python, a second for so many

BITMAP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)  # bytes; many texts begin with the letters of a bitmap
JPEGS = ("JPEG", "MPO")
DRAWINGS = ("PNG", "GIF", "BMP", "ICO")
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

# Filters once and for all: `warnings.catch_warnings` is not safe in threads, where images are prepared.
warnings.filterwarnings("ignore", module=r"PIL\.")  # broken metadata, which is thrown away here
warnings.simplefilter("error", Image.DecompressionBombWarning)

# Image.open with a list of formats loads no plugin by itself.
Image.preinit()
assert WebPImagePlugin.SUPPORTED
assert AvifImagePlugin.SUPPORTED
PngImagePlugin.MAX_TEXT_CHUNK = png.MAX_PROFILE_BYTES  # by now a profile is all that it limits
register_heif_opener(thumbnails=False)  # a thumbnail inside a HEIC file need not show the same image


@dataclass(frozen=True, slots=True)
class PreparedImage:
    """`content_type` is image/png, image/jpeg, image/webp or image/gif; `sha256` is of `content`, in hex."""

    content: bytes
    content_type: str
    width: int
    height: int
    sha256: str


class ImageRefused(Exception):
    """A file that is not taken; `str()` says why in one sentence that names the file."""


class Unfit(Exception):
    """The sentence of a refusal, with `{name}` for the image's."""


def prepare(file: BinaryIO, *, name: str) -> PreparedImage:
    """Return the image in `file`, fit to be kept, shown and sent: upright, in sRGB, nothing but pixels.

    Its long edge has at most `LONGEST_EDGE` pixels, its content at most `MAX_PREPARED_BYTES`. What the file is
    is found by decoding; `name` only serves the sentence of `ImageRefused`.
    Takes 0.1 to 2 s of one core: run it with `chat.offload.in_a_real_thread`.
    """
    try:
        return _prepared(_read(file))
    except Unfit as unfit:
        raise ImageRefused(str(unfit).format(name=_short(name))) from unfit


def smaller(content: bytes, *, edge: int, max_bytes: int) -> PreparedImage:
    """Return a kept image at most `edge` pixels long, in at most `max_bytes`; a still, if it was an animation."""
    image = _loaded(_opened(content))
    source = image.format
    image = _opaque(_shrunk(_plain(image), _scaled(image.size, edge / max(image.size))))
    return _written(image, source, max_bytes=max_bytes, max_drawing_bytes=max_bytes)


def _read(file: BinaryIO) -> bytes:
    file.seek(0)
    content = file.read(MAX_IMAGE_BYTES + 1)
    if not content:
        raise Unfit(_("“{name}” is empty."))
    if len(content) > MAX_IMAGE_BYTES:
        raise Unfit(_("“{name}” is larger than %(most)d MB.") % {"most": MAX_IMAGE_BYTES // 1_000_000})
    return content


def _prepared(content: bytes) -> PreparedImage:
    return _prepared_gif(content) if content.startswith(b"GIF8") else _rewritten(_opened(content))


def _prepared_gif(content: bytes) -> PreparedImage:
    try:
        bare = gif.bare(content, max_frames=MAX_FRAMES)
    except gif.BrokenGif as error:
        raise Unfit(_("“{name}” is damaged or incomplete.")) from error
    _check_size("GIF", bare.width, bare.height)
    if bare.frames > MAX_FRAMES or bare.frames * bare.width * bare.height > MAX_ANIMATION_PIXELS:
        raise Unfit(_("“{name}” is too long or too large for an animation."))
    size = (bare.width, bare.height)
    frames = 0 if bare.is_cut or _is_large(bare.content, size) else _good_frames(_opened(bare.content), bare.frames)
    if not frames:
        return _rewritten(_opened(bare.content))
    return _image(bare.beginning(frames), "image/gif", size)


def _is_large(content: bytes, size: tuple[int, int]) -> bool:
    return _fitting(size) != size or len(content) > MAX_PREPARED_BYTES


def _good_frames(image: Image.Image, frames: int) -> int:
    """How many can be decoded before one that cannot: so many do browsers show."""
    for frame in range(frames):
        try:
            image.seek(frame)
            image.load()
        except Exception:  # hostile bytes make the decoders raise almost anything
            return frame
    return frames


def _rewritten(image: Image.Image) -> PreparedImage:
    source, orientation = image.format, _orientation(_loaded(image))
    image = _opaque(_in_srgb(_shrunk(_plain(image), _fitting(image.size))))
    if orientation in TURNS:
        image = image.transpose(TURNS[orientation])
    image.info = {}  # savers take comments from here
    return _written(image, source, max_bytes=MAX_PREPARED_BYTES, max_drawing_bytes=MAX_DRAWING_BYTES)


def _written(image: Image.Image, source: str | None, *, max_bytes: int, max_drawing_bytes: int) -> PreparedImage:
    if source in DRAWINGS and (drawing := _png(image, max_drawing_bytes)):
        return _image(drawing, "image/png", image.size)
    kind = "WEBP" if source == "WEBP" or image.mode == "RGBA" else "JPEG"
    return _image(*_lossy(image, kind, max_bytes))


# --- Opening --------------------------------------------------------------------------------------


def _opened(content: bytes) -> Image.Image:
    """Return the image with its header read and its size found harmless, but nothing decoded."""
    kind = _kind(content)
    try:
        image = Image.open(io.BytesIO(_readable(content, kind)), formats=JPEGS if kind == "JPEG" else [kind])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unfit(_("“{name}” has too many pixels.")) from error
    except Unfit:
        raise
    except Exception as error:  # hostile bytes make the parsers raise almost anything
        raise Unfit(_("“{name}” is damaged or incomplete.")) from error
    _check_size(image.format, *image.size)
    if kind == "JPEG":
        _check_scans(content, image.width * image.height)
    return image if kind != "WEBP" or (length := _webp_length(content)) <= len(content) else _cut_webp(content, length)


def _kind(content: bytes) -> str:
    """What it says it is, as Pillow calls it."""
    if content.startswith(png.MAGIC):
        return "PNG"
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "WEBP"
    if content[4:8] == b"ftyp":
        brands = content[8 : min(int.from_bytes(content[:4], "big"), 200)]
        return "AVIF" if b"avif" in brands or b"avis" in brands else "HEIF"
    if content.startswith(b"BM") and int.from_bytes(content[14:18], "little") in BITMAP_HEADERS:
        return "BMP"
    if content.startswith(ico.MAGICS):
        return "PNG" if _icon(content).content.startswith(png.MAGIC) else "ICO"
    raise Unfit(_not_taken())


def _not_taken() -> str:
    return _("“{name}” isn't a supported image. Use PNG, JPEG, WebP, GIF, AVIF, HEIC, BMP or ICO.")


def _readable(content: bytes, kind: str) -> bytes:
    """What Pillow is to read of the file: without what unfolds, and with an end."""
    if content.startswith(ico.MAGICS):
        content = _icon(content).content
    match kind:
        case "PNG":
            return png.bare(content)
        case "JPEG":
            return content[: jpeg.read(content).end] + jpeg.END_OF_IMAGE
        case "WEBP":
            return _padded(content, _webp_length(content), b"\0")
        case "BMP":
            _check_runs(content)
    return content


def _webp_length(content: bytes) -> int:
    length = int.from_bytes(content[4:8], "little") + 8
    if length > MAX_IMAGE_BYTES:
        raise Unfit(_("“{name}” is damaged or incomplete."))
    return length


def _padded(content: bytes, length: int, filling: bytes) -> bytes:
    return content + filling * (length - len(content))


def _cut_webp(content: bytes, length: int) -> Image.Image:
    """One that breaks off, as far as it goes. The decoder takes a file that is whole, or nothing.

    So it gets two, filled up differently: what both show alike was there.
    """
    image, other = (_loaded(_webp(_padded(content, length, filling))) for filling in (b"\0", b"\1"))
    if differs := ImageChops.difference(image, other).getbbox(alpha_only=False):
        if differs[1] == 0:
            raise Unfit(_("“{name}” is damaged or incomplete."))
        image.paste("white", (0, differs[1], *image.size))
    return image


def _webp(content: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(content), formats=["WEBP"])
    except Exception as error:  # hostile bytes make the parsers raise almost anything
        raise Unfit(_("“{name}” is damaged or incomplete.")) from error


def _icon(content: bytes) -> ico.Icon:
    try:
        icon = ico.largest(content)
    except (ValueError, struct.error) as error:
        raise Unfit(_("“{name}” is damaged or incomplete.")) from error
    _check_size("ICO", icon.width, icon.height)
    return icon


def _check_size(kind: str | None, width: int, height: int) -> None:
    if max(width, height) > MAX_SIDE:
        raise Unfit(_("“{name}” is longer than %(most)s pixels.") % {"most": number(MAX_SIDE)})
    most = MAX_MEGAPIXELS.get(kind or "", MAX_OTHER_MEGAPIXELS)
    if width * height > most * 1_000_000:
        raise Unfit(_("“{name}” is larger than %(most)d megapixels.") % {"most": most})


def _check_scans(content: bytes, pixels: int) -> None:
    """Each pass over the image takes its time, also an empty one, which is a few bytes of file."""
    found = jpeg.read(content)
    if not found.has_pixels or found.is_arithmetic:
        raise Unfit(_("“{name}” is damaged or incomplete."))
    if found.scans > MAX_SCANS or found.scans * pixels > MAX_SCANNED_MEGAPIXELS * 1_000_000:
        raise Unfit(_("“{name}” is damaged."))


def _check_runs(bitmap: bytes) -> None:
    if bitmap[30:34] in (b"\1\0\0\0", b"\2\0\0\0") and len(bitmap) > MAX_RUNS_BYTES:
        raise Unfit(_("“{name}” is larger than %(most)d MB.") % {"most": MAX_RUNS_BYTES // 1_000_000})


def _loaded(image: Image.Image) -> Image.Image:
    try:
        # A large JPEG is decoded at 1/2, 1/4 or 1/8.
        image.draft(None, tuple(2 * side for side in _fitting(image.size)))  # type: ignore[arg-type]
        image.load()
    except Exception as error:  # hostile bytes make the decoders raise almost anything
        if not _shows_something(image):
            raise Unfit(_("“{name}” is damaged or incomplete.")) from error
    return image


def _shows_something(image: Image.Image) -> bool:
    """Whether a decoder that failed got anywhere, as a browser would show it; if so it can be used."""
    image.tile = []  # type: ignore[attr-defined]  # or using it would decode it once more
    try:
        return image.getbbox() is not None
    except Exception:  # it did not even begin
        return False


# --- Pixels ---------------------------------------------------------------------------------------


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # broken EXIF is common, and no reason to refuse an image
        return 1


def _plain(image: Image.Image) -> Image.Image:
    """Return the image in L, RGB, RGBA or CMYK, with 8 bits per channel."""
    if image.mode.startswith("I"):  # 16 bits of grey
        image = image.point(lambda grey: grey * (1 / 256)).convert("L")
    if image.has_transparency_data:
        mode = "RGBA"
    elif image.mode in ("1", "L"):
        mode = "L"
    else:
        mode = "CMYK" if image.mode == "CMYK" else "RGB"
    return image if image.mode == mode else image.convert(mode)


def _fitting(size: tuple[int, int]) -> tuple[int, int]:
    """The size to keep it in."""
    short, long = sorted(size)
    edge = max(LONG_EDGE / long, SHORT_EDGE / short) if short >= THIN_EDGE else LONG_EDGE / long
    return _scaled(size, min(edge, LONGEST_EDGE / long))


def _scaled(size: tuple[int, int], scale: float) -> tuple[int, int]:
    width, height = (max(1, round(side * min(1, scale))) for side in size)
    return width, height


def _shrunk(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Not above its own size: a JPEG may have been decoded at less, and rounding knows no ratio."""
    if image.width <= size[0] and image.height <= size[1]:
        return image
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _in_srgb(image: Image.Image) -> Image.Image:
    """Return the image in the colours that programs assume when no profile says otherwise."""
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if icc := image.info.get("icc_profile"):
        try:
            profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
            if not ImageCms.getProfileDescription(profile).startswith("sRGB"):
                return ImageCms.profileToProfile(image, profile, SRGB, outputMode=mode) or image
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a broken profile, or one for another kind of image: browsers ignore it too
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

    def __init__(self, max_bytes: int) -> None:
        super().__init__()
        self._max_bytes = max_bytes

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        if self.tell() + len(data) > self._max_bytes:
            raise _TooLong
        return super().write(data)


def _png(image: Image.Image, max_bytes: int) -> bytes | None:
    file = _Bounded(max_bytes)
    try:
        image.save(file, "PNG")
    except _TooLong:
        return None
    return file.getvalue()


def _lossy(image: Image.Image, kind: str, max_bytes: int) -> tuple[bytes, str, tuple[int, int]]:
    """Encode as well as fits, first with less quality, then with fewer pixels."""
    qualities: tuple[int | str, ...] = ("keep", *QUALITIES) if image.format == kind == "JPEG" else QUALITIES
    while True:
        for quality in qualities:
            file = io.BytesIO()
            # No `optimize`, no `progressive`: both hold the interpreter's lock for the whole encoding.
            image.save(file, kind, quality=quality)
            if file.tell() <= max_bytes:
                return file.getvalue(), f"image/{kind.lower()}", image.size
        image, qualities = _shrunk(image, _scaled(image.size, 3 / 4)), QUALITIES


def _image(content: bytes, content_type: str, size: tuple[int, int]) -> PreparedImage:
    return PreparedImage(content, content_type, *size, hashlib.sha256(content).hexdigest())


def _short(name: str, most: int = 60) -> str:
    return name if len(name) <= most else f"{name[: most - 12]}…{name[-11:]}"
