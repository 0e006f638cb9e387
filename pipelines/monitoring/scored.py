"""The scores of one night in figures; parts are read one at a time, and of each what is needed."""

import json

import numpy as np
import pandas as pd

from features.dictionary import DataDictionary
from features.language import Text
from pipelines.monitoring.folders import Whole
from pipelines.night import SCORES
from pipelines.rejects import broken_rules, field_named, rule_named
from pipelines.score import score_parts
from pipelines.settling import REJECTS
from pipelines.stability import Stability, read_stability
from pipelines.validation.possible import require_possible
from risk.policy import RECOMMENDATIONS
from risk.report.monitoring import FieldMove, NightFigures, ScoreSpread
from risk.validation.stability import Shift, shift

_PERCENTILES = (10, 50, 90)
_NOWHERE = Text(zh="-", en="-")
REJECT_COLUMNS = ["day", "field", "rule", "lines"]


def figures(whole: Whole, *, judged: bool) -> NightFigures:
    """What a night's scores say; cases and reviews are not among it.

    Raises:
        DataError: A file cannot be read, or holds what no score has.
    """
    counts, said = whole.manifest.counts, read_stability(whole.folder / SCORES)
    return NightFigures(
        day=whole.day,
        judged=judged,
        made_with=_made_with(whole),
        read=counts["scored"] + counts["rejected"],
        scored=counts["scored"],
        rejected=counts["rejected"],
        decisions={str(each): counts[each] for each in RECOMMENDATIONS},
        spread=_spread(whole),
        psi=score_moved(said) if said else None,
        fields=fields_moved(said) if said else (),
    )


def rejects(whole: Whole, dictionary: DataDictionary) -> pd.DataFrame:
    """Broken rules of a night as people call them: `day`, `field`, `rule`, `lines`."""
    lines = [
        (whole.day, field_named(field, dictionary) if field else _NOWHERE, rule_named(rule), n)
        for (field, rule), n in broken_rules(whole.folder / SCORES / REJECTS).items()
    ]
    return pd.DataFrame(lines, columns=REJECT_COLUMNS)


def _made_with(whole: Whole) -> dict[str, str]:
    manifest = whole.manifest
    policy = json.dumps(manifest.config.get("policy"), sort_keys=True)
    return {"model": manifest.model, "policy": policy, "dictionary": manifest.dictionary}


def _spread(whole: Whole) -> ScoreSpread | None:
    parts = list(score_parts(whole.folder / SCORES, ["pd", "points"]))
    for part in parts:
        require_possible(whole.folder / SCORES, part)
    pd_, points = (
        np.concatenate([part[name].to_numpy(np.float64) for part in parts])
        for name in ("pd", "points")
    )
    if not len(pd_):
        return None
    return ScoreSpread(float(pd_.mean()), *np.percentile(points, _PERCENTILES).tolist())


def score_moved(said: Stability) -> Shift | None:
    """How far a night's scores have moved since development; None without any."""
    return _moved(said.development, said.scored)


def fields_moved(said: Stability) -> tuple[FieldMove, ...]:
    """The same of each field that was counted."""
    found = ((each, _moved(each.development, each.scored)) for each in said.fields)
    return tuple(
        FieldMove(each.field, sum(each.scored), moved) for each, moved in found if moved is not None
    )


def _moved(development: tuple[int, ...], scored: tuple[int, ...]) -> Shift | None:
    """How far rows have moved over their bins; None where there are none."""
    return shift(np.array(development), np.array(scored)) if any(scored) else None
