from dataclasses import replace

from risk.report import limitations
from risk.report.document import Figure, Remark, Section
from risk.report.evidence import Pair
from tests.risk.report.scene import evidence


def keys(section: Section) -> list[str]:
    return [remark.key for remark in section.remarks]


def test_limits_follow_from_the_data() -> None:
    sections = [
        Section(key="stability", figures=(Figure(key="psi", value=0.2, light="amber"),)),
        Section(key="segments", figures=(Figure(key="auc", because="too-few"),) * 3),
        Section(key="segments", figures=(Figure(key="approval_ratio", because="one-group"),)),
    ]
    said = limitations.validated(evidence(), sections)
    assert {"accepted_only", "in_sample", "detectable", "small_cells", "shifted_book"} <= set(
        keys(said)
    )
    assert next(r for r in said.remarks if r.key == "small_cells").values == {"figures": 4}


def test_what_does_not_hold_is_not_said() -> None:
    concentrated = Figure(key="herfindahl", value=0.4, light="amber")
    sections = [Section(key="stability", figures=(concentrated,))]
    said = keys(limitations.validated(evidence(), sections))
    assert not {"small_cells", "shifted_book", "immature_left_out", "from_outside"} & set(said)


def test_a_random_test_sample_is_no_later_time() -> None:
    known = evidence()
    test = replace(known, parts=(replace(known.current, name="test"),))
    assert "not_out_of_time" in keys(limitations.validated(test, []))


def test_findings_are_listed_the_worst_first_for_those_who_sign() -> None:
    sections = [
        Section(key="flow", remarks=(Remark(key="x", light="amber"),)),
        Section(key="calibration", remarks=(Remark(key="x", light="red"),) * 2),
        Section(key="ordering"),
    ]
    findings, sign_off = limitations.validated(evidence(), sections).tables
    assert [row[:3] for row in findings.rows] == [
        ("section.calibration", 2, "red"),
        ("section.flow", 1, "amber"),
    ]
    assert [row[0] for row in sign_off.rows] == ["role.developer", "role.validator", "role.owner"]


def test_rows_of_one_side_alone_limit_a_comparison() -> None:
    said = limitations.compared(Pair(evidence(), evidence(), left_out=4), [])
    assert next(r for r in said.remarks if r.key == "left_out").values == {"rows": 4}
