"""Observed against expected defaults of many parts of the rows, the most doubtful first."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from risk.report.document import Chart, Kind, Light, Table
from risk.report.evidence import Part
from risk.report.limits import ValidationLimits
from risk.report.segments.groups import Cut
from risk.validation.paired import at_level
from risk.validation.segments import weak_spots

_ORDER: tuple[Light, ...] = ("red", "amber", "green", "none")


def levels(part: Part, cuts: Sequence[Cut], limits: ValidationLimits) -> pd.DataFrame:
    """Every part of every cut, the worst light first and then the smallest p-value.

    A level that is wrong for all alike is the business of calibration: PDs are moved to the level
    of the rows as a whole first, so that what stands out is wrong for that part.

    Args:
        part: Rows with their outcomes, n of them.
        cuts: Of these rows; at least one.
        limits: Both must hold: the ratio is past its limit, and so is the test, adjusted over all.

    Returns:
        As `weak_spots`, with `segment` as people call it, `lights` and `risk` (`understated`
        or `overstated` where a light is amber or red); `level` is what was expected at that level.
    """
    # A number sorts faster than a name, and no two fields can share it.
    places = {str(n): cut.place for n, cut in enumerate(cuts)}
    moved = at_level(part.y, part.inside)
    table = weak_spots(part.y, moved, places).rename(columns={"expected": "level"})
    table = table[table["segment"] != "-1"]
    tests = zip(table["ratio"], table["p_adjusted"], strict=True)
    lights = [limits.level(*each) for each in tests]
    found = zip(table["column"].astype(int), table["segment"].astype(int), strict=True)
    names = [cuts[cut].whole_name(place) for cut, place in found]
    table = table.assign(segment=np.array(names, dtype=object), lights=lights)
    table = table.assign(risk=_read(table["ratio"], lights))
    order = np.argsort([_ORDER.index(light) for light in lights], kind="stable")
    return table.iloc[order].reset_index(drop=True)


def _read(ratios: pd.Series, lights: Sequence[Light]) -> pd.Series:
    """In words which side of the truth a level lies on, where it is doubtful."""
    sides = np.where(ratios > 1, "risk.understated", "risk.overstated")
    doubtful = [light in ("amber", "red") for light in lights]
    return pd.Series(sides, ratios.index).where(pd.Series(doubtful, ratios.index))


def level_table(key: str, part: Part, table: pd.DataFrame, most: int) -> Table:
    """The first of the parts that `levels` found."""
    kinds: dict[str, Kind] = {
        "segment": "text",
        "risk": "word",
        "rows": "count",
        "bads": "count",
        "observed": "share",
        "level": "share",
        "ratio": "index",
        "ratio_low": "index",
        "ratio_high": "index",
        "p_adjusted": "p",
        "auc": "number",
        "auc_low": "number",
        "auc_high": "number",
    }
    chart = Chart(
        kind="intervals",
        label="segment",
        values=("ratio",),
        low="ratio_low",
        high="ratio_high",
        line=1.0,
    )
    left_out = max(0, len(table) - most)
    shown = table.head(most)
    return Table.of(key, shown, kinds, sample=part.name, chart=chart, left_out=left_out)
