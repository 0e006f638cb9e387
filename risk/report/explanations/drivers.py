"""What moves the score, and in which direction.

Its figures, tables and remarks stand in the section on explanations.
"""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import pandas as pd

from features.dictionary import Field
from features.encoding import FloatArray, directions
from features.language import LANGUAGES, Text
from risk.model import PDModel
from risk.report.document import Chart, Figure, Kind, Remark, Section, Table
from risk.report.evidence import NO_DEVELOPMENT, NO_MODEL, NO_ROWS, Evidence, Pair, Part
from risk.validation.calibration import jeffreys_interval
from risk.validation.explanations import against_direction, importance, rank_correlation

KEY = "drivers"
FEW_FIELDS, NO_DIRECTION = "few-fields", "no-direction"
_SHOWN = 20
_TRIED, _CORRELATED = 300, 20_000
"""Rows of which each field is tried in another value; rows over which a direction is found."""


def drivers(evidence: Evidence) -> Section:
    """Importance now and at development; directions as declared and as found."""
    current, model = evidence.current, evidence.model
    figure = partial(Figure, sample=current.name, rows=len(current))
    if model is None or current.x is None or current.contributions is None or not len(current):
        names, lacks = ("importance_rank", "against_direction"), NO_ROWS if model else NO_MODEL
        return Section(key=KEY, figures=tuple(figure(key=k, because=lacks) for k in names))
    shares = _shares(evidence)
    tried = _tried(evidence, model, current.x)
    directed = _directed(evidence, model, tried)
    return Section(
        key=KEY,
        figures=(_rank(evidence, shares), _against(evidence, directed, len(tried))),
        tables=(_importance(evidence, shares), _directions(evidence, directed)),
    )


def both_drivers(pair: Pair) -> Section:
    """Importance side by side."""
    sample, rows = pair.b.current.name, len(pair.b.current)
    figure = partial(Figure, key="importance_rank_pair", kind="index", sample=sample, rows=rows)
    known = [_known(side) for side in pair.sides]
    if known[0] is None or known[1] is None:
        return Section(key=KEY, figures=(figure(because=NO_MODEL),))
    frame = pd.concat(known, axis=1, keys=["a", "b"])
    told = _correlation(figure, frame["a"], frame["b"])
    frame["field"] = frame.index.map(lambda name: _label(pair, name))
    # By the model to which it matters more: what the other does not read is worth seeing.
    frame = frame.loc[frame[["a", "b"]].max(axis=1).sort_values(ascending=False).index]
    kinds: dict[str, Kind] = {"field": "text", "a": "share", "b": "share"}
    chart = Chart(kind="bars", label="field", values=("a", "b"))
    table = _first(frame, "importance_pair", kinds, sample, chart)
    return Section(key=KEY, figures=(told,), tables=(table,), remarks=tuple(_alone(pair, frame)))


def _shares(evidence: Evidence) -> pd.DataFrame:
    """Importance by field: `development` where that is known, and `current`."""
    parts = {"development": evidence.development, "current": evidence.current}
    found = {
        name: _importances(evidence, part)
        for name, part in parts.items()
        if part is not None and len(part)
    }
    return pd.DataFrame({name: each for name, each in found.items() if each is not None})


def _known(evidence: Evidence) -> pd.Series | None:
    return _importances(evidence, evidence.current)


def _importances(evidence: Evidence, part: Part) -> pd.Series | None:
    if part.contributions is None:
        return None
    names = [field.name for field in evidence.dictionary.features]
    return pd.Series(importance(part.contributions), index=names)


def _rank(evidence: Evidence, shares: pd.DataFrame) -> Figure:
    current = evidence.current
    figure = partial(
        Figure, key="importance_rank", kind="index", sample=current.name, rows=len(current)
    )
    if "development" not in shares or evidence.development is current:
        return figure(because=NO_DEVELOPMENT)
    return _correlation(figure, shares["development"], shares["current"])


def _correlation(figure: "partial[Figure]", one: pd.Series, other: pd.Series) -> Figure:
    found = rank_correlation(one.to_numpy(), other.to_numpy())
    if np.isnan(found):
        return figure(because=FEW_FIELDS)
    return figure(value=found, method="spearman")


