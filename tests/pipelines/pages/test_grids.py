from features.language import Text
from pipelines.pages.grids import Grid, Row, Set, grid, label
from pipelines.pages.scales import text_width
from pipelines.pages.words import Words
from risk.report.document import Cell, Chart, Column, Table
from tests.pipelines.pages.made import roc, table

EN = Words("en")


def bare(rows: int) -> Table:
    return table(rows).model_copy(update={"chart": None, "left_out": 4})


def test_a_short_table_is_all_in_sight() -> None:
    made = grid(bare(15), "here", EN)
    assert (len(made.rows), made.folded) == (15, ())
    assert made.left_out == "4 more rows are not listed."


def test_the_rest_of_a_long_table_is_folded() -> None:
    made = grid(bare(40), "here", EN)
    assert (len(made.rows), len(made.folded), made.fold) == (12, 28, "The other 28 rows")
    assert not made.found


def test_a_long_table_is_folded_whole_below_its_chart_unless_something_in_it_was_found() -> None:
    made = grid(table(40), "here", EN)
    assert (len(made.rows), len(made.folded), made.fold) == (0, 40, "Table (40 rows)")
    assert made.found
    quiet = table(40).model_copy(update={"lights": ("green",) * 40})
    assert not grid(quiet, "here", EN).found


def test_a_narrow_table_stands_beside_its_chart() -> None:
    assert grid(table(), "here", EN).beside
    assert not grid(bare(3), "here", EN).beside
    long = Text(zh="长" * 40, en="long " * 20)
    assert not grid(table().model_copy(update={"rows": ((long, 1),) * 3}), "here", EN).beside


def test_lights_are_a_column_of_their_own() -> None:
    made = grid(table(), "here", EN)
    assert [head.text for head in made.heads] == ["field", "rows", "light"]
    assert [row.cells[-1].light for row in made.rows] == ["green", "amber", "green"]
    assert [row.cells[-1].text for row in made.rows] == ["green", "amber", "green"]


def test_curves_that_share_their_x_stand_in_columns() -> None:
    made = grid(roc("sample.test", "sample.all"), "here", EN)
    assert [head.text for head in made.heads] == [
        "goods refused",
        "bads refused: test",
        "bads refused: all rows",
    ]
    assert [cell.text for cell in made.rows[1].cells] == ["25.00%", "50.00%", "50.00%"]


def test_curves_over_different_points_stay_row_by_row() -> None:
    both = roc("sample.test", "sample.all")
    made = grid(both.model_copy(update={"rows": both.rows[:-1]}), "here", EN)
    assert [head.text for head in made.heads] == ["line", "goods refused", "bads refused"]
    assert len(made.rows) == 9


def test_a_row_is_called_by_the_words_it_begins_with() -> None:
    columns = (
        Column(key="group"),
        Column(key="sample", kind="word"),
        Column(key="rows", kind="count"),
    )
    row: tuple[Cell, ...] = ("female", "sample.test", 12)
    made = Table(key="by_month", columns=columns, rows=(row,))
    assert label(made, 0, EN) == "female / test"
    numbered = made.model_copy(update={"columns": columns[2:], "rows": ((12,),)})
    assert label(numbered, 0, EN) == "12"


def test_a_cell_to_be_filled_in_has_room() -> None:
    made = Table(key="sign_off", columns=(Column(key="name"),), rows=(("",),))
    assert grid(made, "here", EN).rows[0].cells[0].look == "blank"


def test_a_table_without_rows_is_set_too() -> None:
    empty = Table(
        key="rejected",
        columns=(Column(key="field"), Column(key="rows", kind="count")),
        rows=(),
        chart=Chart(kind="bars", label="field", values=("rows",)),
    )
    assert grid(empty, "here", EN).rows == ()


def test_a_word_longer_than_a_column_may_break() -> None:
    rows: tuple[tuple[Cell, ...], ...] = (("0f" * 32,), ("a few words",))
    made = Table(key="sign_off", columns=(Column(key="name"),), rows=rows)
    assert ["long" in row.cells[0].classes for row in grid(made, "here", EN).rows] == [True, False]


def test_short_heads_that_keep_to_one_line_make_a_table_as_wide_as_they_are() -> None:
    heads = tuple(Set("upper bound", "number") for _ in range(5))
    made = Grid(
        "here", "title", heads, (Row(tuple(Set("0.1", "number") for _ in heads)),), chart="x"
    )
    assert sum(text_width(head.text, 1) / 2 for head in heads) < 27
    assert not made.beside
    assert not made.twice


def test_a_head_alone_makes_no_table_wide() -> None:
    made = grid(roc("sample.test", "sample.validation"), "here", Words("zh"))
    assert sum(text_width(head.text, 1) for head in made.heads) > 30
    assert made.beside
