import numpy as np
import pandas as pd
import pytest

from features.dictionary import DataDictionary
from features.encoding import encode
from features.errors import DataError
from risk.model import PDModel
from risk.policy import HardRule, Policy
from risk.scorecard import Scaling
from risk.scoring import Scorer
from risk.training import train
from risk.training_spec import TrainingSpec

DICTIONARY = DataDictionary.parse("""
[groups.late]
label = "late payments"

[fields.id]
role = "id"
[fields.income]
role = "feature"
type = "number"
direction = "falling"
[fields.late_30]
role = "feature"
type = "integer"
direction = "rising"
group = "late"
special = { 96 = "not asked" }
[fields.late_90]
role = "feature"
type = "integer"
direction = "rising"
group = "late"
[fields.purpose]
role = "feature"
type = "category"
levels = ["car", "house", "study"]
[fields.sex]
role = "protected"
type = "category"
levels = ["f", "m"]
""")
POLICY = Policy(
    approve=0.15,
    decline=0.4,
    rules=(
        HardRule(
            name="many-late", field="late_90", op=">=", value=3, decision="decline", label="x"
        ),
    ),
)
CODES = {"income", "late", "purpose"}


def _applications(rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "application_id": [f"A{number}" for number in range(rows)],
            "income": rng.lognormal(9, 0.6, rows).round(),
            "late_30": rng.choice([0.0, 1.0, 2.0, 96.0, np.nan], rows, p=[0.5, 0.2, 0.1, 0.1, 0.1]),
            "late_90": rng.poisson(0.4, rows).astype(float),
            "purpose": rng.choice(["car", "house", "study", None], rows),
            "sex": rng.choice(["f", "m"], rows),
        }
    )
    frame.index = pd.Index(range(100, 100 + rows), name="row")
    return frame


@pytest.fixture(scope="module")
def model() -> PDModel:
    frame = _applications(2200, 0)
    x = encode(frame, DICTIONARY)
    late = np.nan_to_num(x[:, 1])
    log_odds = 7.5 - 1.1 * np.log(x[:, 0]) + 0.8 * late + 1.1 * x[:, 2]
    y = (np.random.default_rng(1).random(2200) < 1 / (1 + np.exp(-log_odds))).astype(float)
    spec = TrainingSpec(threads=1, max_rounds=50, references=50, approve_below=POLICY.approve)
    return train(x[:1500], y[:1500], x[1500:], y[1500:], DICTIONARY, spec, Scaling()).model


def test_every_row_has_a_score_and_only_rows_not_approved_have_reasons(model: PDModel) -> None:
    frame = _applications(200, 5)
    scores = Scorer(model, POLICY, reasons_for="adverse").score(frame)
    assert scores.index.equals(frame.index)
    assert list(scores.columns) == [
        *("application_id", "pd", "points", "grade", "decision", "rules", "base", "raw"),
        *(f"{name}_{rank}" for rank in range(1, 5) for name in ("reason", "contribution")),
    ]
    assert scores["application_id"].tolist() == frame["application_id"].tolist()
    assert set(scores["decision"]) == {"approve", "refer", "decline"}
    approved = scores["decision"] == "approve"
    assert (scores.loc[approved, "reason_1"] == "").all()
    assert scores.loc[approved, "contribution_1"].isna().all()
    assert (scores.loc[~approved, "reason_1"] != "").mean() > 0.9
    assert set(scores.filter(like="reason_").to_numpy().ravel()) <= {*CODES, ""}


def test_leaving_reasons_out_changes_nothing_else(model: PDModel) -> None:
    frame = _applications(60, 5)
    bare = Scorer(model, POLICY, reasons_for="none").score(frame)
    assert not [name for name in bare.columns if name.startswith(("reason_", "contribution_"))]
    whole = Scorer(model, POLICY, reasons_for="all").score(frame)
    adverse = Scorer(model, POLICY, reasons_for="adverse").score(frame)
    pd.testing.assert_frame_equal(whole[bare.columns], bare)
    rows = adverse["reason_1"] != ""
    assert rows.any()
    pd.testing.assert_frame_equal(whole[rows], adverse[rows])


