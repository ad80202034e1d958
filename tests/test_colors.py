"""People's colours, which come of who they are: each of the 360 can be read, so that no name has to be lucky.

What is asked is WCAG 2.2, 1.4.3: a contrast of 4.5. All other colours are the same in each run, and the pages' own
tests ask of them.
"""

import colorsys
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

CSS = Path(__file__).parents[1] / "static" / "css"
EVERYWHERE = "".join(sheet.read_text() for sheet in CSS.glob("*.css"))
LEAST = 4.5
Color = tuple[float, float, float]

_PAIR = r"hsl\(var\(--hue\) (\d+)% (\d+)%\)"
BY_HUE = re.compile(rf"(background|color): light-dark\({_PAIR}, {_PAIR}\)")
SURFACE = re.compile(r"--color-(?:bg|surface|surface-2): light-dark\(#(\w{6}), #(\w{6})\)")


def rules() -> Iterator[tuple[str, dict[str, tuple[int, ...]]]]:
    """Selectors, with what of theirs goes by the hue."""
    for sheet in sorted(CSS.glob("*.css")):
        for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", sheet.read_text()):
            if found := {one[0]: tuple(map(int, one[1:])) for one in BY_HUE.findall(body)}:
                yield selector.strip().splitlines()[-1], found


def hsl(hue: int, saturation: int, lightness: int) -> Color:
    return colorsys.hls_to_rgb(hue / 360, lightness / 100, saturation / 100)


def luminance(color: Color) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Color, other: Color) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def surfaces(dark: bool) -> list[Color]:
    found = [pair[dark] for pair in SURFACE.findall((CSS / "tokens.css").read_text())]
    assert len(found) == 3
    return [tuple(int(text[at : at + 2], 16) / 255 for at in (0, 2, 4)) for text in found]  # type: ignore[misc]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_each_hue_can_be_read(dark: bool) -> None:
    asked = list(rules())
    assert 2 * sum(len(found) for _, found in asked) == EVERYWHERE.count("var(--hue)")
    for selector, found in asked:
        for hue in range(360):
            text, behind = (found.get(what, ())[2 * dark :][:2] for what in ("color", "background"))
            for surface in [hsl(hue, *behind)] if behind else surfaces(dark):
                assert contrast(hsl(hue, *text), surface) >= LEAST, f"{selector} with hue {hue}"
