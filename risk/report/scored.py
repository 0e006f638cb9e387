"""A sample as a model scored it: by our own model, or by the PDs of one from outside."""

import numpy as np
import pandas as pd

from features.encoding import FloatArray, encode
from risk.policy import RECOMMENDATIONS, Policy
from risk.reasons import groups, ranked
from risk.report.evidence import Names, Part
from risk.scorecard import Scaling
from risk.scoring import Scorer


def by_model(name: str, rows: pd.DataFrame, y: FloatArray, scorer: Scorer) -> Part:
    """A sample scored and explained by our model.

    Args:
        name: The sample.
        rows: As `features.intake.check` accepted them, n of them.
        y: 1 for default, 0 for repaid, NaN where it is not known; shape (n,).
        scorer: The model and its policy.
    """
    model = scorer.model
    x = encode(rows, model.dictionary)
    raw, contributions = model.explain(x)
    codes = np.array([*groups(model.dictionary), ""], dtype=np.str_)
    places = ranked(contributions, model.dictionary, scorer.count).groups.T
    part = by_pd(name, rows, y, model.calibration.apply(raw), scorer.policy, model.scaling)
    return Part(**{**vars(part), "reasons": codes[places], "x": x, "contributions": contributions})


def by_pd(
    name: str,
    rows: pd.DataFrame,
    y: FloatArray,
    pd_: FloatArray,
    policy: Policy,
    scaling: Scaling,
) -> Part:
    """A sample of which only the PDs are known, shape (n,), strictly between 0 and 1."""
    points = scaling.points(pd_)
    severity, _ = policy.assess(pd_, points, rows)
    named = np.array([str(each) for each in RECOMMENDATIONS])
    none: Names = np.empty((len(rows), 0), dtype=np.str_)
    return Part(name, rows, y, pd_, points, scaling.grade(pd_), named[severity], none)
