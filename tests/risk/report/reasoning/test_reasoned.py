import numpy as np
import pandas as pd
import pytest

from risk.report.evidence import Part
from risk.report.reasoning.reasoned import CaseRow, ended, frame, outcomes, share, with_outcomes
from risk.validation.calibration import jeffreys_interval
from tests.risk.report.passes import RISKY, Told, cases, ids, reasoned
from tests.risk.report.scene import evidence


def part(ids: list[str], y: list[float]) -> Part:
    """A sample of which only ids and outcomes matter."""
    rows, n = pd.DataFrame({"application_id": ids}), len(ids)
    blank = np.full(n, "", dtype=np.str_)
    return Part(
        "all", rows, np.array(y), np.full(n, 0.1), np.zeros(n), blank, blank, blank[:, None]
    )


def test_a_row_tells_what_the_record_holds() -> None:
    asked = cases(30)
    moved = ids(asked, "approve")[0]
    told = reasoned(asked, Told({moved: RISKY}, wrong=(moved,)))
    row = told.cases.set_index("application_id").loc[moved]
    assert (row["model_recommendation"], row["recommendation"]) == ("approve", "refer")
    assert (row["causes"], row["opinion"]) == ("score;opinion", "concern-raises")
    assert bool(row["repaired"])
    assert bool(row["verified"])
    assert row["claims"] > 0
    assert told.cases["case_digest"].tolist() == [case.digest for _, case in asked]


def test_facts_and_reasons_have_digests_of_their_own() -> None:
    (score, case), *_ = cases(1)
    plain = reasoned([(score, case)], Told()).cases.iloc[0]
    at = {kind: next(i for i, f in enumerate(case.facts) if f.kind == kind)
          for kind in ("form", "score")}  # fmt: skip
    ranked = next(i for i, f in enumerate(case.facts) if f.below is not None)
    changes = {
        "facts_digest": (at["form"], {"value": "other"}),
        "reasons_digest": (at["score"], {"rank": 99}),
    }
    for name, (place, update) in changes.items():
        facts = list(case.facts)
        facts[place] = facts[place].model_copy(update=update)
        other = reasoned([(score, case.model_copy(update={"facts": tuple(facts)}))], Told())
        same = {"facts_digest", "reasons_digest"} - {name}
        assert other.cases.iloc[0][name] != plain[name]
        assert all(other.cases.iloc[0][each] == plain[each] for each in same)
    facts = list(case.facts)
    facts[ranked] = facts[ranked].model_copy(update={"below": 1.0, "above": 98.0})
    moved = reasoned([(score, case.model_copy(update={"facts": tuple(facts)}))], Told())
    assert moved.cases.iloc[0]["reasons_digest"] != plain["reasons_digest"]
    assert moved.cases.iloc[0]["facts_digest"] == plain["facts_digest"]


def test_a_frame_of_no_rows_has_the_types_of_one() -> None:
    told = reasoned(cases(3), Told()).cases
    empty = frame([])
    assert list(empty.columns) == list(CaseRow._fields)
    for name in ("pd_model", "claims", "verified"):
        assert empty[name].dtype == told[name].dtype


def test_outcomes_come_by_id_and_never_from_an_id_that_stands_twice() -> None:
    known = part(["a", "b", "b", "c"], [1.0, 0.0, 1.0, np.nan])
    found = outcomes(pd.Series(["c", "a", "b", "d"]), known)
    assert found.tolist()[1] == 1.0
    assert found.isna().tolist() == [True, False, True, True]


def test_groups_are_counted_with_their_bads_and_the_pd_of_those_that_ended() -> None:
    table = pd.DataFrame(
        {
            "group": ["x", "y", "x", "x"],
            "y": [1.0, np.nan, 0.0, np.nan],
            "pd_model": [0.1, 0.2, 0.3, 0.9],
        }
    )
    found = ended(table, ["group"])
    assert found["group"].tolist() == ["x", "y"]
    assert found["cases"].tolist() == [3, 1]
    assert found["known"].tolist() == [2, 0]
    assert found["bads"].tolist() == [1, 0]
    assert found["expected_rate"].tolist()[0] == pytest.approx(0.2)
    assert np.isnan(found["expected_rate"].tolist()[1])
    low, high = jeffreys_interval(1, 2)
    assert (found["low"][0], found["high"][0]) == (low, high)


def test_a_moved_case_is_one_that_is_recommended_otherwise() -> None:
    asked = cases(20)
    moved = ids(asked, "approve")[0]
    told = with_outcomes(reasoned(asked, Told({moved: RISKY})).cases, evidence().current)
    assert told.loc[told["moved"], "application_id"].tolist() == [moved]
    assert set(told["y"]) <= {0.0, 1.0}


def test_a_share_of_nothing_says_why() -> None:
    assert share("moved", 0, 0, "no-reviews").because == "no-reviews"
    some = share("moved", 1, 4)
    assert (some.value, some.rows, some.method) == (0.25, 4, "jeffreys")
