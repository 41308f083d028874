"""Images that a model makes."""

import base64
import io
from collections.abc import Mapping

from PIL import Image

AREA = 96 * 64  # pixels of an image for which nothing else is asked
LONGEST_RATIO = 8


def png_data_url(seed: int = 0, width: int = 96, height: int = 64) -> str:
    """A small real PNG with a gradient, as a data URL; the seed picks its colour."""
    image = Image.new("RGB", (width, height))
    blue = 80 + seed * 37 % 150
    image.putdata([(x * 255 // width, y * 255 // height, blue) for y in range(height) for x in range(width)])
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def size_for(image_config: object) -> tuple[int, int]:
    """Width and height for the `image_config` of a request: its aspect ratio; at 2K four times the area."""
    config = image_config if isinstance(image_config, Mapping) else {}
    across, _, down = str(config.get("aspect_ratio", "3:2")).partition(":")
    ratio = int(across) / int(down) if across.isdigit() and down.isdigit() and int(down) else 1.5
    ratio = min(max(ratio, 1 / LONGEST_RATIO), LONGEST_RATIO)
    area = AREA * (4 if config.get("image_size") == "2K" else 1)
    return round((area * ratio) ** 0.5), round((area / ratio) ** 0.5)


SVG = base64.b64encode(b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>').decode()
ODD = {
    "svg": f"data:image/svg+xml;base64,{SVG}",
    "broken": "data:image/png;base64,iVBORw0KGgo!",
    "cut": png_data_url()[:62],
    "address": "https://images.example.org/cat.png?a=1&b=<2>",
}
