from dataclasses import replace

import numpy as np
import pandas as pd

from features.language import LANGUAGES
from pipelines.pages.words import Words
from risk.report import flow
from risk.report.evidence import Flow, Pair
from tests.risk.report.scene import ROWS, evidence


def test_rows_are_told_from_the_table_to_the_samples() -> None:
    section = flow.validated(evidence())
    by_key = {f.key: f.value for f in section.figures}
    assert by_key["rows_read"] == ROWS
    assert by_key["rows_rejected"] == 2
    rates = {f.sample: f for f in section.figures if f.key == "bad_rate"}
    assert set(rates) == {"development", "validation", "out_of_time"}
    assert rates["out_of_time"].bads == evidence().current.bads


def test_too_many_rejects_turn_red() -> None:
    known = evidence()
    assert known.flow is not None
    broken = replace(known.flow, broken=ROWS // 10)
    assert flow.validated(replace(known, flow=broken)).light == "red"


def test_immature_rows_are_refused_with_the_date_on_which_they_will_be_final() -> None:
    months = pd.DataFrame(
        {"month": ["2024-01", "2024-02"], "sample": ["test", "immature"], "rows": [10, 5],
         "bads": [1.0, np.nan]}
    )  # fmt: skip
    rejected = pd.DataFrame({"field": [], "rule": [], "rows": []})
    known = Flow(15, rejected, months, 0, 5, "2025-02-03", "2025-02-20")
    section = flow.validated(replace(evidence(), flow=known))
    (remark,) = section.remarks
    assert remark.values == {"rows": 5, "first": "2025-02-03", "last": "2025-02-20"}
    (table,) = section.tables
    assert table.rows[0][:4] == ("2024-01", 10, 1, 0.1)
    assert table.rows[1] == ("2024-02", None, None, None, None, None, 5)


def test_without_outcomes_there_is_no_bad_rate() -> None:
    known = evidence()
    blank = replace(known.current, y=np.full(len(known.current), np.nan))
    section = flow.compared(Pair(known, replace(known, parts=(blank,)), left_out=3))
    by_key = {f.key: f for f in section.figures}
    assert by_key["rows_of_both"].value == len(blank)
    assert by_key["rows_of_one"].value == 3
    assert by_key["bad_rate"].because == "no-outcomes"


def test_where_no_rows_are_left_the_report_is_not_green() -> None:
    known = evidence()
    nobody = replace(known, parts=(*known.parts[:-1], known.current.take(np.arange(0))))
    for section in (flow.validated(nobody), flow.compared(Pair(nobody, nobody))):
        (remark,) = section.remarks
        assert (remark.key, remark.light) == ("nothing_to_judge", "amber")
        assert remark.values == {"sample": "sample.out_of_time"}
        assert section.light == "amber"
        assert all(Words(language).remark(remark) for language in LANGUAGES)


def test_where_all_rows_were_rejected_that_stays_red() -> None:
    known = evidence()
    assert known.flow is not None
    broken = replace(known.flow, broken=ROWS)
    empty = known.current.take(np.arange(0))
    assert flow.validated(replace(known, flow=broken, parts=(empty,))).light == "red"
