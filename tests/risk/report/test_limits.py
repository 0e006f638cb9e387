import math

import pytest
from pydantic import ValidationError

from risk.report.document import Figure
from risk.report.limits import ValidationLimits, away


@pytest.mark.parametrize("name", ["psi", "approval_ratio", "p_value", "auc_fall"])
def test_limits_on_the_wrong_side_of_each_other_are_refused(name: str) -> None:
    known = getattr(ValidationLimits(), name)
    with pytest.raises(ValidationError, match=f'"red" of {name} must lie'):
        ValidationLimits.model_validate({name: {"amber": known.red, "red": known.amber}})


def test_a_limit_may_have_no_amber() -> None:
    same = ValidationLimits.model_validate({"psi": {"amber": 0.2, "red": 0.2}})
    assert same.psi.light(0.19) == "green"
    assert same.psi.light(0.2) == "red"


def test_a_size_counts_as_far_as_its_test_proves_it() -> None:
    limits = ValidationLimits()
    assert limits.level(1.5, 0.5) == "green"
    assert limits.level(1.5, 0.03) == "amber"
    assert limits.level(1 / 1.5, 0.001) == "red"
    assert limits.level(1.15, 0.001) == "amber"
    assert limits.level(1.01, 0.001) == "green"
    assert limits.level(1.5, math.nan) == "none"
    assert limits.proven(0.7, 0.03, limits.approval_ratio, 1.0) == limits.approval_ratio.amber
    assert limits.proven(0.7, 0.001, limits.approval_ratio, 1.0) == 0.7


def test_a_figure_is_judged_by_what_its_test_proves() -> None:
    limits = ValidationLimits()
    for p_value, light in ((0.5, "green"), (0.03, "amber"), (0.001, "red"), (None, "none")):
        told = Figure(key="psi", kind="index", sample="last", value=0.9, p_value=p_value)
        assert limits.where_proven(told, limits.psi).light == light
        assert limits.proven_light(0.9, math.nan if p_value is None else p_value, limits.psi) == (
            light
        )
    assert limits.where_proven(Figure(key="psi", because="no-rows"), limits.psi).light == "none"


def test_no_bads_at_all_are_infinitely_far_off() -> None:
    limits = ValidationLimits()
    assert [away(ratio) for ratio in (0.0, 0.5, 1.0, 2.0)] == [math.inf, 2, 1, 2]
    assert limits.off(0.0, 0.001) == math.inf
    assert math.isnan(limits.off(0.0, math.nan))
    assert [limits.level(0.0, p) for p in (0.5, 0.03, 0.001, math.nan)] == [
        "green", "amber", "red", "none",
    ]  # fmt: skip


@pytest.mark.parametrize("edges", [[30, 20], [20, 20], [math.inf]])
def test_bands_must_rise(edges: list[float]) -> None:
    with pytest.raises(ValidationError, match='"bands" of age must be finite and rising'):
        ValidationLimits.model_validate({"bands": {"age": edges}})
