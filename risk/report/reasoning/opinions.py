"""What opinions moved, how those cases ended, and what people made of the recommendations.

Whether an opinion was right is read from outcomes alone; a case that nobody granted has none.
"""

from collections.abc import Iterator
from functools import partial

import pandas as pd

from risk.report.document import Chart, Figure, Kind, Table
from risk.report.evidence import NO_OUTCOMES
from risk.report.reasoning.reasoned import NO_CASES, SAMPLE, ended, share
from risk.validation.calibration import jeffreys_test

NO_MOVED, NO_KEPT, NO_REVIEWS = "no-moved", "no-kept", "no-reviews"
ENDED: dict[str, Kind] = {
    "cases": "count",
    "known": "count",
    "bads": "count",
    "bad_rate": "share",
    "low": "share",
    "high": "share",
    "expected_rate": "share",
}
"""Columns of a table that says how groups of cases ended."""
_DECIDED = ("accept", "override")


def moved(cases: pd.DataFrame) -> Iterator[Figure]:
    """How many cases reasoning moved, and how the model's approvals among them ended.

    Args:
        cases: As `risk.report.reasoning.reasoned.with_outcomes` gives them.
    """
    yield share("moved", int(cases["moved"].sum()), len(cases))
    approved = cases[cases["model_recommendation"] == "approve"]
    yield _against_pd("bad_rate_moved", approved[approved["moved"]], NO_MOVED)
    yield _against_pd("bad_rate_kept", approved[~approved["moved"]], NO_KEPT)


def outcomes(cases: pd.DataFrame) -> Iterator[Table]:
    """How cases ended, by what was said of them, and by what that moved."""
    if not len(cases):
        return
    by_opinion = ended(cases, ["opinion"])
    by_opinion["opinion"] = "opinion." + by_opinion["opinion"]
    counted = cases.groupby("opinion", sort=True)["moved"].sum().to_numpy()
    kinds: dict[str, Kind] = {"opinion": "word", "moved": "count", **ENDED}
    chart = Chart(
        kind="intervals",
        label="opinion",
        values=("bad_rate", "expected_rate"),
        low="low",
        high="high",
    )
    yield Table.of(
        "opinions",
        by_opinion.assign(moved=counted),
        kinds,
        sample=SAMPLE,
        chart=chart if by_opinion["known"].any() else None,
    )
    by_move = cases.assign(moved_by=_moved_by(cases))
    table = ended(by_move, ["model_recommendation", "moved_by"])
    table["model_recommendation"] = "recommendation." + table["model_recommendation"]
    kinds = {"model_recommendation": "word", "moved_by": "word", **ENDED}
    yield Table.of("moved_ended", table, kinds, sample=SAMPLE)


def reviewed(cases: pd.DataFrame, reviews: pd.DataFrame | None) -> Iterator[Figure]:
    """How often people decided otherwise than was recommended to them."""
    words = _words(cases, reviews)
    decided = words[words["action"].isin(_DECIDED)]
    others = int((decided["action"] == "override").sum())
    yield share("overridden", others, len(decided), NO_REVIEWS)


def reviews_table(cases: pd.DataFrame, reviews: pd.DataFrame | None) -> Iterator[Table]:
    """What people did, by what was recommended and what they recommend."""
    words = _words(cases, reviews)
    if not len(words):
        return
    by = ["action", "recommendation", "decided"]
    table = words.groupby(by, sort=True).size().rename("cases").reset_index()
    table["action"] = "action." + table["action"]
    for name in by[1:]:
        table[name] = ("recommendation." + table[name]).where(table[name] != "")
    kinds: dict[str, Kind] = {**dict.fromkeys(by, "word"), "cases": "count"}
    yield Table.of("reviews", table, kinds, sample=SAMPLE)


def _against_pd(key: str, cases: pd.DataFrame, because: str) -> Figure:
    """Bad rate of cases, tested against the mean PD of those that have an outcome."""
    known = cases[cases["y"].notna()]
    if not len(known):
        return Figure(
            key=key,
            kind="share",
            sample=SAMPLE,
            rows=0,
            because=NO_OUTCOMES if len(cases) else because,
        )
    bads, expected = int(known["y"].sum()), float(known["pd_model"].mean())
    told = share(key, bads, len(known), NO_CASES)
    p_value = float(jeffreys_test(bads, len(known), expected))
    return told.model_copy(update={"bads": bads, "p_value": p_value, "method": "jeffreys-pd"})


def _moved_by(cases: pd.DataFrame) -> pd.Series:
    """What moved each case, as a word: opinion, suspected instruction, both, or nothing."""
    holds = partial(cases["causes"].str.contains, regex=False)
    opinion = holds(";opinion").map({True: "opinion", False: ""})
    ordered = holds(";suspected-instruction").map({True: "instruction", False: ""})
    by = (opinion + "-" + ordered).str.strip("-")
    return "moved_by." + by.where(cases["moved"], "nothing")


def _words(cases: pd.DataFrame, reviews: pd.DataFrame | None) -> pd.DataFrame:
    """What people said of cases, with what was recommended to them."""
    if reviews is None:
        return pd.DataFrame(columns=["action", "recommendation", "decided"])
    told = reviews.assign(decided=reviews["recommendation"].fillna(""))
    recommended = cases[["application_id", "recommendation"]]
    return told[["application_id", "action", "decided"]].merge(recommended, on="application_id")