def _importance(evidence: Evidence, shares: pd.DataFrame) -> Table:
    frame = shares.rename(columns={name: f"moves_{name}" for name in shares})
    for name in shares:
        frame[f"place_{name}"] = shares[name].rank(ascending=False, method="min")
    frame["field"] = frame.index.map(lambda name: evidence.dictionary[name].label)
    frame = frame.sort_values("moves_current", ascending=False, kind="stable")
    drawn = tuple(f"moves_{name}" for name in shares)
    kinds: dict[str, Kind] = {"field": "text", **dict.fromkeys(drawn, "share")}
    kinds |= dict.fromkeys((f"place_{name}" for name in shares), "count")
    chart = Chart(kind="bars", label="field", values=drawn)
    return _first(frame, "importance", kinds, evidence.current.name, chart)


def _first(
    frame: pd.DataFrame, key: str, kinds: dict[str, Kind], sample: str, chart: Chart | None = None
) -> Table:
    left_out = max(0, len(frame) - _SHOWN)
    return Table.of(key, frame.head(_SHOWN), kinds, sample=sample, chart=chart, left_out=left_out)


def _tried(evidence: Evidence, model: PDModel, x: FloatArray) -> FloatArray:
    """Rows of which each field is tried in another value."""
    signs = directions(evidence.dictionary)
    # Where tables do not hold the model, each row takes some hundredths of a second.
    most = max(5, min(_TRIED, 5 * model.attribution.rows_at_once // (1 + np.count_nonzero(signs))))
    chosen = np.random.default_rng(evidence.seed).permutation(len(x))[:most]
    return np.ascontiguousarray(x[chosen])


def _directed(evidence: Evidence, model: PDModel, tried: FloatArray) -> pd.DataFrame:
    """By field: the correlation of value and contribution, and what moved as declared."""
    fields, signs = evidence.dictionary.features, directions(evidence.dictionary)
    found = [_found(evidence, field, place) for place, field in enumerate(fields)]
    table = against_direction(model.contributions, tried, signs, evidence.seed)
    frame = pd.DataFrame({"name": [field.name for field in fields], "found": found})
    return frame.join(table.set_index("place"))


def _found(evidence: Evidence, field: Field, place: int) -> float:
    """NaN for a category without a direction: its levels have no order of their own."""
    x, contributions = evidence.current.x, evidence.current.contributions
    if x is None or contributions is None:
        return float("nan")
    if field.type == "category" and field.direction == "none":
        return float("nan")
    some = np.random.default_rng(evidence.seed).permutation(len(x))[:_CORRELATED]
    return rank_correlation(x[some, place], contributions[some, place])


def _against(evidence: Evidence, directed: pd.DataFrame, rows: int) -> Figure:
    pairs, against = directed["pairs"].sum(), directed["against"].sum()
    figure = partial(
        Figure,
        key="against_direction",
        kind="share",
        sample=evidence.current.name,
        rows=rows,
        method="one-field-changed",
    )
    if not pairs:
        return figure(because=NO_DIRECTION)
    low, high = jeffreys_interval(against, pairs)
    told = figure(value=float(against / pairs), low=float(low), high=float(high))
    return told.against(evidence.limits.against_direction)


def _directions(evidence: Evidence, directed: pd.DataFrame) -> Table:
    share = directed["against"] / directed["pairs"].where(directed["pairs"] > 0)
    fields = [evidence.dictionary[name] for name in directed["name"]]
    frame = pd.DataFrame(
        {
            "field": [field.label for field in fields],
            "declared": [f"direction.{field.direction}" for field in fields],
            "found": directed["found"],
            "pairs": directed["pairs"],
            "against": share,
            "lights": [evidence.limits.against_direction.light(each) for each in share],
        }
    )
    frame = frame.sort_values("against", ascending=False, kind="stable", na_position="last")
    kinds: dict[str, Kind] = {"field": "text", "declared": "word", "found": "index"}
    kinds |= {"pairs": "count", "against": "share"}
    return _first(frame, "directions", kinds, evidence.current.name)


def _label(pair: Pair, name: str) -> Text:
    known = (f for side in pair.sides for f in side.dictionary.features if f.name == name)
    return next(known).label


def _alone(pair: Pair, frame: pd.DataFrame) -> Iterator[Remark]:
    """Fields that only one of the models reads."""
    for side, other in (("a", "b"), ("b", "a")):
        labels = frame.loc[frame[other].isna(), "field"].tolist()
        if labels:
            name = (pair.a if side == "a" else pair.b).name
            yield Remark(key="only_in_one", values={"name": name, "fields": _listed(labels)})


def _listed(labels: Sequence[Text]) -> Text:
    between = {"zh": "、", "en": ", "}
    return Text(**{each: between[each].join(t.in_(each) for t in labels) for each in LANGUAGES})
