"""The style sheet: what is written in it can be read, in light and in dark."""

import re
from importlib import resources

import pytest

SHEET = resources.files("pipelines.review").joinpath("static/review.css").read_text("utf-8")
REPORT = resources.files("pipelines.pages").joinpath("report.css").read_text("utf-8")
TEXTS = ("ink", "muted", "link", "green", "amber", "red")
GROUNDS = ("paper", "raised")
WASHES = (("green", "green-wash"), ("amber", "amber-wash"), ("red", "red-wash"), ("ink", "span"))


def colours(sheet: str) -> tuple[dict[str, str], dict[str, str]]:
    """The colours of a sheet by name, light and dark."""
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        for block in re.findall(r":root \{(.*?)\}", sheet, re.DOTALL)
    )
    return light, dark


def contrast(one: str, other: str) -> float:
    """Contrast of two colours as WCAG 2.2 reckons it."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("named", colours(SHEET), ids=["light", "dark"])
def test_every_text_stands_out_from_what_it_stands_on(named: dict[str, str]) -> None:
    pairs = [(text, ground) for text in TEXTS for ground in (*GROUNDS, "link-wash")]
    pairs += [*WASHES, ("on-link", "link"), ("on-span", "span-shown")]
    assert {pair for pair in pairs if contrast(named[pair[0]], named[pair[1]]) < 4.5} == set()


@pytest.mark.parametrize("named", colours(SHEET), ids=["light", "dark"])
def test_the_edge_of_a_field_can_be_seen(named: dict[str, str]) -> None:
    assert min(contrast(named["edge"], named[ground]) for ground in GROUNDS) >= 3


def test_the_colours_are_those_of_the_reports() -> None:
    for ours, theirs in zip(colours(SHEET), colours(REPORT), strict=True):
        assert theirs.items() <= ours.items()


def test_nothing_is_fetched_from_anywhere() -> None:
    assert re.search(r"url\(|@import", SHEET) is None
