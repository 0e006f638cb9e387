"""How far reasons depend on chance: on the reference rows, on the seed, on the rows of training.

Its figures, tables and remarks stand in the section on explanations.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from features.encoding import FloatArray
from risk.errors import ModelError
from risk.model import PDModel
from risk.report.calibration.certainty import cuts
from risk.report.document import Figure, Kind, Remark, Section, Table
from risk.report.evidence import NO_DEVELOPMENT, NO_MODEL, Evidence, Names, Part
from risk.report.explanations.given import FEW_REFUSED, told
from risk.retraining import KINDS, ROWS, again, redrawn_references, resampled_references, settings
from risk.training import Labelled
from risk.training_spec import TUNABLE, TrainingSpec
from risk.validation.explanations import Agreement, agreement, rank_correlation
from risk.validation.outcomes import LEAST_OF_EACH, mean_interval

KEY = "steadiness"
NOT_TRAINABLE = "not-trainable"
_MOST, _RANKED = 500, 2_000
_DRAWS = 2
_HELD_OUT = 0.2
_ELSEWHERE = 10_000
"""Added to seeds, which are most often small, so that no model is trained again as it was."""
_WAYS = ("reference", "retrained")


@dataclass(frozen=True)
class _Refused:
    """Rows that are told reasons, what they are told, and others whose PDs are ranked."""

    model: PDModel
    x: FloatArray
    reasons: Names
    ranked: FloatArray

    def told(self, contributions: FloatArray) -> Names:
        return told(contributions, self.model.dictionary, self.reasons.shape[1])


@dataclass(frozen=True)
class _Remade:
    """A model made again: how, on how many rows, and what it says of the same applications."""

    way: str
    how: str
    rows: int
    agreement: Agreement
    trees: float = np.nan
    rank: float = np.nan


def steadiness(evidence: Evidence) -> Section:
    """Agreement of reasons when references are drawn again and when the model is trained again."""
    model, current = evidence.model, evidence.current
    if model is None or current.x is None:
        return _untold(evidence, NO_MODEL)
    refused = _refused(evidence, model, current.x)
    if len(refused.x) < LEAST_OF_EACH:
        return _untold(evidence, FEW_REFUSED)
    samples = _samples(evidence)
    made = [*_by_resampling(evidence, refused)]
    if samples is not None:
        made += _from_samples(evidence, refused, *samples)
    figures = _figures(evidence, refused, made, NOT_TRAINABLE if samples else NO_DEVELOPMENT)
    times = sum(each.way == "retrained" for each in made)
    remarks = [_basis(evidence, refused, samples, times)] if samples and times else []
    return Section(
        key=KEY, figures=tuple(figures), tables=(_table(evidence, made),), remarks=tuple(remarks)
    )


def _refused(evidence: Evidence, model: PDModel, x: FloatArray) -> _Refused:
    current = evidence.current
    draw = np.random.default_rng(evidence.seed)
    # Where tables do not hold the model, each row takes some hundredths of a second.
    most = min(_MOST, max(LEAST_OF_EACH, model.attribution.rows_at_once))
    rows = np.sort(draw.permutation(np.flatnonzero(~current.approved))[:most])
    some = draw.permutation(len(current))[:_RANKED]
    chosen = np.ascontiguousarray(x[rows])
    return _Refused(model, chosen, current.reasons[rows], np.ascontiguousarray(x[some]))


def _samples(evidence: Evidence) -> tuple[Labelled, Labelled] | None:
    """Rows the model was made from; a fifth of them stops training where none were kept for it."""
    parts = {part.name: part for part in evidence.parts[:-1] if not part.lacks}
    development, validation = (_labelled(parts.get(name)) for name in ("development", "validation"))
    if development is None or validation is not None:
        return None if development is None or validation is None else (development, validation)
    held = np.random.default_rng(evidence.seed).random(len(development.y)) < _HELD_OUT
    return Labelled(development.x[~held], development.y[~held]), Labelled(
        development.x[held], development.y[held]
    )


def _labelled(part: Part | None) -> Labelled | None:
    if part is None or part.x is None:
        return None
    known = ~np.isnan(part.y)
    return Labelled(part.x[known], part.y[known])


def _by_resampling(evidence: Evidence, refused: _Refused) -> Iterator[_Remade]:
    for reference in resampled_references(refused.model, _DRAWS, evidence.seed):
        yield _referred(refused, reference, "resampled_reference")


def _from_samples(
    evidence: Evidence, refused: _Refused, development: Labelled, validation: Labelled
) -> Iterator[_Remade]:
    """What can be made again from the rows of training; what cannot is left out."""
    model = refused.model
    logged = {k.removeprefix("param."): v for k, v in evidence.params.items()}
    spec = settings(model, development, logged, cuts(evidence)["approve"])
    spec = spec.model_copy(update={"seed": evidence.seed + _ELSEWHERE})
    try:
        for reference in redrawn_references(model, development, spec, _DRAWS):
            yield _referred(refused, reference, "redrawn_reference")
        yield from _retrained(refused, development, validation, spec)
    except ModelError:
        return


def _retrained(
    refused: _Refused, development: Labelled, validation: Labelled, spec: TrainingSpec
) -> Iterator[_Remade]:
    before = refused.model.predict(refused.ranked)
    for place, kind in enumerate(KINDS, start=1):
        seeded = spec.model_copy(update={"seed": spec.seed + place})
        model, rows = again(refused.model, development, validation, seeded, kind)
        explained = model.against(model.reference).explain(refused.x)
        yield _Remade(
            way="retrained",
            how=kind,
            rows=rows,
            agreement=agreement(refused.reasons, refused.told(explained.contributions)),
            trees=model.trees,
            rank=rank_correlation(before, model.predict(refused.ranked)),
        )


def _referred(refused: _Refused, reference: FloatArray, how: str) -> _Remade:
    contributions = refused.model.against(reference).explain(refused.x).contributions
    same = agreement(refused.reasons, refused.told(contributions))
    return _Remade("reference", how, len(reference), same)


def _figures(
    evidence: Evidence, refused: _Refused, made: Sequence[_Remade], lacks: str
) -> Iterator[Figure]:
    for way in _WAYS:
        of_way = [each for each in made if each.way == way]
        figure = partial(Figure, sample=evidence.current.name, rows=len(refused.x), kind="share")
        for key in ("first", "overlap"):
            told = figure(key=f"{way}_{key}", because="" if of_way else lacks)
            if of_way:
                told = told.model_copy(update=_mean_of([each.agreement for each in of_way], key))
            yield told.against(evidence.limits.reason_agreement)
    ranks = [each.rank for each in made if not np.isnan(each.rank)]
    yield Figure(
        key="retrained_rank",
        value=float(np.mean(ranks)) if ranks else None,
        kind="index",
        sample=evidence.current.name,
        rows=len(refused.ranked),
        method="spearman",
        because="" if ranks else lacks,
    )


def _mean_of(found: Sequence[Agreement], key: str) -> dict[str, float | str]:
    """Mean over remakes; how much rows differ tells how sure it is."""
    by_row = np.mean([getattr(each, key) for each in found], axis=0)
    return {"method": "mean-of-rows", **mean_interval(by_row)._asdict()}


def _table(evidence: Evidence, made: Sequence[_Remade]) -> Table:
    frame = pd.DataFrame(
        {
            "remade": f"remade.{each.how}",
            "rows": each.rows,
            "trees": each.trees,
            "same_first": each.agreement.first.mean(),
            "same_overlap": each.agreement.overlap.mean(),
            "same_rank": each.rank,
        }
        for each in made
    )
    kinds: dict[str, Kind] = {"remade": "word", "rows": "count", "trees": "count"}
    kinds |= {"same_first": "share", "same_overlap": "share", "same_rank": "index"}
    return Table.of("remade", frame, kinds, sample=evidence.current.name)


def _basis(
    evidence: Evidence, refused: _Refused, samples: tuple[Labelled, Labelled], made: int
) -> Remark:
    known = any(f"param.{name}" in evidence.params for name in TUNABLE)
    of = sum(len(each.y) for each in samples)
    values = {"times": made, "most": min(ROWS, of), "of": of, "rows": len(refused.x)}
    return Remark(
        key="remade" if known else "remade_by_default",
        values=dict(values),
        kinds=dict.fromkeys(values, "count"),
    )


def _untold(evidence: Evidence, lacks: str) -> Section:
    named = [f"{way}_{key}" for way in _WAYS for key in ("first", "overlap")]
    sample = evidence.current.name
    figures = [Figure(key=k, sample=sample, because=lacks) for k in (*named, "retrained_rank")]
    return Section(key=KEY, figures=tuple(figures))
