import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.language import Text
from risk.report.document import (
    Chart,
    Figure,
    Limits,
    Remark,
    Report,
    Section,
    Table,
    worst,
)

NUMBERS = st.floats(-10, 10)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_a_light_never_gets_better_towards_the_bad_side(
    amber: float, red: float, at: float
) -> None:
    limits = Limits(amber=amber, red=red)
    further = at + 1 if red >= amber else at - 1
    order = ["green", "amber", "red"]
    assert order.index(limits.light(further)) >= order.index(limits.light(at))


def test_a_value_on_a_limit_is_past_it_and_no_value_has_no_light() -> None:
    falling = Limits(amber=0.9, red=0.8)
    assert [falling.light(v) for v in (0.91, 0.9, 0.8)] == ["green", "amber", "red"]
    assert falling.light(None) == falling.light(float("nan")) == "none"


def test_a_figure_is_judged_by_another_value_where_told_to() -> None:
    limits = Limits(amber=1, red=2)
    assert Figure(key="auc", value=5.0).against(limits).light == "red"
    assert Figure(key="auc", value=5.0).against(limits, 0.0).light == "green"
    assert Figure(key="auc", because="too-few").against(limits, 3.0).light == "none"


def test_nan_in_a_frame_is_nothing_to_say() -> None:
    frame = pd.DataFrame({"n": [1, 2], "v": [0.5, np.nan], "t": [Text("甲", "a"), "b"]})
    table = Table.of("grades", frame, {"v": "share", "n": "count", "t": "text"}, sample="test")
    assert table.rows == ((0.5, 1, Text("甲", "a")), (None, 2, "b"))
    assert table.column("n") == (1, 2)
    assert table.sample == "test"


def report() -> Report:
    frame = pd.DataFrame({"g": ["A", "B"], "v": [0.1, 0.2], "lights": ["green", "amber"]})
    chart = Chart(kind="bars", label="g", values=("v",))
    return Report(
        kind="validation",
        portfolio="small",
        subjects=("small v1",),
        sections=(
            Section(
                key="one",
                figures=(
                    Figure(key="auc", value=0.7, sample="test", subject=Text("甲", "a")),
                    Figure(key="ks", value=0.4, sample="test"),
                    Figure(key="gini", because="too-few", sample="test"),
                ),
                tables=(Table.of("t", frame, {"g": "text", "v": "share"}, chart=chart),),
            ),
            Section(key="two", remarks=(Remark(key="r", values={"rows": 3}, light="red"),)),
            Section(key="three"),
        ),
    )


def test_the_light_of_a_section_is_its_worst_and_that_of_a_report_too() -> None:
    made = report()
    assert [section.light for section in made.sections] == ["amber", "red", "none"]
    assert made.light == "red"
    assert worst() == "none"


def test_json_tells_the_lights_and_reading_it_gives_the_same_report() -> None:
    made = report()
    raw = json.loads(made.to_json())
    assert (raw["light"], raw["sections"][0]["light"]) == ("red", "amber")
    assert Report.from_json(made.to_json()) == made


def test_a_light_that_was_written_over_is_not_believed() -> None:
    raw = json.loads(report().to_json())
    raw["light"] = raw["sections"][1]["light"] = "green"
    assert Report.from_json(json.dumps(raw)).light == "red"


def test_metrics_are_the_figures_of_whole_samples() -> None:
    assert report().metrics() == {"one.ks.test": 0.4}


def test_a_section_that_is_not_there_is_named() -> None:
    with pytest.raises(KeyError, match="four"):
        report().section("four")
