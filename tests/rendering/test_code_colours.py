"""The colours of code can be read: each reaches 4.5:1 on its ground, in the light and in the dark theme."""

import math
import re
from pathlib import Path

import pytest

CSS = Path(__file__).parents[2] / "static" / "css"
NUMBERS = r"oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)"
PROPERTY = re.compile(rf"(--[\w-]+): light-dark\({NUMBERS}, {NUMBERS}\)")


def pairs(sheet: str) -> dict[str, list[tuple[float, ...]]]:
    found = PROPERTY.findall((CSS / sheet).read_text())
    return {name: [tuple(map(float, numbers[:3])), tuple(map(float, numbers[3:]))] for name, *numbers in found}


GROUND = pairs("site/tokens.css")["--sunken"]
COLOURS = pairs("chat/code.css")


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("name", COLOURS)
def test_a_colour_of_code_reaches_four_and_a_half_to_one(name, theme):
    assert contrast(COLOURS[name][theme], GROUND[theme]) >= 4.5


def test_every_colour_that_is_used_has_both_values():
    used = set(re.findall(r"var\((--code-[\w-]+)\)", (CSS / "chat" / "code.css").read_text())) - {"--code-ground"}

    assert used == COLOURS.keys()


def test_contrast_is_computed_as_wcag_does():
    assert contrast((100, 0, 0), (0, 0, 0)) == pytest.approx(21, abs=0.01)


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    darker, lighter = sorted([luminance(*one), luminance(*other)])
    return (lighter + 0.05) / (darker + 0.05)


def luminance(lightness: float, chroma: float, hue: float) -> float:
    """Relative luminance of an OKLCH colour. Source: CSS Color 4, "Converting Oklab to XYZ"."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    base = lightness / 100
    long = (base + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (base - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (base - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return -0.0405757684 * long + 1.1122868293 * medium - 0.0717110580 * short
