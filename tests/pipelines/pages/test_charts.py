import math
import re
from itertools import pairwise
from typing import Literal, get_args
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.language import Language
from pipelines.pages.charts import draw
from pipelines.pages.drawing import SIZE
from risk.report.document import Cell, Chart, Column, Table
from tests.pipelines.pages.contrast import contrast
from tests.pipelines.pages.made import HOSTILE, roc, table

ChartKind = Literal["bars", "lines", "intervals", "curve", "heat"]
SVG = "{http://www.w3.org/2000/svg}"
PLACES = ("x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "width", "height", "d", "points")
KEYS = ("bad_rate", "low", "high", "value")

numbers = st.one_of(
    st.none(),
    st.floats(),
    st.integers(-(10**9), 10**9),
    st.sampled_from([0.0, 1e308, -1e308, 5e-324, "no number"]),
)
labels = st.one_of(st.none(), st.text(max_size=60), st.just(HOSTILE), st.just("2026-03"))


@st.composite
def tables(draw_: st.DrawFn) -> Table:
    """Any table with any chart."""
    kind: ChartKind = draw_(st.sampled_from(get_args(ChartKind)))
    label = numbers if kind == "curve" else labels
    row = st.tuples(label, st.sampled_from(["sample.test", "sample.all"]), *[numbers] * 4)
    values = draw_(st.integers(1, 2))
    chart = Chart(
        kind=kind,
        label="group",
        values=("bad_rate", "value")[:values],
        low=draw_(st.sampled_from(["", "low"])),
        high="high",
        line=draw_(st.one_of(st.none(), st.floats())),
        diagonal=draw_(st.booleans()),
        by=draw_(st.sampled_from(["", "sample"])),
    )
    written = draw_(st.sampled_from(["share", "count", "number", "index", "points", "p"]))
    columns = (Column(key="group"), Column(key="sample", kind="word"))
    columns += tuple(Column(key=key, kind=written) for key in KEYS)
    rows = draw_(st.lists(row, max_size=45))
    return Table(key="by_month", columns=columns, rows=tuple(rows), chart=chart)


@settings(max_examples=150)
@given(tables(), st.sampled_from(["zh", "en"]))
def test_any_chart_is_well_formed_and_lies_within_itself(given_: Table, language: Language) -> None:
    root = parsed(draw(given_, language))
    width, height = float(root.get("width", "")), float(root.get("height", ""))
    assert (root.get("role"), bool(root.get("aria-label"))) == ("img", True)
    for element in root.iter():
        assert "style" not in element.attrib
        assert not any(name.startswith("on") for name in element.attrib)
        places = " ".join(element.get(name, "") for name in PLACES)
        for place in re.findall(r"[^\sLM,]+", places):
            assert math.isfinite(float(place))
            assert -20 <= float(place) <= max(width, height) + 20


def drawn(made: Table, tag: str) -> list[ElementTree.Element]:
    return list(parsed(draw(made, "en")).iter(SVG + tag))


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314, what we drew ourselves


def titles(made: Table) -> list[str]:
    return [title.text or "" for title in drawn(made, "title")]


def a_table(kind: ChartKind, rows: list[tuple[Cell, ...]], **chart: object) -> Table:
    columns = (Column(key="group"), *(Column(key=key, kind="share") for key in KEYS[:3]))
    given_ = {"kind": kind, "label": "group", "values": ("bad_rate",), **chart}
    drawn_by = Chart.model_validate(given_)
    return Table(key="by_month", columns=columns, rows=tuple(rows), chart=drawn_by)


def test_a_table_without_a_chart_draws_nothing() -> None:
    assert draw(table().model_copy(update={"chart": None}), "en") == ""


def test_every_bar_tells_its_value_and_what_is_missing_has_no_bar() -> None:
    made = a_table("bars", [("A", 0.1, None, None), ("B", None, None, None), ("C", -0.2, 0, 0)])
    assert titles(made) == ["A · bad rate: 10.00%", "C · bad rate: −20.00%"]


def test_a_dot_tells_its_interval() -> None:
    made = a_table("intervals", [("A", 0.1, 0.05, 0.2)], low="low", high="high")
    assert titles(made) == ["A · bad rate: 10.00% [5.00%, 20.00%]"]


def test_a_longer_bar_is_a_larger_value() -> None:
    made = a_table("bars", [("A", 0.1, None, None), ("B", 0.2, None, None)])
    first, second = (float(bar.get("width", "")) for bar in drawn(made, "rect"))
    assert second == pytest.approx(2 * first, abs=0.05)


def test_a_line_breaks_where_there_is_no_value() -> None:
    values = [0.1, 0.2, None, 0.3, 0.2]
    made = a_table("lines", [(str(n), value, None, None) for n, value in enumerate(values)])
    assert len(drawn(made, "path")) == 2


@pytest.mark.parametrize("count", [1, 12, 40, 160])
def test_names_of_rows_do_not_overlap(count: int) -> None:
    made = a_table("bars", [(f"a rather long name of field {n}", 0.1, 0, 0) for n in range(count)])
    heights = sorted(float(t.get("y", "")) for t in drawn(made, "text") if t.get("class") == "ink")
    assert len(heights) >= min(count, 20)
    assert all(b - a >= SIZE for a, b in pairwise(heights))


def test_a_name_without_room_can_still_be_read_whole() -> None:
    name = "a name of a field that is far too long for the room beside a chart of bars"
    made = a_table("bars", [(name, 0.1, None, None)])
    assert name in titles(made)


def test_months_lie_side_by_side_and_samples_of_one_month_share_its_place() -> None:
    columns = (Column(key="group"), Column(key="sample", kind="word"), Column(key="bad_rate"))
    rows = [
        ("2026-01", "sample.test", 0.1),
        ("2026-01", "sample.all", 0.2),
        ("2026-02", "sample.all", 0.2),
    ]
    chart = Chart(kind="intervals", label="group", values=("bad_rate",), by="sample")
    made = Table(key="by_month", columns=columns, rows=tuple(rows), chart=chart)
    words = [text.text for text in drawn(made, "text")]
    assert words.count("2026-01") == 1
    assert {"test", "all rows"} <= set(words)


def test_curves_have_a_legend_and_a_diagonal() -> None:
    words = [text.text for text in drawn(roc("sample.test", "sample.all"), "text")]
    assert words[:3] == ["test", "all rows", "diagonal"]
    assert {"goods refused", "bads refused", "0%", "100%"} <= set(words)


def test_rows_that_need_attention_carry_their_sign() -> None:
    words = [text.text for text in drawn(table(), "text")]
    assert "▲ age" in words
    assert "monthly income" in words


def test_the_text_in_a_cell_is_darker_or_lighter_than_the_cell() -> None:
    rows: list[tuple[Cell, ...]] = [(str(n), n / 20, -n / 20, 0) for n in range(21)]
    made = a_table("heat", rows, values=("bad_rate", "low", "high"))
    fills = [rect.get("fill", "") for rect in drawn(made, "rect")]
    inks = [text.get("fill", "") for text in drawn(made, "text") if text.get("class") == "cell"]
    assert len(inks) == len(fills) == 63
    for fill, ink in zip(fills, inks, strict=True):
        assert contrast(fill, ink) >= 4.5
