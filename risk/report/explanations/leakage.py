"""Fields that rank as well alone as the whole model does: leaked, or all the model is.

And fields of which one part turns bad nearly whole, as does what comes to light after the loan.
Its figures, tables and remarks stand in the section on explanations.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from features.encoding import FloatArray, encode
from features.errors import DataError
from risk.report.beside import beside
from risk.report.document import Chart, Figure, Kind, Remark, Section, Table, worst
from risk.report.evidence import NO_DEVELOPMENT, Evidence, Pair, Part
from risk.validation.discrimination import delong
from risk.validation.dominance import alone

KEY = "leakage"
NO_FIELDS, NO_RANKING, ONE_FIELD = "no-fields", "no-ranking", "one-field"
_SHARE, _ODDS = "field_share", "field_odds"
_SHOWN, _NAMED = 20, 5


@dataclass(frozen=True)
class _Alone:
    """What each field does alone, the best first.

    Attributes:
        fields: What `alone` tells, with the `share` of the model's Gini, how much of that is
            `judged` (NaN: none of it), the light of either (`by_share`, `by_odds`) and the worse
            of them (`lights`).
        model_gini: Gini of the model.
    """

    fields: pd.DataFrame
    model_gini: float


def leakage(evidence: Evidence) -> Section:
    """What each field does alone, on rows that neither it nor the model was fitted to."""
    found = _alone(evidence)
    if isinstance(found, str):
        figures = (_figure(evidence)(key=key, because=found) for key in (_SHARE, _ODDS))
        return Section(key=KEY, figures=tuple(figures))
    return Section(
        key=KEY,
        figures=(_most(evidence, found), _purest(evidence, found)),
        tables=(_table(evidence, found),),
        remarks=(*_dominant(evidence, found), *_pure(evidence, found)),
    )


def leakages(pair: Pair) -> Section:
    """The same of both models of a comparison, without the tables."""
    return beside(pair, leakage).model_copy(update={"tables": ()})


def _alone(evidence: Evidence) -> _Alone | str:
    """The fields, or why nothing is known of them."""
    current, development = evidence.current, evidence.development
    if current.x is not None and current.x.shape[1] == 1:
        return ONE_FIELD
    if development is None or development is current:
        return NO_DEVELOPMENT
    if lacks := development.lacks or current.lacks:
        return lacks
    then, now = development.ended, current.ended
    x_then, x_now = _matrix(evidence, then), _matrix(evidence, now)
    if x_then is None or x_now is None:
        return NO_FIELDS
    area = delong(now.y, now.pd_)
    whole = 2 * area.auc - 1
    if whole <= 0:
        return NO_RANKING
    fields = alone(
        evidence.dictionary.features, (x_then, then.y), (x_now, now.y), seed=evidence.seed
    )
    share = fields["gini"] / whole
    # Both Ginis must be proven: by chance any field ranks as well as a model that ranks nothing.
    judged = share.where(fields["low"] > 0, 0.0) if area.low > 0.5 else share * np.nan
    by_share = [evidence.limits.field_share.light(each) for each in judged.tolist()]
    by_odds = [evidence.limits.field_odds.light(each) for each in fields["odds"].tolist()]
    lights = [worst(*each) for each in zip(by_share, by_odds, strict=True)]
    fields = fields.assign(
        share=share, judged=judged, by_share=by_share, by_odds=by_odds, lights=lights
    )
    return _Alone(fields.sort_values("gini", ascending=False, kind="stable"), whole)


def _matrix(evidence: Evidence, part: Part) -> FloatArray | None:
    """The dictionary's features; a model from outside need not read them, and others besides."""
    if part.x is not None:
        return part.x
    try:
        return encode(part.rows, evidence.dictionary)
    except DataError:
        return None


def _most(evidence: Evidence, found: _Alone) -> Figure:
    first = found.fields.iloc[0]
    label = evidence.dictionary[first["field"]].label
    share = float(first["share"])
    figure = _figure(evidence)(key=_SHARE, value=share, subject=label, method="woe-gini")
    judged = float(first["judged"])
    return figure if np.isnan(judged) else figure.against(evidence.limits.field_share, judged)


def _purest(evidence: Evidence, found: _Alone) -> Figure:
    first = found.fields.iloc[int(found.fields["odds"].argmax())]
    label, odds = evidence.dictionary[first["field"]].label, float(first["odds"])
    figure = _figure(evidence)(
        key=_ODDS, kind="index", value=odds, subject=label, method="riskiest-bin"
    )
    return figure.against(evidence.limits.field_odds, odds)


def _table(evidence: Evidence, found: _Alone) -> Table:
    shown = found.fields.head(_SHOWN)
    labels = shown["field"].map(lambda name: evidence.dictionary[name].label)
    names = {"gini": "gini_alone", "share": "of_model", "odds": "riskiest_odds"}
    frame = shown.assign(field=labels).rename(columns=names)
    kinds: dict[str, Kind] = {"field": "text", "iv": "index", "gini_alone": "index"}
    kinds |= {"low": "index", "of_model": "share", "riskiest_rows": "count"}
    kinds |= {"riskiest_rate": "share", "riskiest_odds": "index"}
    chart = Chart(kind="bars", label="field", values=("gini_alone",), line=found.model_gini)
    sample, left_out = evidence.current.name, len(found.fields) - len(shown)
    return Table.of("alone", frame, kinds, sample=sample, chart=chart, left_out=left_out)


def _dominant(evidence: Evidence, found: _Alone) -> Iterator[Remark]:
    """One sentence for each field that does all or most of what the model does."""
    doubtful = found.fields[found.fields["by_share"].isin(["amber", "red"])]
    for name, gini_alone, light in doubtful[["field", "gini", "by_share"]].head(_NAMED).to_numpy():
        yield Remark(
            key="leaked_field" if light == "red" else "dominant_field",
            values={
                "field": evidence.dictionary[name].label,
                "alone": gini_alone,
                "model": found.model_gini,
                "name": evidence.name,
            },
            kinds={"alone": "index", "model": "index"},
            light=light,
        )


def _pure(evidence: Evidence, found: _Alone) -> Iterator[Remark]:
    """One sentence for each field of which a part turns bad nearly whole."""
    doubtful = found.fields[found.fields["by_odds"].isin(["amber", "red"])]
    doubtful = doubtful.sort_values("odds", ascending=False, kind="stable").head(_NAMED)
    for field in doubtful.to_dict("records"):
        yield Remark(
            key="pure_field",
            values={
                "field": evidence.dictionary[str(field["field"])].label,
                "rows": int(field["riskiest_rows"]),
                "rate": float(field["riskiest_rate"]),
                "odds": float(field["odds"]),
                "name": evidence.name,
            },
            kinds={"rows": "count", "rate": "share", "odds": "index"},
            light=field["by_odds"],
        )


def _figure(evidence: Evidence) -> "partial[Figure]":
    ended = evidence.current.ended
    return partial(Figure, kind="share", sample=ended.name, rows=len(ended), bads=ended.bads)
