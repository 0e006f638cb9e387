"""What needs attention in a report, the red before the amber, each with the way to its place."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.pages.figures import mark
from pipelines.pages.grids import FOUND, label
from pipelines.pages.words import Words
from risk.report.document import Figure, Light, Report, Section, Table

_NAMED = 12
"""Rows of a table that are called by their names."""


@dataclass(frozen=True)
class Finding:
    """Something that is amber or red.

    Attributes:
        light: Its light.
        section: Name of its section.
        anchor: Where it is found on the page.
        what: What it is.
        told: Its value and what that rests on, or the rows of a table that it is about.
    """

    light: Light
    section: str
    anchor: str
    what: str
    told: str


def findings(report: Report, words: Words) -> tuple[Finding, ...]:
    """Everything amber or red, in the order of the report within each light."""
    found = [each for section in report.sections for each in _of(section, words)]
    return tuple(sorted(found, key=lambda each: FOUND.index(each.light)))


def lights(report: Report) -> Counter[Light]:
    """How many things have each light."""
    return Counter(light for section in report.sections for light in section.lights)


def table_mark(section: str, place: int) -> str:
    """Where a table is found on the page."""
    return f"{section}-table-{place + 1}"


def remark_mark(section: str, place: int) -> str:
    """Where a remark is found on the page."""
    return f"{section}-remark-{place + 1}"


def _of(section: Section, words: Words) -> Iterator[Finding]:
    name = words.text(f"section.{section.key}")
    for n, remark in enumerate(section.remarks):
        if remark.light in FOUND:
            anchor = remark_mark(section.key, n)
            yield Finding(remark.light, name, anchor, words.remark(remark), "")
    for n, figure in enumerate(section.figures):
        if figure.light in FOUND:
            told = _told(figure, words)
            yield Finding(figure.light, name, mark(section.key, n), words.figure(figure), told)
    for n, table in enumerate(section.tables):
        for light in FOUND:
            rows = [row for row, each in enumerate(table.lights) if each == light]
            if rows:
                told = _rows(table, rows, words)
                yield Finding(light, name, table_mark(section.key, n), words.table(table), told)


def _told(figure: Figure, words: Words) -> str:
    value = " ".join(
        part for part in (words.cell(figure.value, figure.kind), words.interval(figure)) if part
    )
    return words.listed(value, words.basis(figure))


def _rows(table: Table, rows: list[int], words: Words) -> str:
    names = words.frame("pause").join(label(table, row, words) for row in rows[:_NAMED])
    if len(rows) > _NAMED:
        names = f"{names} {words.frame('more', n=len(rows) - _NAMED)}"
    return words.frame("about", title=words.column(table.columns[0]), subject=names)