def test_points_fall_and_grades_rise_with_the_pd(model: PDModel) -> None:
    scores = Scorer(model, POLICY).score(_applications(300, 6)).sort_values("pd")
    assert scores["points"].is_monotonic_decreasing
    assert scores["grade"].is_monotonic_increasing
    assert model.predict(encode(_applications(300, 6), DICTIONARY)).tolist() == (
        scores.sort_index()["pd"].tolist()
    )


def test_reasons_are_ranked_and_positive(model: PDModel) -> None:
    scores = Scorer(model, POLICY, reasons_for="all").score(_applications(150, 7))
    values = scores.filter(like="contribution_").to_numpy()
    assert (values[~np.isnan(values)] > 0).all()
    assert (np.diff(np.nan_to_num(values, nan=0.0), axis=1) <= 0).all()
    named = scores.filter(like="reason_").to_numpy() != ""
    assert (named == ~np.isnan(values)).all()


def test_scores_are_the_same_in_any_batch(model: PDModel) -> None:
    frame, scorer = _applications(90, 8), Scorer(model, POLICY)
    parts = [scorer.score(frame.iloc[start : start + 17]) for start in range(0, 90, 17)]
    pd.testing.assert_frame_equal(pd.concat(parts), scorer.score(frame), check_exact=True)


def test_an_empty_frame_gives_an_empty_table_of_the_same_kind(model: PDModel) -> None:
    scorer, frame = Scorer(model, POLICY), _applications(5, 9)
    empty = scorer.score(frame.iloc[:0])
    assert empty.shape == (0, 16)
    assert empty.dtypes.tolist() == scorer.score(frame).dtypes.tolist()


def test_a_worse_value_never_lowers_the_pd(model: PDModel) -> None:
    frame, scorer = _applications(40, 10), Scorer(model, POLICY)
    for field, grid in (("income", [1e6, 9e3, 100.0, 0.0]), ("late_90", [0.0, 1.0, 2.0, 9.0])):
        pds = [scorer.score(frame.assign(**{field: value}))["pd"].to_numpy() for value in grid]
        assert (np.diff(pds, axis=0) >= 0).all()


def test_a_protected_field_changes_nothing(model: PDModel) -> None:
    frame, scorer = _applications(60, 11), Scorer(model, POLICY)
    turned = frame.assign(sex=frame["sex"].map({"f": "m", "m": "f"}))
    pd.testing.assert_frame_equal(scorer.score(turned), scorer.score(frame))
    pd.testing.assert_frame_equal(scorer.score(frame.drop(columns="sex")), scorer.score(frame))


def test_a_hard_rule_shows_and_declines(model: PDModel) -> None:
    scores = Scorer(model, POLICY).score(_applications(20, 12).assign(late_90=4.0))
    assert (scores["decision"] == "decline").all()
    assert (scores["rules"] == "many-late").all()


def test_cases_agree_with_the_table(model: PDModel) -> None:
    frame, scorer = _applications(60, 13), Scorer(model, POLICY, reasons_for="all")
    scores = scorer.score(frame)
    for (_, row), case in zip(scores.iterrows(), scorer.cases(frame), strict=True):
        assert case.application_id == row["application_id"]
        assert (case.pd_model, case.points) == (row["pd"], row["points"])
        assert (case.grade, case.recommendation) == (row["grade"], row["decision"])
        assert ";".join(case.rules) == row["rules"]
        codes = [row[f"reason_{rank}"] for rank in range(1, 5) if row[f"reason_{rank}"]]
        assert [reason.code for reason in case.reasons] == codes
        assert [reason.rank for reason in case.reasons] == list(range(1, len(codes) + 1))
        assert all(reason.contribution < 0 for reason in case.protective)
        total = sum(reason.contribution for reason in (*case.reasons, *case.protective))
        assert model.base + total == pytest.approx(row["raw"], abs=1e-5)


def test_a_missing_column_is_named(model: PDModel) -> None:
    with pytest.raises(DataError, match="income"):
        Scorer(model, POLICY).score(_applications(5, 14).drop(columns="income"))


def test_a_rule_on_a_protected_field_is_refused(model: PDModel) -> None:
    rule = HardRule(name="r", field="sex", op="==", value="f", decision="refer", label="x")
    with pytest.raises(DataError, match="may not use"):
        Scorer(model, POLICY.model_copy(update={"rules": (rule,)}))
