"""Changes the pixels of a decoded image: its size, mode, colours and orientation."""

import io

from PIL import ExifTags, Image, ImageCms

# Pixels. A long edge of 2048 is as much as models look at in a photograph. A screenshot of a long page is different:
# reduced to that, 1080 x 14000 would be 158 pixels wide, and nobody could read it. So the short edge keeps what text
# needs, 1024 (text 16 pixels high in a page 1440 wide is 11 then), and the long edge what Anthropic and Bedrock accept,
# 8000.
# Sources: https://platform.claude.com/docs/en/build-with-claude/vision ("General limits"),
# https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html
LONG_EDGE = 2048
SHORT_EDGE = 1024
MAX_EDGE = 8000
THIN_EDGE = 64  # an image that is thinner, such as a rule or a border, contains no text

SRGB = ImageCms.createProfile("sRGB")
TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # EXIF orientation: the operation that undoes it


def target_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return the size in which an image of `size` is stored, width and height in pixels."""
    short, long = sorted(size)
    scale = max(LONG_EDGE / long, SHORT_EDGE / short) if short >= THIN_EDGE else LONG_EDGE / long
    return scaled_size(size, min(scale, MAX_EDGE / long))


def scaled_size(size: tuple[int, int], scale: float) -> tuple[int, int]:
    """Return `size` times `scale`, never larger than it was and never zero."""
    width, height = (max(1, round(side * min(1, scale))) for side in size)
    return width, height


def shrink(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Resize the image to `size`, but never enlarge it: a JPEG may have been decoded at less already."""
    if image.width <= size[0] and image.height <= size[1]:
        return image
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def orientation_of(image: Image.Image) -> int:
    """Return the EXIF orientation, a key of TRANSPOSITIONS; 1 is upright."""
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # broken EXIF is common, and no reason to refuse an image
        return 1


def turn_upright(image: Image.Image, orientation: int) -> Image.Image:
    return image.transpose(TRANSPOSITIONS[orientation]) if orientation in TRANSPOSITIONS else image


def convert_mode(image: Image.Image) -> Image.Image:
    """Return the image in mode L, RGB, RGBA or CMYK, with 8 bits per channel."""
    if image.mode.startswith("I"):  # 16-bit grey
        image = image.point(lambda grey: grey * (1 / 256)).convert("L")
    if image.has_transparency_data:
        mode = "RGBA"
    elif image.mode in ("1", "L"):
        mode = "L"
    else:
        mode = "CMYK" if image.mode == "CMYK" else "RGB"
    return image if image.mode == mode else image.convert(mode)


def convert_to_srgb(image: Image.Image) -> Image.Image:
    """Return the image in sRGB, which programs assume if there is no colour profile."""
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if icc := image.info.get("icc_profile"):
        try:
            profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
            if not ImageCms.getProfileDescription(profile).startswith("sRGB"):
                return ImageCms.profileToProfile(image, profile, SRGB, outputMode=mode) or image
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a broken profile, or one for another kind of image: browsers ignore it too
    return image.convert("RGB") if image.mode == "CMYK" else image


def drop_opaque_alpha(image: Image.Image) -> Image.Image:
    """Drop an alpha channel that makes nothing transparent, as screenshots often have."""
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        return image.convert("RGB")
    return image
