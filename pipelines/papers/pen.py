"""The pen that writes a PDF's page: what it writes, and where on the line it begins and stops.

pypdf calls with every operator and the matrices in force. The font of what was shown it says only
afterwards, so that what is shown waits until then.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pipelines.papers.gaps import NARROW, Run

if TYPE_CHECKING:
    from pypdf.generic import DictionaryObject
    from pypdf.generic._font import Font

Matrix = Sequence[float]
FontOf = Callable[["DictionaryObject"], "Font"]

_MOVES = (b"BT", b"Td", b"TD", b"Tm", b"T*")
_SHOWS = (b"Tj", b"TJ")
_NEXT_LINES = (b"'", b'"')
_SPACINGS = {b"Tc": 0, b"Tw": 1, b"Tz": 2}
_NOWHERE = (0.0,) * 6
_NO_PLACE = (0.0, 0.0, 0.0, 0.0)
_TILT = 1e-3
_FAR = 1e6  # points; a page has some hundreds
_UNKNOWN = "\ufffd"
_FIRST_WIDE = "\u2e80"  # of the letters that fill a square
_HALF, _FULL = 500.0, 1000.0
_BEFORE_SPACE = 31  # a space is number 1 of a collection


class _Shown(NamedTuple):
    """What an operator shows: strings, and between them thousandths to move back."""

    pieces: Sequence[object]
    moved: bool
    matrix: Matrix
    spacing: tuple[float, ...]


_BREAK = _Shown((), True, _NOWHERE, (0.0, 0.0, 1.0))


class Fonts:
    """What pypdf knows of a file's fonts, each read once.

    Args:
        font_of: Reads one.
    """

    def __init__(self, font_of: FontOf) -> None:
        self._font_of = font_of
        self._known: dict[int, tuple[DictionaryObject, Font]] = {}

    def of(self, resource: "DictionaryObject") -> "Font":
        """A font by its entry in the file."""
        if id(resource) not in self._known:
            self._known[id(resource)] = resource, self._font_of(resource)
        return self._known[id(resource)][1]


class Pen:
    """Follows the pen over one page; its runs are complete when the page is read.

    Args:
        fonts: The fonts of the file.
    """

    def __init__(self, fonts: Fonts) -> None:
        self.runs: list[Run] = []
        self._fonts = fonts
        self._waiting: list[_Shown] = []
        self._at, self._moved = 0.0, True
        self._spacing: tuple[float, ...] = _BREAK.spacing
        self._saved: list[tuple[float, ...]] = []

    def before(self, operator: bytes, operands: Sequence[object], cm: Matrix, tm: Matrix) -> None:
        """What pypdf is about to do, with the matrices of the page and of the line."""
        if operator in _SHOWS:
            self._show(operands[0] if operands else (), _product(tm, cm))
        elif operator in _NEXT_LINES:
            # The line's matrix is changed only after this call.
            self._show(operands[-1] if operands else (), _NOWHERE)
            self._moved = True
        elif operator in _MOVES:
            self._moved = True
        elif operator == b"q":
            self._saved.append(self._spacing)
        elif operator == b"Q" and self._saved:
            self._spacing = self._saved.pop()
        elif operator == b"Do":
            # What a form shows is measured from the form's own corner.
            self._waiting.append(_BREAK)
        elif operator in _SPACINGS and operands and isinstance(operands[0], int | float):
            value = float(operands[0]) / (100 if operator == b"Tz" else 1)
            at = _SPACINGS[operator]
            self._spacing = (*self._spacing[:at], value, *self._spacing[at + 1 :])

    def after(self, operator: bytes, *_: object) -> None:
        """What pypdf has done."""
        if operator == b"Do":
            self._waiting.append(_BREAK)

    def said(
        self, _: str, __: Matrix, ___: Matrix, resource: "DictionaryObject | None", size: float
    ) -> None:
        """The font and the size of all that was shown since the last time."""
        waiting, self._waiting = self._waiting, []
        writing = _Writing(resource, self._fonts) if waiting else None
        for shown in waiting:
            if writing:
                self.runs += self._followed(shown, writing, size)

    def _show(self, shown: object, matrix: Matrix) -> None:
        pieces = shown if isinstance(shown, list) else (shown,)
        self._waiting.append(_Shown(pieces, self._moved, matrix, self._spacing))
        self._moved = False

    def _followed(self, shown: _Shown, writing: "_Writing", size: float) -> Iterator[Run]:
        """The runs that an operator writes: one, and one more after each gap."""
        per_letter, per_space, scale = shown.spacing
        matrix = shown.matrix if writing.measured else _NOWHERE
        if shown.moved:
            self._at = 0.0
        begin, letters = self._at, list[str]()
        for piece in shown.pieces:
            if isinstance(piece, int | float):
                moved = -piece / 1000 * size * scale
                if moved >= NARROW * size:
                    yield _run(letters, begin, self._at, matrix, size)
                    begin, letters = self._at + moved, []
                self._at += moved
            elif isinstance(piece, str | bytes):
                text, width, count, spaces = writing.read(piece)
                letters.append(text)
                self._at += scale * (width / 1000 * size + per_letter * count + per_space * spaces)
        yield _run(letters, begin, self._at, matrix, size)


class _Writing:
    """How a font writes: the characters behind its codes, and how wide they are.

    Args:
        resource: The font's entry in the file; None where a page uses one that is not there.
        fonts: The fonts of the file.
    """

    def __init__(self, resource: "DictionaryObject | None", fonts: Fonts) -> None:
        self._font = None if resource is None else fonts.of(resource)
        encoding = resource.get("/Encoding") if resource else None
        # Widths go by a font's own numbers of its letters, which are the codes of a text only here.
        self._by_code = encoding == "/Identity-H"
        self._unicode = isinstance(encoding, str) and encoding.startswith("/Uni")
        downward = isinstance(encoding, str) and encoding.endswith("-V")
        self.measured = self._font is not None and self._font.sub_type != "Type3" and not downward

    def read(self, piece: str | bytes) -> tuple[str, float, int, int]:
        """Of a string: its characters, their width in thousandths, their count, and its spaces."""
        font = self._font
        if isinstance(piece, str):
            return piece, sum(map(self._width, piece)), len(piece), piece.count(" ")
        if font is None:
            return _UNKNOWN * len(piece), 0.0, len(piece), 0
        if not isinstance(font.encoding, str):
            codes = [font.encoding.get(code, chr(code)) for code in piece]
            text = "".join(font.character_map.get(code, code) for each in codes for code in each)
            width = sum(map(self._width, map(chr, piece)))
            return text, width, len(piece), piece.count(b" ")
        try:
            code = piece.decode(font.encoding, "surrogatepass")
        except UnicodeDecodeError:
            code = piece.decode(font.encoding, "replace")
        text = "".join(font.character_map.get(each, each) for each in code)
        width = sum(map(self._width if self._by_code else self._common_width, code))
        return text, width, len(code), 0

    def _width(self, code: str) -> float:
        font = self._font
        if font is None:
            return 0.0
        return font.space_width if code == font.space_char else font.get_text_width(code)

    def _common_width(self, letter: str) -> float:
        """The width of a letter in a font of a common collection.

        Where it is not known it is told too great: that hides a gap, and too small would make one.
        """
        if self._font is None or letter >= _FIRST_WIDE:
            return _FULL
        if self._unicode and " " <= letter <= "~":
            # All of Adobe's collections begin with the plain letters.
            return self._font.get_text_width(chr(ord(letter) - _BEFORE_SPACE))
        return max(self._width(letter), _HALF)


def _run(letters: Sequence[str], begin: float, end: float, matrix: Matrix, size: float) -> Run:
    """A run in points; without a place where it is not upright."""
    across, tilt, lean, up, left, level = matrix
    run = Run("".join(letters), begin * across + left, end * across + left, level, size * abs(up))
    upright = across > 0 and max(abs(tilt), abs(lean)) <= _TILT * across
    near = all(abs(number) < _FAR for number in run[1:])
    return run if upright and near else Run(run.text, *_NO_PLACE)


def _product(first: Matrix, second: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    g, h, i, j, k, m = second
    return (
        a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j,
        e * g + f * i + k, e * h + f * j + m,
    )  # fmt: skip
