"""A drawing as SVG, element by element, so that no text can become markup.

Every mark carries its look twice: as attributes, which printing follows, and as a class, by which
a page gives it the colours of its own scheme.
"""

from xml.etree import ElementTree

from features.language import Language
from pipelines.pages.scales import shorten
from pipelines.pages.words import plain

FONTS: dict[Language, str] = {
    "en": "'Helvetica Neue', Arial, 'Liberation Sans', 'Noto Sans', 'Noto Sans CJK SC', "
    "'PingFang SC', 'Microsoft YaHei', sans-serif",
    "zh": "'Noto Sans CJK SC', 'Noto Sans SC', 'Source Han Sans SC', 'PingFang SC', "
    "'Microsoft YaHei', 'WenQuanYi Micro Hei', SimHei, sans-serif",
}
SIZE = 12.0
"""Size of text in user units."""

SERIES = ("#1f5fa8", "#b8500a", "#0b7a5a", "#8a3a8c", "#5c6570", "#8a6d00")
"""Told apart with any eyesight by their dashes and signs too; each at least 4.5 : 1 on white."""
DASHES = ("", "7 3", "2 3", "9 3 2 3", "4 2", "1 2")
_INK, _MUTED, _GRID = "#1c232b", "#56606b", "#dfe3e8"

_LOOKS: dict[str, dict[str, str]] = {
    "ink": {"fill": _INK},
    "muted": {"fill": _MUTED},
    "over": {"fill": "none", "pointer-events": "all"},
    "grid": {"stroke": _GRID, "stroke-width": "1"},
    "zero": {"stroke": _MUTED, "stroke-width": "1"},
    "mark": {"stroke": _INK, "stroke-width": "1.2", "stroke-dasharray": "5 3"},
    **{f"fill{n}": {"fill": colour} for n, colour in enumerate(SERIES)},
    **{
        f"line{n}": {
            "stroke": colour,
            "stroke-width": "2",
            "fill": "none",
            "stroke-linejoin": "round",
            **({"stroke-dasharray": dash} if dash else {}),
        }
        for n, (colour, dash) in enumerate(zip(SERIES, DASHES, strict=True))
    },
    **{f"rule{n}": {"stroke": colour, "stroke-width": "2"} for n, colour in enumerate(SERIES)},
}


Place = tuple[float, float]


class Drawing:
    """An SVG picture that grows mark by mark; `width` and `height` are in CSS pixels."""

    def __init__(self, width: float, height: float, name: str, language: Language) -> None:
        """Begin a picture that a screen reader calls `name`."""
        size = {"width": _number(width), "height": _number(height)}
        self._root = ElementTree.Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "viewBox": f"0 0 {size['width']} {size['height']}",
                **size,
                "role": "img",
                "aria-label": plain(name),
                "font-family": FONTS[language],
                "font-size": _number(SIZE),
            },
        )

    def line(self, look: str, ends: tuple[float, float, float, float], title: str = "") -> None:
        """A straight line from x1, y1 to x2, y2."""
        self._add("line", look, title, **dict(zip(("x1", "y1", "x2", "y2"), ends, strict=True)))

    def box(
        self, look: str, x: float, y: float, size: tuple[float, float], title: str = ""
    ) -> None:
        """A rectangle by its upper left corner, width and height."""
        self._add("rect", look, title, x=x, y=y, width=size[0], height=size[1])

    def cell(self, colour: str, x: float, y: float, size: tuple[float, float], title: str) -> None:
        """A rectangle whose colour is its value, the same on every page."""
        shape = self._add("rect", "cell", title, x=x, y=y, width=size[0], height=size[1])
        shape.set("fill", colour)

    def path(self, look: str, points: list[Place], title: str = "") -> None:
        """A line through points."""
        steps = " L".join(f"{_number(x)} {_number(y)}" for x, y in points)
        self._add("path", look, title).set("d", f"M{steps}")

    def over(self, at: Place, title: str) -> None:
        """Room around a place that tells something where a pointer comes near."""
        self.box("over", at[0] - 6, at[1] - 6, (12, 12), title)

    def dot(self, series: int, at: Place, title: str = "") -> None:
        """The sign of a series at a place: a circle, a square, a diamond, a triangle."""
        x, y = at
        look = f"fill{series % len(SERIES)}"
        if series % 4 == 0:
            self._add("circle", look, title, cx=x, cy=y, r=3.6)
            return
        corners = _CORNERS[series % 4]
        outline = " ".join(f"{_number(x + dx)},{_number(y + dy)}" for dx, dy in corners)
        self._add("polygon", look, title).set("points", outline)

    def text(
        self, text: str, x: float, y: float, anchor: str = "start", look: str = "muted"
    ) -> ElementTree.Element:
        """A line of text whose middle is at height `y`."""
        shape = self._add("text", look, "", x=x, y=y + 0.35 * SIZE)
        shape.set("text-anchor", anchor)
        shape.text = plain(text)
        return shape

    def name(self, name: str, at: Place, room: float, anchor: str, look: str = "ink") -> None:
        """A name in the room there is; cut short, it tells itself whole."""
        short = shorten(name, SIZE, room)
        shape = self.text(short, *at, anchor, look)
        if short != name:
            ElementTree.SubElement(shape, "title").text = plain(name)

    def svg(self) -> str:
        """The picture."""
        return ElementTree.tostring(self._root, encoding="unicode")

    def _add(self, tag: str, look: str, title: str, **places: float) -> ElementTree.Element:
        given = {name: _number(place) for name, place in places.items()}
        attributes = {"class": look, **_LOOKS.get(look, {}), **given}
        shape = ElementTree.SubElement(self._root, tag, attributes)
        if title:
            ElementTree.SubElement(shape, "title").text = plain(title)
        return shape


_CORNERS = {
    1: ((-3.3, -3.3), (3.3, -3.3), (3.3, 3.3), (-3.3, 3.3)),
    2: ((0, -4.6), (4.6, 0), (0, 4.6), (-4.6, 0)),
    3: ((0, -4.4), (4.2, 3.4), (-4.2, 3.4)),
}


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
