"""Which cases are chosen, in which order of urgency, and what is recorded of the rest."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from risk.reasoning.selection import Selection, last_kept, select


def scores(rows: int) -> pd.DataFrame:
    decisions = ["approve", "refer", "decline", "approve"]
    return pd.DataFrame(
        {
            "application_id": [f"A{n}" for n in range(rows)],
            "decision": [decisions[n % 4] for n in range(rows)],
            "rules": ["hit" if n % 10 == 9 else "" for n in range(rows)],
            "pd": np.random.default_rng(1).uniform(0.01, 0.5, rows),
        },
        index=range(100, 100 + rows),
    )


def test_the_grey_band_alarms_and_a_random_sample_are_chosen() -> None:
    table = scores(4000)
    chosen = select(table, Selection(audit_share=0.1, seed=3))
    assert chosen.index.equals(table.index)
    assert set(chosen["why"]) == {"alarm", "refer", "decline", "audit", "not-chosen"}
    assert (chosen["selected"] == (chosen["why"] != "not-chosen")).all()
    plain = chosen[(table["decision"] == "approve") & (table["rules"] == "")]
    assert 0.06 < plain["selected"].mean() < 0.14


def test_an_approved_case_whose_documents_raise_an_alarm_is_chosen() -> None:
    table = scores(40)
    chosen = select(table, Selection(audit_share=0), {"A0", "A1", "A9", "stranger"})
    by_id = chosen.set_index("application_id")["why"]
    assert (by_id["A0"], by_id["A1"]) == ("document-alarm", "document-alarm")
    assert by_id["A9"] == "alarm"
    assert by_id["A3"] == "not-chosen"
    off = select(table, Selection(audit_share=0, document_alarms=False), {"A0"})
    assert off["why"].iloc[0] == "not-chosen"


@given(st.integers(9, 60), st.integers(0, 9))
def test_the_choice_does_not_depend_on_the_batch(size: int, seed: int) -> None:
    table, flagged = scores(120), {"A0", "A7", "A50"}
    selection = Selection(audit_share=0.3, seed=seed)
    parts = [select(table.iloc[at : at + size], selection, flagged) for at in range(0, 120, size)]
    assert pd.concat(parts).equals(select(table, selection, flagged))


def test_a_limit_keeps_the_most_urgent_and_records_the_rest() -> None:
    flagged = {"A0", "A4", "A8"}
    chosen = select(scores(400), Selection(audit_share=0.2, limit=150), flagged)
    counts = chosen["why"].value_counts()
    assert chosen["selected"].sum() == 150
    assert counts["alarm"] == 40
    assert counts["document-alarm"] == 3
    assert counts["over-limit"] > 0
    assert counts["audit"] > 0
    full = select(scores(400), Selection(audit_share=0.2), flagged)
    assert counts["over-limit"] == full["selected"].sum() - 150


@given(st.integers(0, 260), st.randoms(use_true_random=False))
def test_under_a_limit_the_order_of_rows_does_not_matter(limit: int, random: object) -> None:
    table = scores(400)
    shuffled = table.sample(frac=1, random_state=getattr(random, "randrange")(2**32))  # noqa: B009
    selection = Selection(audit_share=0.2, limit=limit)
    assert select(shuffled, selection).sort_index().equals(select(table, selection))


def test_within_a_class_the_risky_go_first_and_of_the_declined_those_near_the_cut_off() -> None:
    table = scores(400)
    for decision, riskiest in (("refer", True), ("decline", False)):
        only = Selection(recommendations=(decision,), alarms=False, audit_share=0, limit=20)
        kept = table["pd"][select(table, only)["selected"]]
        of_class = table["pd"][table["decision"] == decision]
        expected = of_class.nlargest(20) if riskiest else of_class.nsmallest(20)
        assert sorted(kept) == sorted(expected)


def test_a_limited_audit_sample_is_the_sample_of_a_smaller_share() -> None:
    table = scores(2000)
    wide = Selection(recommendations=(), alarms=False, audit_share=0.3, limit=100)
    kept = set(table["application_id"][select(table, wide)["selected"]])
    shares = np.linspace(0.03, 0.1, 300)
    narrow = next(
        chosen
        for share in shares
        if (chosen := _ids(table, wide.model_copy(update={"audit_share": share, "limit": None})))
        and len(chosen) >= 100
    )
    assert kept <= narrow
    assert len(narrow) <= 110


def _ids(table: pd.DataFrame, selection: Selection) -> set[str]:
    return set(table["application_id"][select(table, selection)["selected"]])


def test_nothing_selected_is_a_table_all_the_same() -> None:
    assert not select(scores(8), Selection(recommendations=(), alarms=False, audit_share=0))[
        "selected"
    ].any()
    assert len(select(scores(0), Selection())) == 0


@given(st.integers(9, 160), st.integers(0, 200), st.sampled_from([0.0, 0.2]))
def test_a_limit_over_parts_is_the_limit_over_the_whole(
    size: int, limit: int, share: float
) -> None:
    table, flagged = scores(240), {"A0", "A7", "A50"}
    selection = Selection(audit_share=share, limit=limit)
    parts = [table.iloc[at : at + size] for at in range(0, 240, size)]
    last = last_kept(parts, selection, flagged)
    found = pd.concat(select(part, selection, flagged, last) for part in parts)
    assert found.equals(select(table, selection, flagged))
    assert found["selected"].sum() == min(limit, (found["why"] != "not-chosen").sum())
