"""The page's colours can be read: contrast after WCAG 2.2 (1.4.3 text, 1.4.11 graphics), in light and in dark."""

import re
from pathlib import Path

import pytest

STYLE = (Path(__file__).parents[2] / "authstorm" / "report" / "assets" / "report.css").read_text()
LIGHT, DARK = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
)
TEXTS = ("ink", "soft", "accent", "yes", "no", "unsure")
LINES = ("good", "refused", "shed", "broken", "wrong", *(f"step-{number}" for number in range(1, 7)))


def luminance(colour):
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_has_the_contrast_that_the_standard_says():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "card", "band"])
def test_text_can_be_read_and_lines_can_be_seen(theme, ground):
    assert {name for name in TEXTS if contrast(theme[name], theme[ground]) < 4.5} == set()
    assert {name for name in LINES if contrast(theme[name], theme[ground]) < 3.0} == set()


def test_both_themes_name_the_same_colours():
    assert set(LIGHT) == set(DARK)
