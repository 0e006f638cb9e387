"""The figures of a section as one table; a column that none of them needs is not there."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from pipelines.pages.grids import Grid, Row, Set, lit
from pipelines.pages.words import Words
from risk.report.document import Figure


def figures(section: str, given: Sequence[Figure], words: Words) -> Grid:
    """The figures of a section.

    Args:
        section: Key of the section.
        given: Its figures, at least one.
        words: The language.

    Raises:
        DataError: One names something for which the catalogue has no text.
    """
    cells = [{name: tell(figure, words) for name, tell in _TOLD.items()} for figure in given]
    needed = [name for name in _TOLD if name == "value" or any(row[name].text for row in cells)]
    heads = [Set(words.frame("figure"))]
    heads += [Set(words.frame(name), _LOOKS.get(name, "")) for name in needed]
    rows = [
        Row((Set(words.figure(figure)), *_row(figure, row, needed)), figure.light, mark(section, n))
        for n, (figure, row) in enumerate(zip(given, cells, strict=True))
    ]
    title = words.frame("figures", section=words.text(f"section.{section}"))
    return Grid(f"{section}-figures", title, tuple(heads), tuple(rows))


def mark(section: str, place: int) -> str:
    """Where a figure is found on the page."""
    return f"{section}-figure-{place + 1}"


def _row(figure: Figure, cells: dict[str, Set], needed: Sequence[str]) -> tuple[Set, ...]:
    """The cells of a figure; why it has no value takes the room of what it then lacks too."""
    lacking = [name for name in ("value", "interval", "p_value") if name in needed]
    if cells["value"].look != "because" or any(cells[name].text for name in lacking[1:]):
        return tuple(cells[name] for name in needed)
    because = replace(cells["value"], span=len(lacking))
    return (because, *(cells[name] for name in needed if name not in lacking))


def _value(figure: Figure, words: Words) -> Set:
    if figure.value is None and figure.because:
        return Set(words.text(f"because.{figure.because}"), "because")
    return Set(words.cell(figure.value, figure.kind), "number")


def _count(number: int | None, words: Words) -> Set:
    return Set("" if number is None else words.cell(number, "count"), "number")


def _p_value(figure: Figure, words: Words) -> Set:
    return Set("" if figure.p_value is None else words.cell(figure.p_value, "p"), "number")


def _method(figure: Figure, words: Words) -> Set:
    return Set(words.text(f"method.{figure.method}") if figure.method else "")


def _light(figure: Figure, words: Words) -> Set:
    if figure.light == "none":
        return Set("")
    return lit(figure.light, words, words.limits(figure))


_LOOKS = dict.fromkeys(("value", "interval", "p_value", "rows", "bads"), "number")
_TOLD: dict[str, Callable[[Figure, Words], Set]] = {
    "value": _value,
    "interval": lambda figure, words: Set(words.interval(figure), "number"),
    "p_value": _p_value,
    "sample": lambda figure, words: Set(words.sample(figure.sample)),
    "rows": lambda figure, words: _count(figure.rows, words),
    "bads": lambda figure, words: _count(figure.bads, words),
    "method": _method,
    "light": _light,
}
