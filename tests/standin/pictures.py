"""Pictures that a model "draws"."""

import base64
import io

from PIL import Image


def png_data_url(seed: int = 0, width: int = 96, height: int = 64) -> str:
    """A small real PNG with a gradient, as a data URL; the seed picks its colour."""
    image = Image.new("RGB", (width, height))
    blue = 80 + seed * 37 % 150
    image.putdata([(x * 255 // width, y * 255 // height, blue) for y in range(height) for x in range(width)])
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
