"""A report as one HTML file that needs nothing beside it: no script, no font, no network.

Or as a part of a page that brings its own frame and style.
"""

from dataclasses import dataclass
from functools import cache
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from features.language import Language
from pipelines.pages import summary
from pipelines.pages.figures import figures
from pipelines.pages.grids import Grid, grid
from pipelines.pages.numbers import written
from pipelines.pages.words import Words
from risk.report.document import Light, Report, Section

_TAGS: dict[Language, str] = {"zh": "zh-CN", "en": "en"}
_PARTS = ("head.html.j2", "body.html.j2")


@dataclass(frozen=True)
class _Said:
    """A remark as it is set."""

    anchor: str
    text: str
    light: Light


@dataclass(frozen=True)
class _Part:
    """A section as it is set."""

    anchor: str
    title: str
    about: str
    light: Light
    remarks: tuple[_Said, ...]
    figures: Grid | None
    tables: tuple[Grid, ...]


def html(report: Report, language: Language, *, printed: bool = False) -> str:
    """A report as a page; the same report gives the same bytes.

    Args:
        report: The report.
        language: The language of the page.
        printed: Whether it goes on paper, where nothing is folded.

    Raises:
        DataError: The report names something for which the catalogue has no text.
    """
    given = _given(report, language, printed=printed)
    style = _packaged("report.css")
    page = _environment().get_template("report.html.j2")
    return page.render(given, tag=_TAGS[language], style=style)


def part(report: Report, language: Language) -> Markup:
    """A report as a part of a page: its head and its sections, without any style.

    Raises:
        DataError: The report names something for which the catalogue has no text.
    """
    given = _given(report, language)
    drawn = (_environment().get_template(name).render(given) for name in _PARTS)
    return Markup("").join(map(Markup, drawn))


def _given(report: Report, language: Language, *, printed: bool = False) -> dict[str, object]:
    """What the templates show."""
    words = Words(language)
    counted = summary.lights(report)
    return {
        "report": report,
        "printed": printed,
        "words": words,
        "say": words.frame,
        "subjects": _subjects(report, words),
        "findings": summary.findings(report, words),
        "counts": {light: written(counted[light], "count") for light in ("red", "amber", "green")},
        "untested": sum(f.value is None for section in report.sections for f in section.figures),
        "parts": [_part(section, words) for section in report.sections],
    }


def _part(section: Section, words: Words) -> _Part:
    key = section.key
    return _Part(
        anchor=key,
        title=words.text(f"section.{key}"),
        about=words.text(f"about.{key}"),
        light=section.light,
        remarks=tuple(
            _Said(summary.remark_mark(key, n), words.remark(remark), remark.light)
            for n, remark in enumerate(section.remarks)
        ),
        figures=figures(key, section.figures, words) if section.figures else None,
        tables=tuple(
            grid(table, summary.table_mark(key, n), words) for n, table in enumerate(section.tables)
        ),
    )


def _subjects(report: Report, words: Words) -> list[tuple[str, str]]:
    """The runs a report speaks of, each with what it is called here."""
    names = ("first", "second") if len(report.subjects) == 2 else ("run",) * len(report.subjects)
    subjects = zip(names, report.subjects, strict=True)
    return [(words.frame(name), words.named(subject)) for name, subject in subjects]


def _packaged(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")


@cache
def _environment() -> Environment:
    # Autoescaping makes text of whatever a report holds; only drawings come as markup.
    return Environment(
        loader=FunctionLoader(_packaged),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
