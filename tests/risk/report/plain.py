"""A book of known truth, with no model behind it: PDs are right but for what is planted."""

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import expit

from features.dictionary import DataDictionary, Field
from features.encoding import FloatArray
from risk.policy import Policy
from risk.report.evidence import Evidence, Part
from risk.report.limits import ValidationLimits
from risk.report.scored import by_pd
from risk.scorecard import Scaling

POLICY = Policy(approve=0.12, decline=0.3)
DAYS = 730


def field(name: str, role: str, **more: object) -> Field:
    return Field.model_validate({"name": name, "role": role, **more})


DICTIONARY = DataDictionary(
    fields=(
        field("application_id", "id"),
        field("applied", "date", type="date"),
        field("income", "feature", type="number"),
        field("debt", "feature", type="number"),
        field(
            "region",
            "feature",
            type="category",
            levels=["north", "south", "east"],
            level_labels={"north": {"zh": "北方", "en": "the north"}},
            label={"zh": "地区", "en": "region"},
        ),
        field("age", "protected", type="integer"),
        field("gender", "protected", type="category", label={"zh": "性别", "en": "gender"}),
    )
)


def plain(rows: int = 6000, seed: int = 0, planted: float = 0.0, **changes: object) -> Evidence:
    """Evidence on rows whose outcomes follow the PDs.

    Args:
        rows: How many.
        seed: Of everything drawn.
        planted: Log-odds that are added to the PDs, not to the truth, of women.
        changes: Other attributes of the evidence.
    """
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "application_id": [f"A{n}" for n in range(rows)],
            "applied": np.datetime64("2023-01-01") + rng.integers(0, DAYS, rows),
            "income": rng.normal(size=rows),
            "debt": rng.normal(size=rows),
            "region": rng.choice(["north", "south", "east"], rows),
            "age": rng.integers(20, 70, rows).astype(np.float64),
            "gender": rng.choice(["woman", "man"], rows, p=[0.4, 0.6]),
        }
    )
    odds = -2.2 - 0.8 * frame["income"].to_numpy() + 0.8 * frame["debt"].to_numpy()
    y = (rng.random(rows) < expit(odds)).astype(np.float64)
    said = expit(odds + planted * (frame["gender"] == "woman").to_numpy())
    known = Evidence(
        name="plain",
        portfolio="plain",
        identity={},
        params={},
        dictionary=DICTIONARY,
        policy=POLICY,
        scaling=Scaling(),
        limits=ValidationLimits(),
        parts=(part(frame, y, said),),
    )
    return replace(known, **changes)


def part(rows: pd.DataFrame, y: FloatArray, pd_: FloatArray) -> Part:
    return by_pd("test", rows, y, pd_, POLICY, Scaling())


def with_rows(known: Evidence, **columns: object) -> Evidence:
    """The same evidence with other columns in its rows; None takes one out."""
    rows = known.current.rows
    gone = [name for name, values in columns.items() if values is None]
    given = {name: values for name, values in columns.items() if values is not None}
    return with_current(known, rows=rows.drop(columns=gone).assign(**given))


def with_current(known: Evidence, **changes: object) -> Evidence:
    """The same evidence with a changed current sample."""
    return replace(known, parts=(*known.parts[:-1], replace(known.current, **changes)))
