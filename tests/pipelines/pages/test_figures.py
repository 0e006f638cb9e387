from pipelines.pages.figures import figures
from pipelines.pages.words import Words
from risk.report.document import Figure
from tests.pipelines.pages import made

EN = Words("en")


def test_a_figure_stands_with_everything_that_has_to_be_known_to_read_it() -> None:
    grid = figures("discrimination", made.figures(), EN)
    assert [head.text for head in grid.heads] == [
        *("figure", "value", "interval", "p", "sample", "rows", "bads", "method", "light")
    ]
    row = grid.rows[0]
    assert row.anchor == "discrimination-figure-1"
    assert [cell.text for cell in row.cells] == [
        *("AUC lost since development", "0.0310", "[0.0100, 0.0520]", "< 0.0001"),
        *("out of time", "1,002", "105", "DeLong, separate samples, one-sided test", "amber"),
    ]
    assert row.cells[-1].light == "amber"
    assert row.cells[-1].notes == ("▲ ≥ 0.02 ■ ≥ 0.05",)


def test_why_there_is_no_value_stands_where_value_interval_and_p_would() -> None:
    grid = figures("discrimination", made.figures(), EN)
    cells = grid.rows[2].cells
    assert [(cell.text, cell.span) for cell in cells[:3]] == [
        ("Gini: A1", 1),
        ("fewer than 20 bads or goods: not tested", 3),
        ("test", 1),
    ]
    assert sum(cell.span for cell in cells) == len(grid.heads)


def test_a_column_that_no_figure_needs_is_not_there() -> None:
    grid = figures("flow", (Figure(key="rows_read", value=3, kind="count"),), EN)
    assert [head.text for head in grid.heads] == ["figure", "value"]
    untold = figures("flow", (Figure(key="rows_read"),), EN)
    assert untold.rows[0].cells[1].text == "—"
