"""What a reader is shown of a section, in both languages."""

from features.language import LANGUAGES
from pipelines.pages.charts import draw
from pipelines.pages.words import Words
from risk.report.document import Figure, Report, Section, Table


def figure(section: Section, key: str, subject: str = "") -> Figure:
    """The last figure of a key: that of the current sample."""
    return [f for f in section.figures if f.key == key and f.subject == subject][-1]


def table(section: Section, key: str, subject: str = "") -> Table:
    """The table of a key."""
    return next(t for t in section.tables if t.key == key and t.subject == subject)


def keys(section: Section) -> list[str]:
    """Keys of its remarks."""
    return [remark.key for remark in section.remarks]


def check(section: Section) -> None:
    """Every word of it is in the catalogue, every chart can be drawn, and it comes back whole."""
    for language in LANGUAGES:
        words = Words(language)
        assert words.text(f"section.{section.key}")
        assert words.text(f"about.{section.key}")
        for each in section.figures:
            assert words.figure(each)
            assert words.basis(each)
            assert all(words.text(f"method.{name}") for name in (each.method,) if name)
            assert all(words.text(f"because.{name}") for name in (each.because,) if name)
        for each in section.tables:
            kinds = [column.kind for column in each.columns]
            assert words.table(each)
            assert all(words.column(column) for column in each.columns)
            assert all(
                words.cell(*pair) for row in each.rows for pair in zip(row, kinds, strict=True)
            )
            draw(each, language)
        assert all(words.remark(remark) for remark in section.remarks)
    report = Report(kind="validation", portfolio="p", subjects=("a",), sections=(section,))
    assert Report.from_json(report.to_json()) == report
